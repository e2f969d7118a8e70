"""Weights to start from: trained convolutions, read out of the files of other networks."""
