"""``python -m benchmarks.robustness``: what damaged and unusual video files do to harec."""
