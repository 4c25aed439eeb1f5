"""harec: who does which action when, on video."""

import os

# PyTorch's threads spin while they wait for each other. With any other program on the same cores
# that made Detectron2 on a CPU two to five times slower (measured, at a load of 3 on two cores).
# Read by OpenMP when PyTorch is loaded, which nothing in harec does at import.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
