"""How few looks of the pose engine the labels need; see `benchmarks.rates.__main__`."""
