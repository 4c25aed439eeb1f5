"""Cameras on a network: MJPEG and files over HTTP, HLS, RTSP, UDP; gone, back, silent, refusing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from mjpeg_server import MjpegServer, jpegs, serve_mjpeg
from rtsp_server import RtspServer, h264_units, serve_rtsp
from waiting import PATIENCE_S, until

from harec.core.errors import VideoError
from harec.video import VideoWriter
from harec.video.capture.camera import (
    Camera,
    CameraFrame,
    Patience,
)
from harec.video.capture.latest_frame import LatestFrame

#: For what is not there, or stops: a machine that is busy may be taken for it.
QUICK = Patience(open_s=1.0, read_s=0.6, waits_s=(0.05, 0.1), give_up_s=1.5)
#: For what is there, however long it takes.
PATIENT = Patience(open_s=60, read_s=60, waits_s=(0.05, 0.1), give_up_s=PATIENCE_S)
#: For what goes away with a word.
LEFT = replace(PATIENT, give_up_s=1.5)
#: For what falls silent, and is there again.
SILENT = replace(PATIENT, read_s=0.6)
SIZE = (160, 120)
COUNT = 50


def numbered(number: int) -> np.ndarray:
    """Red left, green right, and the number in the blue half below, a bit a column."""
    rgb = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    rgb[:60, :80], rgb[:60, 80:], rgb[60:] = (220, 30, 30), (30, 200, 30), (40, 40, 220)
    for bit in range(8):
        if number >> bit & 1:
            rgb[60:, bit * 20 : bit * 20 + 20] = 255
    return rgb


def number_of(rgb: np.ndarray) -> int:
    assert rgb.shape == (SIZE[1], SIZE[0], 3)
    assert rgb[10, 10, 0] > 150 > rgb[10, 10, 1]
    assert rgb[10, 150, 1] > 150 > rgb[10, 150, 0]
    return sum((int(rgb[90, bit * 20 + 10, 1]) > 150) << bit for bit in range(8))


def take(camera: Camera, count: int) -> list[CameraFrame]:
    """The next pictures, in a with block of their own."""
    with camera:
        frames = iter(camera)
        return [next(frames) for _ in range(count)]


def steps(frames: list[CameraFrame]) -> np.ndarray:
    return np.diff([frame.time_s for frame in frames])


@pytest.fixture
def said() -> list[str]:
    return []


# ---------------------------------------------------------------- MJPEG over HTTP


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return jpegs([numbered(i) for i in range(COUNT)])


@pytest.fixture
def mjpeg(pictures) -> Iterator[MjpegServer]:
    with serve_mjpeg(MjpegServer(pictures)) as server:
        yield server


def test_mjpeg_pictures_come_when_they_are_sent(mjpeg, said) -> None:
    mjpeg.interval_s = 0.12  # not the 25 a second that libav makes up
    frames = take(Camera(f"http://{mjpeg.address}/video", patience=PATIENT, say=said.append), 15)
    numbers = [number_of(f.rgb) for f in frames]
    assert numbers == sorted(set(numbers))
    per_frame_s = (frames[-1].time_s - frames[0].time_s) / (numbers[-1] - numbers[0])
    assert per_frame_s > 0.08  # more where the machine holds some up
    assert (steps(frames) > 0).all()
    assert said == [f"http://{mjpeg.address}: 160x120, mjpeg"]


def test_a_busy_reader_gets_the_newest_picture(mjpeg) -> None:
    mjpeg.interval_s, mjpeg.silent_from = 0.03, 40
    with Camera(f"http://{mjpeg.address}/video", patience=PATIENT) as camera:
        frames = iter(camera)
        first = next(frames)
        until(lambda: mjpeg.sent == 40)
        second = next(frames)
    passed = number_of(second.rgb) - number_of(first.rgb)
    assert passed >= 10  # of nearly 40, less what is on its way
    assert second.time_s - first.time_s > 0.25


def test_a_camera_that_goes_away_and_comes_back(mjpeg, said) -> None:
    mjpeg.interval_s = 0.03
    with Camera(f"http://{mjpeg.address}/video", patience=PATIENT, say=said.append) as camera:
        frames = iter(camera)
        times = [next(frames).time_s for _ in range(5)]
        mjpeg.down.set()
        until(lambda: len(said) >= 3)  # two tries in vain
        mjpeg.down.clear()
        while len(times) < 20:
            times.append(next(frames).time_s)
    assert np.diff(times).max() > 0.05
    assert (np.diff(times) > 0).all()
    assert f"No picture from http://{mjpeg.address} (" in said[1]
    assert "trying again in 0.05 s" in said[1]
    assert "trying again in 0.1 s" in said[2]
    assert mjpeg.connections >= 3


def test_a_camera_that_breaks_off_again_and_again(mjpeg, said) -> None:
    mjpeg.interval_s, mjpeg.limit = 0.02, 4
    frames = take(Camera(f"http://{mjpeg.address}/video", patience=PATIENT, say=said.append), 12)
    assert (steps(frames) > 0).all()
    assert mjpeg.connections >= 3
    # As there were pictures in between, the wait starts from the shortest every time.
    assert all("trying again in 0.05 s" in text for text in said[1:])
    assert not any("160x120" in text for text in said[1:])  # told once


def test_a_camera_that_stands_still_is_connected_anew(mjpeg, said) -> None:
    with Camera(f"http://{mjpeg.address}/video", patience=SILENT, say=said.append) as camera:
        frames = iter(camera)
        before = next(frames)
        mjpeg.frozen.set()
        until(lambda: len(said) >= 2)
        mjpeg.frozen.clear()
        while next(frames).time_s - before.time_s < 0.6:
            pass
    assert mjpeg.connections >= 2
    assert "(no answer)" in said[1]


def test_a_camera_that_is_gone_for_good(mjpeg, said) -> None:
    with Camera(f"http://{mjpeg.address}/video", patience=LEFT, say=said.append) as camera:
        frames = iter(camera)
        next(frames)
        mjpeg.down.set()
        with pytest.raises(VideoError, match=f"The camera at {mjpeg.address} ") as caught:
            list(frames)
    assert "check" in str(caught.value)
    assert len(said) > 3


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("page", "nothing that is video"),
        ("none", "nothing at this path"),
        ("forbidden", "forbids access"),
    ],
)
def test_pages_that_are_no_camera(mjpeg, said, path: str, told: str) -> None:
    with pytest.raises(VideoError, match=told):
        take(Camera(f"http://{mjpeg.address}/{path}", patience=PATIENT, say=said.append), 1)
    assert mjpeg.connections <= 2  # asking again would not help
    assert said == []


@pytest.mark.parametrize("user", ["", "me:falsch@", "falsch@"])
def test_a_wrong_password_is_tried_once_and_never_shown(mjpeg, said, user: str) -> None:
    mjpeg.password = "me:geheim"
    camera = Camera(
        f"http://{user}{mjpeg.address}/v?token=falsch", patience=PATIENT, say=said.append
    )
    with pytest.raises(VideoError, match="refuses the user name or password") as caught:
        take(camera, 1)
    assert mjpeg.connections <= 2  # more could lock the account
    assert "falsch" not in f"{caught.value} {said} {camera.name}"


def test_the_right_password_is_never_shown_either(mjpeg, said) -> None:
    mjpeg.password = "me:ge@heim/"
    address = f"http://me:ge%40heim%2F@{mjpeg.address}/v?token=heim"
    camera = Camera(address, patience=LEFT, say=said.append)
    with camera:
        frames = iter(camera)
        assert number_of(next(frames).rgb) < COUNT
        mjpeg.down.set()
        with pytest.raises(VideoError) as caught:
            list(frames)
    assert "heim" not in f"{caught.value} {said} {camera.name}"


def test_an_unknown_host_is_told_at_once(said) -> None:
    with pytest.raises(VideoError, match="not known on this network"):
        take(Camera("http://me:geheim@camera.invalid/v", patience=QUICK, say=said.append), 1)
    assert said == []


def test_nobody_listens(said) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(VideoError, match=f"{address} refuses the connection"):
        take(Camera(f"http://{address}/v", patience=QUICK, say=said.append), 1)
    assert len(said) >= 3  # it may be starting


def test_stop_ends_the_wait_for_a_silent_camera(mjpeg) -> None:
    mjpeg.frozen.set()
    with Camera(f"http://{mjpeg.address}/v") as camera:
        timer = threading.Timer(0.2, camera.stop)
        timer.start()
        assert list(camera) == []
        timer.join()


@pytest.mark.parametrize("when", ["before", "while it is made"])
def test_a_stop_before_the_first_wait_is_kept(mjpeg, monkeypatch, when: str) -> None:
    mjpeg.frozen.set()
    camera = Camera(f"http://{mjpeg.address}/v", patience=QUICK)
    if when == "before":
        camera.stop()
    else:  # as by a signal's handler, which runs between any two steps

        class Slow(LatestFrame):
            def __init__(self, *args) -> None:
                super().__init__(*args)
                camera.stop()

        monkeypatch.setattr("harec.video.capture.camera.LatestFrame", Slow)
    with camera:
        assert list(camera) == []


def test_what_goes_wrong_after_a_stop_is_no_problem(mjpeg, monkeypatch) -> None:
    def fail(latest: LatestFrame) -> None:
        until(lambda: latest._stopped)
        raise VideoError("a page that is no camera")

    monkeypatch.setattr(LatestFrame, "_stay_connected", fail)
    with Camera(f"http://{mjpeg.address}/v") as camera:
        camera.stop()
        assert camera._latest is not None
        camera._latest._thread.join(PATIENCE_S)
        assert list(camera) == []


# ---------------------------------------------------------------- files and HLS over HTTP


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which it is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8"])
def test_what_has_an_end_comes_at_its_pace_and_ends(folder, said, name: str) -> None:
    path, address = folder
    with VideoWriter(path / "clip.mp4", SIZE, frame_rate_hint=Fraction(20)) as writer:
        for i in range(20):
            writer.write(numbered(i), i / 20)
    if name.endswith("m3u8"):
        _as_hls(path / "clip.mp4", path / name)
    started_s = time.monotonic()
    with Camera(f"{address}/{name}", patience=PATIENT, say=said.append) as camera:
        frames = list(camera)
    assert time.monotonic() - started_s > 0.9
    numbers = [number_of(f.rgb) for f in frames]
    assert numbers == sorted(set(numbers))
    assert numbers[0] < 3
    assert numbers[-1] == 19
    assert [f.time_s * 20 for f in frames] == pytest.approx(numbers, abs=0.1)
    assert len(said) == 1  # its end is no broken connection


def _as_hls(source: Path, playlist: Path) -> None:
    with (
        av.open(str(source)) as clip,
        av.open(
            str(playlist), "w", format="hls", options={"hls_time": "0.4", "hls_list_size": "0"}
        ) as out,
    ):
        stream = out.add_stream_from_template(clip.streams.video[0])
        for packet in clip.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


@pytest.mark.parametrize(
    ("turn", "aspect", "max_side", "shape"),
    [
        (90, None, None, (160, 120)),
        (270, None, None, (160, 120)),
        (180, None, 100, (76, 100)),
        (0, Fraction(2), None, (120, 320)),
    ],
)
def test_pictures_are_turned_and_sized_as_those_of_files(
    folder, turn, aspect, max_side, shape
) -> None:
    path, address = folder
    with av.open(str(path / "turned.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if turn:
            stream.set_display_rotation(turn)
        frame = av.VideoFrame.from_ndarray(numbered(0b10010), format="rgb24")
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    own, sent = (
        take(Camera(source, patience=PATIENT, max_side=max_side), 1)[0].rgb
        for source in (str(path / "turned.mp4"), f"{address}/turned.mp4")
    )
    assert sent.shape[:2] == shape
    assert sent.shape == own.shape
    assert np.abs(sent.astype(int) - own).mean() < 5


def test_pictures_may_change_their_size(pictures) -> None:
    sizes = [np.full((h, w, 3), 100, np.uint8) for h, w in ((48, 64), (120, 160), (64, 48))]
    with serve_mjpeg(MjpegServer(jpegs(sizes), 0.06)) as server:
        frames = take(Camera(f"http://{server.address}/video", patience=PATIENT, max_side=100), 6)
    assert {f.rgb.shape[:2] for f in frames} == {(48, 64), (76, 100), (64, 48)}


def test_sound_without_pictures_is_told(folder) -> None:
    path, address = folder
    with av.open(str(path / "sound.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 16000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(VideoError, match="no picture"):
        take(Camera(f"{address}/sound.mp4", patience=PATIENT), 1)


def test_a_playlist_on_the_network_opens_no_file_of_this_machine(folder) -> None:
    path, address = folder
    with VideoWriter(path / "secret.mp4", SIZE, frame_rate_hint=None) as writer:
        writer.write(numbered(1), 0)
    (path / "evil.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path}/secret.mp4\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(VideoError):
        take(Camera(f"{address}/evil.m3u8", patience=PATIENT), 1)


# ---------------------------------------------------------------- RTSP

RATE = 25


@pytest.fixture(scope="module")
def units() -> list[tuple[float, bytes]]:
    return h264_units([numbered(i) for i in range(COUNT)], [i / RATE for i in range(COUNT)])


@pytest.fixture
def rtsp(units) -> Iterator[RtspServer]:
    with serve_rtsp(RtspServer(units, COUNT / RATE)) as server:
        yield server


def test_rtsp_times_are_the_cameras_own(rtsp, said) -> None:
    frames = take(Camera(f"rtsp://{rtsp.address}/live", patience=PATIENT, say=said.append), 12)
    numbers = np.array([number_of(f.rgb) for f in frames])
    # However unevenly pictures arrive and are taken: the time is that of the picture.
    assert steps(frames) == pytest.approx(np.diff(numbers) / RATE, abs=1e-3)
    assert (np.diff(numbers) > 0).all()
    assert rtsp.methods[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    until(lambda: rtsp.methods[-1] == "TEARDOWN")
    assert said == [f"rtsp://{rtsp.address}: 160x120, h264"]


def test_rtsp_with_a_variable_rate() -> None:
    times = [i * 0.02 + (0.3 if i >= 10 else 0.0) for i in range(30)]
    units = h264_units([numbered(i) for i in range(30)], times)
    with serve_rtsp(RtspServer(units, 1.0)) as server:
        frames = take(Camera(f"rtsp://{server.address}/live", patience=PATIENT), 20)
    numbers = [number_of(f.rgb) for f in frames]
    expected = np.diff([times[n] for n in numbers])
    within = np.diff(numbers) > 0  # not where the clip starts again
    assert steps(frames)[within] == pytest.approx(expected[within], abs=1e-3)
    assert steps(frames).max() > 0.3


def test_rtsp_drops_what_the_camera_had_kept(rtsp) -> None:
    rtsp.burst = 30  # more than a second that lies in its memory, sent at once
    with Camera(f"rtsp://{rtsp.address}/live", patience=PATIENT) as camera:
        frames = iter(camera)
        number = number_of(next(frames).rgb)
        for _ in range(12):  # one after the other they would be more than twice as many
            time.sleep(0.1)
            number = max(number, number_of(next(frames).rgb))
            if number >= 25:
                break
        assert number >= 25


def test_rtsp_goes_away_and_comes_back(rtsp, said) -> None:
    with Camera(f"rtsp://{rtsp.address}/live", patience=PATIENT, say=said.append) as camera:
        frames = iter(camera)
        times = [next(frames).time_s for _ in range(5)]
        rtsp.down.set()
        until(lambda: len(said) >= 3)
        rtsp.down.clear()
        times += [next(frames).time_s for _ in range(5)]
    gap = np.diff(times)
    assert (gap > 0).all()
    assert gap.max() > 0.05
    assert gap.max() < 60  # the new connection's clock is another one: no jump
    assert "trying again" in said[1]


def test_rtsp_that_stops_sending_is_connected_anew(rtsp, said) -> None:
    with Camera(f"rtsp://{rtsp.address}/live", patience=SILENT, say=said.append) as camera:
        frames = iter(camera)
        before = next(frames)
        rtsp.frozen.set()
        until(lambda: len(said) >= 2)
        rtsp.frozen.clear()
        while next(frames).time_s - before.time_s < 0.6:
            pass
    assert rtsp.methods.count("PLAY") >= 2


def test_a_stop_of_the_pictures_stays_a_gap(rtsp, said) -> None:
    patience = Patience(read_s=20)
    with Camera(f"rtsp://{rtsp.address}/live", patience=patience, say=said.append) as camera:
        frames = iter(camera)
        seen = [next(frames)]
        rtsp.frozen.set()
        time.sleep(1.0)
        rtsp.frozen.clear()
        seen += [next(frames) for _ in range(20)]
    assert steps(seen).max() > 0.8
    assert len(said) == 1  # nothing was connected anew


@pytest.mark.parametrize("password", ["falsch", "geheim"])
def test_rtsp_passwords(rtsp, said, password: str) -> None:
    rtsp.password = "me:geheim"
    camera = Camera(f"rtsp://me:{password}@{rtsp.address}/live", patience=PATIENT, say=said.append)
    if password == "geheim":
        assert take(camera, 1)
        told = f"{said}"
    else:
        with pytest.raises(VideoError, match="refuses the user name or password") as caught:
            take(camera, 1)
        told = f"{caught.value} {said}"
        assert rtsp.methods.count("DESCRIBE") <= 2
    assert password not in told + camera.name


def test_rtsp_that_never_answers(rtsp, said) -> None:
    rtsp.deaf.set()
    with pytest.raises(VideoError, match=f"The camera at {rtsp.address} does not answer"):
        take(Camera(f"rtsp://me:geheim@{rtsp.address}/live", patience=QUICK, say=said.append), 1)
    assert "(no answer)" in said[0]
    assert "geheim" not in f"{said}"


def test_no_thread_is_left(rtsp, mjpeg) -> None:
    for address in (f"rtsp://{rtsp.address}/live", f"http://{mjpeg.address}/v") * 2:
        take(Camera(address, patience=PATIENT), 2)
    until(lambda: not [t for t in threading.enumerate() if t.name == "harec-camera"])


# ---------------------------------------------------------------- UDP


def test_a_transport_stream_over_udp(said) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{free.getsockname()[1]}"
    over = threading.Event()

    def send() -> None:
        options = {"pkt_size": "1316"}
        with av.open(address, "w", format="mpegts", options=options) as out:
            stream = out.add_stream("libx264", rate=RATE, options={"tune": "zerolatency"})
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            stream.codec_context.gop_size = 5
            for i in range(500):
                frame = av.VideoFrame.from_ndarray(numbered(i % 250), format="rgb24")
                frame.pts, frame.time_base = i, Fraction(1, RATE)
                out.mux(stream.encode(frame))
                if over.wait(1 / RATE):
                    return

    sender = threading.Thread(target=send)
    sender.start()
    patience = Patience(open_s=10, read_s=5, waits_s=(0.1,), give_up_s=20)
    try:
        frames = take(Camera(address, patience=patience, say=said.append), 8)
    finally:
        over.set()
        sender.join()
    numbers = np.array([number_of(f.rgb) for f in frames])
    assert steps(frames) == pytest.approx(np.diff(numbers) / RATE, abs=2e-3)
