"""Cameras without a browser: `Camera` gives the frames of a device, a network camera or a file as
they happen.
"""

from harec.video.capture.camera import Camera, CameraFrame, Patience

__all__ = ["Camera", "CameraFrame", "Patience"]
