"""The weights store's fixtures are shared with its own tests."""

from weights_store import harec_command, serving, store_dir, zoo_pkl  # noqa: F401
