"""`python -m benchmarks.speed`: the same as `python -m harec bench`."""

import sys

from harec.cli.main import main

main(["bench", *sys.argv[1:]])
