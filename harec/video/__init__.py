"""Videos in and out: probe, read upright frames with their times, write H.264 for browsers."""

from harec.video.container import VideoInfo
from harec.video.reader import Frame, VideoReader, probe
from harec.video.writer import VideoWriter

__all__ = ["Frame", "VideoInfo", "VideoReader", "VideoWriter", "probe"]
