"""The store's fixtures are shared with the command line's tests."""

from weights_store import harec_command, serving, store_dir, zoo_pkl  # noqa: F401
