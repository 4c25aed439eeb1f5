"""Measurements; see README.md."""

import harec  # noqa: F401 - before PyTorch: it says how PyTorch's threads wait
