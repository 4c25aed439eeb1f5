"""Cameras without a browser: files at their own pace, devices, what a source may be called."""

from __future__ import annotations

import errno
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from harec.core.errors import InputError, VideoError
from harec.video import VideoWriter
from harec.video.capture.camera import (
    Camera,
    CameraFrame,
    Patience,
)
from harec.video.capture.uri import SourceKind, parse_source

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (40, 40, 220)
QUICK = Patience(open_s=1, read_s=0.5, waits_s=(0.05,), give_up_s=0.6)


def corners(width: int = 64, height: int = 48) -> np.ndarray:
    """Red top left, green top right, blue below."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:, :] = BLUE
    rgb[: height // 2, : width // 2] = RED
    rgb[: height // 2, width // 2 :] = GREEN
    return rgb


def is_colour(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 45)


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """``clip([0, 0.1, 0.3], size=(64, 48))``: a file with frames at these times."""

    def make(times_s: list[float], size: tuple[int, int] = (64, 48), turn: int = 0) -> Path:
        path = tmp_path / "clip.mp4"
        with VideoWriter(path, size, frame_rate_hint=Fraction(10)) as writer:
            for time_s in times_s:
                writer.write(corners(*size), time_s)
        if turn:
            path = _turned(path, turn)
        return path

    return make


def _turned(path: Path, degrees: int) -> Path:
    """The same file with a display matrix, as phones write it."""
    turned = path.with_name("turned.mp4")
    with av.open(str(path)) as source, av.open(str(turned), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return turned


def test_a_file_comes_whole_at_its_own_pace(clip) -> None:
    times = [0.0, 0.05, 0.2, 0.25, 0.6]  # a variable rate
    said: list[str] = []
    with Camera(str(clip(times)), say=said.append) as camera:
        frames, came = [], []
        for frame in camera:
            frames.append(frame)
            came.append(time.monotonic())
    assert [f.time_s for f in frames] == pytest.approx(times, abs=1e-4)
    assert all(f.rgb.shape == (48, 64, 3) for f in frames)
    # Never before its time; how much later depends on the machine.
    assert all(b - came[0] >= t - 0.002 for b, t in zip(came, times, strict=True))
    assert len(said) == 1
    assert said[0].startswith("clip.mp4: 64x48, h264, ")
    assert camera.warnings == []


def test_a_late_reader_gets_every_picture_of_a_file_at_once(clip, monkeypatch) -> None:
    times, late_s = [0.0, 0.01, 2000.0, 4000.0, 6000.0], 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + late_s)
    monkeypatch.setattr("harec.video.capture.camera.time", clock)
    with Camera(str(clip(times))) as camera:
        frames = iter(camera)
        came = [next(frames), next(frames)]
        late_s = 10_000.0  # it was busy for longer than the rest of the file lasts
        came += frames
    assert [f.time_s for f in came] == pytest.approx(times)


def test_the_pace_starts_when_the_first_picture_is_done(clip) -> None:
    """Models load at the first picture: the file does not run on meanwhile."""
    with Camera(str(clip([0.0, 0.3]))) as camera:
        frames = iter(camera)
        next(frames)
        time.sleep(0.4)
        asked_s = time.monotonic()
        next(frames)
        assert time.monotonic() - asked_s >= 0.29


@pytest.mark.parametrize(
    ("size", "turn", "shape", "green"),
    [
        ((48, 64), 0, (64, 48), (2, -2)),  # portrait
        ((64, 48), 90, (64, 48), (2, 2)),  # turned: what was right is on top
        ((64, 48), 180, (48, 64), (-2, 2)),
    ],
)
def test_pictures_are_upright(clip, size, turn, shape, green) -> None:
    with Camera(str(clip([0.0, 0.01], size, turn))) as camera:
        for frame in camera:
            assert frame.rgb.shape[:2] == shape
            assert is_colour(frame.rgb[green], GREEN)


def test_large_pictures_are_scaled_down(clip) -> None:
    with Camera(str(clip([0.0], (400, 200))), max_side=100) as camera:
        assert next(iter(camera)).rgb.shape == (50, 100, 3)


def test_a_damaged_file_is_told(clip) -> None:
    path = clip([i / 50 for i in range(50)])
    data = path.read_bytes()
    pictures = data.index(b"mdat")
    path.write_bytes(data[: pictures + int((len(data) - pictures) * 0.7)])
    with Camera(str(path)) as camera:
        count = sum(1 for _ in camera)
    assert 0 < count < 50
    assert "ends early" in camera.warnings[0]


def test_stop_ends_a_wait(clip) -> None:
    with Camera(str(clip([0.0, 60.0]))) as camera:
        timer = threading.Timer(0.1, camera.stop)
        timer.start()
        assert [f.time_s for f in camera] == [0.0]
        timer.join()


def test_a_camera_gives_nothing_outside_its_block(clip) -> None:
    with pytest.raises(ValueError, match="with block"):
        iter(Camera(str(clip([0.0]))))


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("dir/clip.mp4", SourceKind.FILE, "clip.mp4"),
        ("12.mp4", SourceKind.FILE, "12.mp4"),
        ("/dev/video2", SourceKind.DEVICE, "/dev/video2"),
        ("/dev/v4l/by-id/cam", SourceKind.DEVICE, "/dev/v4l/by-id/cam"),
        ("0", SourceKind.DEVICE, "/dev/video0"),
        ("rtsp://10.0.0.2/live", SourceKind.NETWORK, "rtsp://10.0.0.2"),
        ("RTSP://Cam.local:8554/live", SourceKind.NETWORK, "rtsp://cam.local:8554"),
        ("rtsp://me:geheim@cam:554/a?password=geheim", SourceKind.NETWORK, "rtsp://cam:554"),
        ("http://me:geheim@[::1]:80/a", SourceKind.NETWORK, "http://[::1]:80"),
        ("rtsp://me:12/geheim@cam/a", SourceKind.NETWORK, "the rtsp camera"),
        ("rtsp://geheim?x@cam/a", SourceKind.NETWORK, "the rtsp camera"),
        ("udp://:5000", SourceKind.NETWORK, "udp://:5000"),
    ],
)
def test_what_a_source_is_and_is_called(text: str, kind: SourceKind, name: str) -> None:
    source = parse_source(text)
    assert (source.kind, source.name) == (kind, name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("ftp://cam/x", "rtsp://"),
        ("file:///etc/passwd", "not a kind of address"),
        ("concat://a|b", "not a kind of address"),
        ("rtsp://", "names no host"),
        ("http:///path", "names no host"),
        ("rtsp://me:geheim/wort@cam/a", "%40"),
        ("rtsp://me:geheim#@cam/a", "%40"),
        ("rtsp://[geheim/a", "%40"),
    ],
)
def test_a_source_that_can_not_be_understood(text: str, told: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*$") as caught:
        Camera(text)
    assert told in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("keywords", [{"size_wh": (640, 480)}, {"fps": 15}])
def test_only_devices_are_asked_for_a_size_or_rate(keywords) -> None:
    for source in ("clip.mp4", "rtsp://cam/live"):
        with pytest.raises(InputError, match="/dev/video0"):
            Camera(source, **keywords)


def test_a_missing_file_is_told_on_entering() -> None:
    with pytest.raises(VideoError, match=r'There is no file "nowhere.mp4"'):
        Camera("some/nowhere.mp4").__enter__()


# ---------------------------------------------------------------- cameras of this machine

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="v4l2 is Linux's")


def read_all(source: str, **keywords: Any) -> list[CameraFrame]:
    with Camera(source, patience=QUICK, **keywords) as camera:
        return list(camera)


@linux
def test_a_camera_that_is_not_there() -> None:
    for source in ("/dev/video99", "99"):
        with pytest.raises(VideoError, match="There is no camera /dev/video99"):
            read_all(source)


@linux
def test_a_device_that_is_no_camera() -> None:
    with pytest.raises(VideoError, match="/dev/null is not a camera"):
        read_all("/dev/null")


@linux
@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "group video"),
        (errno.EBUSY, "in use by another program"),
        (errno.EINVAL, "--size"),
        (errno.ENODEV, "There is no camera"),
        (errno.EIO, "gives no pictures"),
    ],
)
def test_why_a_device_can_not_be_opened(number: int, told: str, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "libav's words")

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(VideoError, match=told) as caught:
        read_all("/dev/video0")
    assert "libav" not in str(caught.value)


@linux
def test_a_library_without_v4l2_is_told(monkeypatch) -> None:
    def unknown(*_: object) -> None:
        raise ValueError("no container format")

    monkeypatch.setattr(av.format, "ContainerFormat", unknown)
    with pytest.raises(InputError, match="v4l2"):
        Camera("/dev/video0")


def test_other_systems_are_told(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(InputError, match="Linux only"):
        Camera("0")


class FakeDevice:
    """A device as PyAV shows it; unplugged after some pictures."""

    def __init__(self, pictures: int, first_s: float) -> None:
        self.pictures, self.first_s = pictures, first_s
        self.format = SimpleNamespace(name="video4linux2,v4l2", flags=0)
        self.duration = None
        codec = SimpleNamespace(name="rawvideo")
        stream = SimpleNamespace(
            disposition=Disposition(0),
            index=0,
            frames=0,
            duration=None,
            width=64,
            height=48,
            codec_context=codec,
            sample_aspect_ratio=None,
            average_rate=30,
        )
        self.streams = SimpleNamespace(video=[stream])

    def __enter__(self) -> FakeDevice:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def demux(self, _: object) -> Any:
        for i in range(self.pictures):
            frame = av.VideoFrame.from_ndarray(corners(), format="rgb24")
            frame.pts, frame.time_base = round((self.first_s + i / 30) * 1e6), Fraction(1, 10**6)
            time.sleep(1 / 30)
            yield SimpleNamespace(decode=lambda frame=frame: [frame])
        raise OSError(errno.ENODEV, "No such device")


@linux
def test_a_device_that_is_unplugged_comes_back(monkeypatch) -> None:
    opened: list[tuple[str, dict[str, Any]]] = []
    # Plugged in again its clock is another.
    lives: list[Any] = [FakeDevice(5, 500.0), OSError(errno.ENOENT, "gone"), FakeDevice(5, 3.0)]

    def open_device(target: str, **keywords: Any) -> Any:
        opened.append((target, keywords))
        life = lives.pop(0) if lives else OSError(errno.ENOENT, "gone")
        if isinstance(life, OSError):
            raise life
        return life

    monkeypatch.setattr(av, "open", open_device)
    said: list[str] = []
    frames: list[CameraFrame] = []
    camera = Camera("0", size_wh=(640, 360), fps=29.97, patience=QUICK, say=said.append)
    with pytest.raises(VideoError, match="There is no camera"), camera:
        frames.extend(camera)
    assert opened[0] == (
        "/dev/video0",
        {"format": "v4l2", "options": {"video_size": "640x360", "framerate": "2997/100"}},
    )
    assert said[0] == "/dev/video0: 64x48, rawvideo, 30 frames/s"
    assert "unplugged" in said[1]
    times = [f.time_s for f in frames]
    steps = np.diff(times)
    assert (steps > 0).all()
    assert steps.max() > 0.1  # two tries, 0.05 s each: the gap is kept
    assert times[-1] < 60  # and no jump to the other clock
    assert is_colour(frames[0].rgb[2, 2], RED)
