"""Frames that are written as they were stored: which ones, upright, and with nothing lost."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from harec.core.correction import Correction
from harec.video import VideoReader, VideoWriter
from harec.video.planes import Matrix, Planes

HD = (1280, 720)


def first_stored(path, **options):
    with VideoReader(path, exact=False, scale_first=True, **options) as reader:
        frame = next(reader.unseen_frames())
        return frame.to_stored(), frame.to_rgb()


def as_rgb(planes: Planes) -> np.ndarray:
    """By FFmpeg."""
    frame = av.VideoFrame.from_ndarray(planes.i420(), format="yuv420p")
    hd = planes.matrix is Matrix.BT709
    matrix = Colorspace.ITU709 if hd else Colorspace.ITU601
    return frame.reformat(format="rgb24", src_colorspace=matrix).to_ndarray()


@pytest.mark.parametrize("matrix", Matrix)
@pytest.mark.parametrize("rgb", [(0, 0, 0), (255, 255, 255), (220, 30, 30), (86, 180, 233)])
def test_colours_are_what_ffmpeg_makes_of_them(matrix, rgb) -> None:
    bright, *colors = matrix.yuv(rgb)
    flat = Planes(np.full((4, 4), bright, np.uint8), np.full((2, 2, 2), colors, np.uint8), matrix)
    assert np.abs(as_rgb(flat).astype(int) - rgb).max() <= 3


@pytest.mark.parametrize(
    "clip",
    [
        {},
        {"rotate_ccw": 90},
        {"rotate_ccw": 180},
        {"rotate_ccw": 270, "hflip": True},
        {"size": HD, "frames": 2},
    ],
    ids=str,
)
def test_an_ordinary_video_is_taken_as_it_is_stored(make_clip, clip) -> None:
    planes, rgb = first_stored(make_clip("a.mp4", **clip))
    assert isinstance(planes, Planes)
    assert planes.size_wh == (rgb.shape[1], rgb.shape[0])
    assert planes.matrix is Matrix.of_height(rgb.shape[0])
    # upright and in the same colours; edges between colours are blurred in other ways
    apart = np.abs(as_rgb(planes).astype(int) - rgb).max(axis=2)
    assert np.percentile(apart, 95) <= 4


def test_smaller_turned_and_mirrored(make_clip) -> None:
    path = make_clip("a.mp4", size=(320, 240))
    planes, rgb = first_stored(path, max_side=160, correction=Correction(90, mirrored=True))
    assert isinstance(planes, Planes)
    assert planes.size_wh == (120, 160) == (rgb.shape[1], rgb.shape[0])
    assert np.percentile(np.abs(as_rgb(planes).astype(int) - rgb).max(axis=2), 95) <= 6


@pytest.mark.parametrize(
    "clip",
    [
        {"size": (161, 121), "codec": "libx264", "pix_fmt": "yuv444p"},
        {"pix_fmt": "yuv444p"},
        {"pix_fmt": "yuvj420p", "codec": "mjpeg"},
        {"codec": "libx265", "pix_fmt": "yuv420p10le"},
        {"aspect": Fraction(4, 3)},
        {"size": HD, "frames": 2, "options": {"colorspace": "smpte170m"}},
        {"options": {"colorspace": "bt709"}},
        {"options": {"color_range": "pc"}},
    ],
    ids=str,
)
def test_another_one_is_converted(make_clip, clip) -> None:
    """Odd sides, other planes, full range, ten bits, wide pixels, the other size's colours."""
    image, rgb = first_stored(make_clip("a.mov", **clip))
    assert isinstance(image, np.ndarray)
    assert np.array_equal(image, rgb)


def test_a_video_that_changes_its_shape_gets_its_bars(make_clip, tmp_path) -> None:
    wide, high = (make_clip(f"{s}.ts", size=s, frames=5) for s in ((160, 120), (120, 160)))
    both = tmp_path / "both.ts"
    both.write_bytes(wide.read_bytes() + high.read_bytes())
    with VideoReader(both, exact=False, scale_first=True) as reader:
        kinds = [type(frame.to_stored()) for frame in reader.unseen_frames()]
    assert set(kinds) == {Planes, np.ndarray}


def test_what_is_stored_so_is_written_and_read_again(make_clip, tmp_path) -> None:
    source, out = make_clip("a.mp4", frames=8), tmp_path / "out.mp4"
    with VideoReader(source) as reader, VideoWriter(out, reader.size_wh) as writer:
        before = []
        for frame in reader.unseen_frames():
            image = frame.to_stored()
            before.append(image.i420())
            writer.write(image, frame.time_s)
    with av.open(str(out)) as written:
        after = [frame.to_ndarray() for frame in written.decode(video=0)]
    errors = [np.mean((a.astype(float) - b) ** 2) for a, b in zip(before, after, strict=True)]
    assert max(errors) < 4  # the encoder's own


@pytest.mark.parametrize(
    ("size", "matrix"), [((160, 122), Matrix.BT601), ((160, 120), Matrix.BT709)]
)
def test_the_writer_refuses_another_size_or_matrix(tmp_path, size, matrix) -> None:
    width, height = size
    planes = Planes(
        np.zeros((height, width), np.uint8),
        np.full((height // 2, width // 2, 2), 128, np.uint8),
        matrix,
    )
    with (
        pytest.raises(ValueError, match="160 x 120, BT601"),
        VideoWriter(tmp_path / "out.mp4", (160, 120)) as writer,
    ):
        writer.write(planes, 0.0)
    assert list(tmp_path.iterdir()) == []
