"""What the coach found, for eye and file: drawn frames, annotated video, timeline, report, export.

Its modules are imported by their own names.
"""
