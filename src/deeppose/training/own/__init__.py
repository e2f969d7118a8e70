"""Training on anybody's labels: who is held out, which recipe, what came of it, what to label next."""
