"""Keypoints of other programs: frame by frame in the place of a pose model."""
