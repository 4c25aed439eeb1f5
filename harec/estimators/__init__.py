"""Pose engines behind one protocol."""
