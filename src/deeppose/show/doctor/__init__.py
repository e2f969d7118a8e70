"""The doctor's page: what is wrong with a data set, shown."""

from deeppose.show.doctor.page import render

__all__ = ["render"]
