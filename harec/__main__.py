"""``python -m harec``."""

from harec.cli import main

if __name__ == "__main__":
    main()
