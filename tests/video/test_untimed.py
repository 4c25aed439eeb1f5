"""Bare streams, as cameras save them: no times in the file, so the frame rate is assumed or given,
and never without a word."""

from __future__ import annotations

import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from video_clips import write_clip

from harec.analysis.results import AnalysisSettings
from harec.cli.main import main
from harec.core.errors import InputError
from harec.core.progress import JobContext
from harec.render.annotated_video import redraw
from harec.video import VideoReader, probe
from harec.video.capture import Camera
from harec.video.jpeg import is_motion_jpeg

JPEG = {"codec": "mjpeg", "pix_fmt": "yuvj420p"}


def read(path, **keywords):
    with VideoReader(path, **keywords) as reader:
        times_s = [frame.time_s for frame in reader]
        return times_s, reader.info, reader.warnings


@pytest.mark.parametrize(
    ("name", "options", "assumed"),
    [
        ("a.mjpeg", JPEG, 25),  # a motion JPEG never says its rate
        ("a.MJPG", JPEG, 25),
        ("a.h264", {}, 15),  # these say one, which a camera need not keep to
        ("a.hevc", {"codec": "libx265", "options": {"x265-params": "log-level=none"}}, 15),
        ("a.m4v", {"codec": "mpeg4"}, 15),
    ],
)
def test_a_file_without_times_is_read_by_an_assumed_rate_and_says_so(
    tmp_path, name, options, assumed
):
    path = write_bare(tmp_path / name, **options)
    times_s, info, warnings = read(path)
    assert times_s == pytest.approx(np.arange(30) / assumed)
    assert (info.frame_rate, info.untimed_rate, info.duration_s) == (assumed, assumed, None)
    assert len(warnings) == 1
    assert f"holds no times: {assumed} frames a second are assumed" in warnings[0]
    assert "--rate" in warnings[0]
    times_s, info, warnings = read(path, frame_rate=10)
    assert times_s == pytest.approx(np.arange(30) / 10)
    assert (info.frame_rate, warnings) == (10, [])


def write_bare(path, **options):
    kinds = {".mjpg": "mjpeg", ".264": "h264", ".265": "hevc"}
    kind = kinds.get(path.suffix.lower(), path.suffix.lower()[1:])
    made = write_clip(path.with_name(f"made.{kind}"), rate=15, **options)
    return made.rename(path)


def test_a_rate_that_its_camera_did_not_write_is_25(tmp_path):
    """As in the Raspberry Pi's files: a stream without timing is one of 25/s to FFmpeg."""
    path = write_bare(tmp_path / "a.h264")
    silence_rate(path)
    _, info, warnings = read(path)
    assert info.untimed_rate == 25
    assert "25 frames a second are assumed. If" in warnings[0]


def silence_rate(path):
    """Take the timing out of an H.264 stream (VUI's timing_info_present_flag)."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        context = av.bitstream.BitStreamFilterContext("h264_metadata=tick_rate=1/1", stream)
        packets = [bytes(p) for raw in source.demux(stream) for p in context.filter(raw)]
    path.write_bytes(b"".join(packets))


def test_a_file_with_times_keeps_them(make_clip):
    times_s, info, warnings = read(make_clip("a.mp4", frames=10), frame_rate=10)
    assert times_s == pytest.approx(np.arange(10) / 30, abs=1e-3)
    assert info.untimed_rate is None
    assert len(warnings) == 1
    assert "times of its own: they are used" in warnings[0]


@pytest.mark.parametrize("rate", [0, -5, 0.01, 5000, float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(tmp_path, rate):
    with pytest.raises(InputError, match=r"must be 0\.1 to 1000 frames a second"):
        probe(write_bare(tmp_path / "a.mjpeg", **JPEG), frame_rate=rate)


def test_the_drawn_video_has_the_times_of_the_given_rate(tmp_path):
    path, out = write_bare(tmp_path / "a.h264"), tmp_path / "out.mp4"
    video = probe(path, frame_rate=Fraction(10))
    redraw(
        video, path, out, lambda frame, rgb, scale: rgb, JobContext(None, None), AnalysisSettings()
    )
    times_s, _, _ = read(out)
    assert times_s == pytest.approx(np.arange(30) / 10, abs=1e-3)


def test_live_takes_the_rate_for_files_alone(tmp_path):
    path = write_bare(tmp_path / "a.h264", frames=5)
    with Camera(str(path), frame_rate=50) as camera:
        assert [frame.time_s for frame in camera] == pytest.approx(np.arange(5) / 50)
    with pytest.raises(InputError, match="for files only"):
        Camera("rtsp://host/", frame_rate=10)


def test_photos_are_no_motion_jpeg_whatever_follows_them(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    jpeg = cv2.imencode(".jpg", rgb)[1].tobytes()
    cases = {
        "photo.jpg": (jpeg, False),
        "with_a_film.jpg": (jpeg + b"\0\0\0\x18ftypmp42" + jpeg, False),  # a phone's live photo
        "cut.jpg": (jpeg[: len(jpeg) // 2], False),
        "film.jpg": (jpeg + jpeg, True),
        "filled.mp4": (jpeg + bytes(20) + jpeg, True),
        "one.mjpeg": (jpeg, True),
        "text.mjpeg": (b"no picture", False),
    }
    for name, (content, expected) in cases.items():
        (tmp_path / name).write_bytes(content)
        assert is_motion_jpeg(tmp_path / name) == expected, name
    stereo = tmp_path / "stereo.mpo"
    images = [Image.fromarray(rgb), Image.fromarray(rgb)]
    images[0].save(stereo, "MPO", save_all=True, append_images=images[1:])
    assert not is_motion_jpeg(stereo)


def test_the_command_line_says_what_it_assumed(tmp_path, capsys):
    path, out = write_bare(tmp_path / "a.mjpeg", **JPEG), tmp_path / "a.json"
    for command, options, code, words in [
        ("analyze", (), 0, "25 frames a second are assumed"),
        ("yoga", (), 0, "25 frames a second are assumed"),  # a video, not a photo
        ("analyze", ("--rate", "15"), 0, ""),
        ("yoga", ("--rate", "15"), 0, ""),
        ("analyze", ("--rate", "0"), 2, "--rate"),
    ]:
        with pytest.raises(SystemExit) as ended:
            main([command, str(path), "--json", str(out), *options])
        assert ended.value.code == code
        assert words in capsys.readouterr().err
        if code == 0:
            result = json.loads(out.read_text())
            rate = 15 if options else 25
            assert result["video"]["frame_rate"] == pytest.approx(rate, rel=0.01)
            assert result["video"]["duration_s"] == pytest.approx(30 / rate, abs=0.01)
            assert any("are assumed" in each for each in result["warnings"]) == (not options)
