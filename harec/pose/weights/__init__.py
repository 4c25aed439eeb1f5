"""Weights that don't ship with harec: they are fetched once, checked, and kept for the user."""
