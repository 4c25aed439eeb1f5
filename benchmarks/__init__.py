"""Measurements; see README.md."""

from harec.core.threads import tune_process

tune_process()  # before PyTorch: it says how PyTorch's threads wait
