"""Reading: what a video is, which way up, when its frames are, and what damage does."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from harec.core.errors import InputError, VideoError
from harec.core.threads import cpu_count
from harec.video import VideoReader, VideoWriter, probe
from harec.video.rgb import GRAY_SIDE, Geometry, Orientation, RgbConverter

CORNERS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (40, 40, 220)}


def corner_colours(rgb: np.ndarray) -> tuple[str, str, str]:
    """Names of the colours top left, top right, bottom left (a little away from the edges)."""
    height, width = rgb.shape[:2]
    spots = [(height // 6, width // 6), (height // 6, -width // 6), (-height // 3, width // 6)]
    return tuple(
        min(
            [*CORNERS, "grey"],
            key=lambda name: np.abs(rgb[spot] - np.array(CORNERS.get(name, (128,) * 3), int)).sum(),
        )
        for spot in spots
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mov", {}),
        ("a.mkv", {}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.webm", {"codec": "libvpx", "options": {"deadline": "realtime", "cpu-used": "8"}}),
        ("a.gif", {"codec": "gif", "pix_fmt": "rgb8", "rate": 25}),
        ("ten_bit.mp4", {"pix_fmt": "yuv420p10le"}),
        ("full_range.mp4", {"pix_fmt": "yuvj420p"}),
        ("fine_chroma.mkv", {"pix_fmt": "yuv444p"}),
        ("grey.avi", {"codec": "mjpeg", "pix_fmt": "yuvj422p"}),
    ],
)
def test_usual_containers_give_all_frames_in_their_colours(make_clip, name, options):
    path = make_clip(name, frames=20, **options)
    with VideoReader(path) as reader:
        frames = list(reader)
    rate = Fraction(options.get("rate", 30))
    assert len(frames) == 20
    assert reader.info.frame_rate == pytest.approx(rate, rel=0.01)
    assert reader.info.duration_s == pytest.approx(20 / rate, abs=0.02)
    assert [f.index for f in frames] == list(range(20))
    assert [f.time_s for f in frames] == pytest.approx([i / rate for i in range(20)], abs=1.1e-3)
    assert reader.warnings == []
    rgb = frames[-1].rgb
    assert rgb.dtype == np.uint8
    assert rgb.shape == (120, 160, 3)
    close = 60 if name == "a.gif" else 10  # this GIF has eight levels of a colour, four of blue
    assert np.abs(rgb[20, 27].astype(int) - CORNERS["red"]).max() < close
    assert np.abs(rgb[20, -27].astype(int) - CORNERS["green"]).max() < close


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("rotate_ccw", "hflip", "rotation_deg", "expected"),
    [
        (0, False, 0, ("red", "green", "blue")),
        (90, False, 270, ("green", "grey", "red")),
        (-90, False, 90, ("blue", "red", "grey")),  # a phone held upright
        (180, False, 180, ("grey", "blue", "green")),
        (0, True, None, ("green", "red", "grey")),  # mirrored, as some front cameras store it
    ],
)
def test_rotation_metadata_turns_frames_upright(
    make_clip, suffix, rotate_ccw, hflip, rotation_deg, expected
):
    path = make_clip(f"a.{suffix}", frames=3, rotate_ccw=rotate_ccw, hflip=hflip)
    with VideoReader(path) as reader:
        rgb = next(iter(reader)).rgb
    assert corner_colours(rgb) == expected
    turned = rotate_ccw in (90, -90)
    assert (reader.info.width, reader.info.height) == ((120, 160) if turned else (160, 120))
    assert rgb.shape[:2] == reader.size_wh[::-1] == (reader.info.height, reader.info.width)
    assert rgb.flags.c_contiguous
    if rotation_deg is not None:
        assert reader.info.rotation_deg == rotation_deg


def test_rotated_and_scaled(make_clip):
    path = make_clip("a.mp4", frames=2, rotate_ccw=90)
    with VideoReader(path, max_side=80) as reader:
        rgb = next(iter(reader)).rgb
    assert rgb.shape == (80, 60, 3)
    assert (reader.info.width, reader.info.height) == (120, 160)
    assert corner_colours(rgb) == ("green", "grey", "red")


def test_variable_frame_rate_keeps_the_times_of_the_file(make_clip):
    times_s = [0.0, 0.04, 0.05, 0.5, 0.51, 2.0, 2.7]
    with VideoReader(make_clip("a.mkv", times_s=times_s)) as reader:
        own_s = [f.time_s for f in reader if not f.repeated]
    assert own_s == pytest.approx(times_s, abs=1e-6)


def test_first_frame_is_time_zero(make_clip):
    path = make_clip("a.mkv", times_s=[5.0, 5.5, 7.0])
    with VideoReader(path) as reader:
        assert [f.time_s for f in reader] == pytest.approx([0.0, 0.5, 2.0], abs=1e-6)
    assert reader.info.duration_s == pytest.approx(2.033, abs=1e-3)
    assert reader.warnings == []


def test_odd_sides(make_clip):
    path = make_clip("a.mkv", frames=2, size=(161, 121), codec="ffv1", pix_fmt="yuv444p")
    with VideoReader(path) as reader:
        assert next(iter(reader)).rgb.shape == (121, 161, 3)


def test_non_square_pixels_become_square(make_clip):
    path = make_clip("a.mp4", frames=2, size=(160, 120), aspect=Fraction(3, 2))
    with VideoReader(path) as reader:
        assert next(iter(reader)).rgb.shape == (120, 240, 3)
    assert (reader.info.width, reader.info.height) == (240, 120)


def test_missing_duration(make_clip, tmp_path):
    class Pipe(io.RawIOBase):  # no seek: the muxer can't go back to note the duration
        def __init__(self, target):
            self.target = target

        def writable(self):
            return True

        def write(self, data):
            return self.target.write(data)

    path = tmp_path / "a.webm"
    with path.open("wb") as target:
        make_clip("a.webm", frames=12, codec="libvpx", file=Pipe(target))
    assert probe(path).duration_s is None
    assert probe(path).frames is None
    with VideoReader(path) as reader:
        assert len(list(reader)) == 12
    assert reader.warnings == []


def test_sound_is_noticed_and_ignored(make_clip):
    path = make_clip("a.mp4", frames=10, audio="aac")
    info = probe(path)
    assert info.has_audio
    assert info.codec == "h264"
    with VideoReader(path) as reader:
        assert len(list(reader)) == 10


def test_one_frame(make_clip):
    with VideoReader(make_clip("a.mp4", frames=1)) as reader:
        frames = list(reader)
    assert [f.time_s for f in frames] == [0.0]
    assert frames[0].duration_s == pytest.approx(1 / 30, abs=1e-3)
    assert reader.warnings == []


def test_8k_is_scaled_while_decoding(make_clip):
    path = make_clip("a.avi", frames=1, size=(7680, 4320), codec="mjpeg", pix_fmt="yuvj420p")
    with VideoReader(path, max_side=1280) as reader:
        frames = list(reader)
    assert (reader.info.width, reader.info.height) == (7680, 4320)
    assert [f.rgb.shape for f in frames] == [(720, 1280, 3)]
    assert corner_colours(frames[0].rgb) == ("red", "green", "blue")


def test_larger_than_8k_is_refused(make_clip, monkeypatch):
    monkeypatch.setattr("harec.video.streams.MAX_PIXELS", 100 * 100)
    with pytest.raises(VideoError, match=r'"a.mp4" is 160 x 120 pixels, .* scale it'):
        probe(make_clip("a.mp4", frames=1))


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [
        ((160, 120), 160, (160, 120)),
        ((160, 120), 1000, (160, 120)),  # never scaled up
        ((160, 120), 100, (100, 76)),  # even sides
        ((160, 120), 101, (100, 76)),
        ((320, 16), 20, (20, 2)),
    ],
)
def test_max_side(make_clip, size, max_side, expected):
    with VideoReader(make_clip("a.mp4", frames=1, size=size), max_side=max_side) as reader:
        assert reader.size_wh == expected
        assert next(iter(reader)).rgb.shape == (expected[1], expected[0], 3)


def test_scaling_down_averages_areas(make_clip):
    """Fine stripes become grey, close to OpenCV's area averaging, instead of moiré."""

    def stripes(index: int, width: int, height: int) -> np.ndarray:
        rgb = np.zeros((height, width, 3), np.uint8)
        rgb[:, ::3] = 255
        return rgb

    path = make_clip(
        "a.mkv", frames=1, size=(600, 400), codec="ffv1", pix_fmt="yuv444p", make=stripes
    )
    with VideoReader(path) as full, VideoReader(path, max_side=100) as small:
        expected = cv2.resize(next(iter(full)).rgb, small.size_wh, interpolation=cv2.INTER_AREA)
        got = next(iter(small)).rgb
    assert np.abs(got.astype(int) - expected).max() <= 6


@pytest.mark.parametrize(
    "options", [{}, {"rotate_ccw": 90}, {"pix_fmt": "yuvj420p"}, {"pix_fmt": "yuv444p"}]
)
def test_scaled_before_it_is_rgb_it_looks_the_same(make_clip, options):
    clip = make_clip("a.mkv" if "pix_fmt" in options else "a.mp4", size=(640, 480), **options)
    with VideoReader(clip, max_side=320) as exact:
        expected = next(iter(exact)).rgb.astype(int)
    with VideoReader(clip, max_side=320, exact=False, scale_first=True) as quick:
        off = np.abs(next(iter(quick)).rgb - expected)
    assert off.shape == expected.shape
    assert off.mean() < 3
    assert np.percentile(off, 95) <= 8


def test_frames_converts_only_those_wanted(make_clip):
    with VideoReader(make_clip("a.mp4", frames=10)) as reader:
        rows = list(reader.frames(lambda index: index % 3 == 0))
    assert [frame.index for frame in rows] == list(range(10))
    assert [frame.time_s for frame in rows] == pytest.approx([i / 30 for i in range(10)], abs=1e-4)
    assert [frame.index for frame in rows if frame.rgb is not None] == [0, 3, 6, 9]


def test_frames_become_images_when_somebody_asks(make_clip):
    clip = make_clip("a.mp4", frames=10)
    with VideoReader(clip) as reader:
        expected = list(reader)
    with VideoReader(clip) as reader:
        held = list(reader.unseen_frames())
    assert [(f.index, f.time_s, f.duration_s) for f in held] == [
        (f.index, f.time_s, f.duration_s) for f in expected
    ]
    for later in (7, 2):
        np.testing.assert_array_equal(held[later].to_rgb(), expected[later].rgb)


@pytest.mark.parametrize("options", [{}, {"rotate_ccw": 90}, {"pix_fmt": "yuv444p"}])
def test_a_small_image_of_the_brightness_is_upright(make_clip, options):
    with VideoReader(make_clip("a.mkv" if "pix_fmt" in options else "a.mp4", **options)) as reader:
        frame = next(reader.unseen_frames())
        gray, rgb = frame.to_gray(), frame.to_rgb()
    assert max(gray.shape) == GRAY_SIDE
    small = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), gray.shape[::-1])
    assert np.corrcoef(gray.ravel(), small.ravel())[0, 1] > 0.95


def test_ten_bits_have_no_small_image(make_clip):
    with VideoReader(make_clip("ten_bit.mp4", pix_fmt="yuv420p10le")) as reader:
        assert next(reader.unseen_frames()).to_gray() is None


def test_a_reader_reads_once(make_clip):
    with VideoReader(make_clip("a.mp4", frames=2)) as reader:
        list(reader)
        with pytest.raises(ValueError, match="open a new one"):
            next(iter(reader))


def test_the_cover_picture_is_not_the_video(make_clip, tmp_path):
    path = tmp_path / "song.mp4"
    _write_with_cover(path, make_clip("movie.mp4", frames=5), with_video=True)
    with VideoReader(path) as reader:
        assert len(list(reader)) == 5
    song = tmp_path / "only_sound.mp4"
    _write_with_cover(song, make_clip("tone.mp4", video=False, audio="aac"), with_video=False)
    with pytest.raises(VideoError, match="sound but no moving picture"):
        probe(song)


def _write_with_cover(path, source, *, with_video: bool) -> None:
    with av.open(str(path), "w") as out, av.open(str(source)) as media:
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        track = media.streams.video[0] if with_video else media.streams.audio[0]
        copied = out.add_stream_from_template(track)
        grey = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
        out.mux(cover.encode(grey))
        for packet in media.demux(track):
            if packet.dts is not None:
                packet.stream = copied
                out.mux(packet)
        out.mux(cover.encode(None))


# ------------------------------------------------------------------ damage


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"container_options": {"movflags": "+faststart"}}),
        ("a.mkv", {}),
        ("a.webm", {"codec": "libvpx", "options": {"deadline": "realtime", "cpu-used": "8"}}),
        ("a.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
        ("sound.mp4", {"container_options": {"movflags": "+faststart"}, "audio": "aac"}),
    ],
)
def test_cut_half_way_gives_the_first_frames_and_one_warning(make_clip, name, options):
    path = make_clip(name, frames=60, make=_noise, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with VideoReader(path, name="holiday.mp4") as reader:
        frames = list(reader)
    assert 10 <= len(frames) <= 45
    assert all(a.time_s < b.time_s for a, b in pairwise(frames))
    assert len(reader.warnings) == 1
    assert reader.warnings[0].startswith('"holiday.mp4" ends early: it should last ')


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.ts", {}),
        ("a.h264", {}),
        ("a.mkv", {"codec": "mpeg4"}),
        ("a.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
        ("a.mjpeg", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
        ("a.gif", {"codec": "gif", "pix_fmt": "gray", "rate": 25}),
        ("a.webm", {"codec": "libvpx", "options": {"deadline": "realtime", "cpu-used": "8"}}),
    ],
)
def test_a_hole_of_zeros_is_told(make_clip, name, options):
    """As an interrupted copy leaves it: FFmpeg decodes over it, or drops what it touches."""
    path = make_clip(name, frames=40, make=_noise, **options)
    assert _warnings(path) == []
    data = bytearray(path.read_bytes())
    middle, size = len(data) // 2, len(data) // 10
    data[middle : middle + size] = bytes(size)
    path.write_bytes(data)
    assert len(_warnings(path)) == 1


def _warnings(path):
    with VideoReader(path, frame_rate=30 if path.suffix in (".h264", ".mjpeg") else None) as reader:
        list(reader)
        return reader.warnings


def test_damage_in_the_middle_is_skipped_with_a_warning(make_clip):
    path = make_clip("a.mp4", frames=60, make=_noise, container_options={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + len(data) // 3
    data[start : start + 4000] = np.random.default_rng(0).bytes(4000)
    path.write_bytes(data)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert 50 <= len(frames) < 60
    assert frames[-1].time_s == pytest.approx(59 / 30, abs=1e-3)
    assert len(reader.warnings) == 1
    assert "is damaged" in reader.warnings[0]


def _noise(index: int, width: int, height: int) -> np.ndarray:
    """Pictures that don't compress, so that half the bytes are about half the frames."""
    return np.random.default_rng(index).integers(0, 255, (height, width, 3), dtype=np.uint8)


def _cut_before_index(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])  # an MP4 with its index at the end loses it


@pytest.mark.parametrize(
    ("name", "prepare", "words"),
    [
        ("gone.mp4", None, 'There is no file "clip"'),
        ("folder.mp4", lambda path: path.mkdir(), "is a folder"),
        ("empty.mp4", lambda path: path.touch(), "is empty"),
        ("text.mp4", lambda path: path.write_text("hello, world\n" * 99), "is not a video"),
        ("zeros.avi", lambda path: path.write_bytes(bytes(5000)), "is not a video"),
        ("photo.mp4", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)), "a picture"),
        # A playlist would make FFmpeg open whatever it names.
        ("list.mp4", lambda path: path.write_text("#EXTM3U\n/etc/hosts\n"), "not a video"),
        ("list.txt", lambda path: path.write_text("ffconcat version 1.0\nfile a"), "not a"),
        ("words.srt", lambda path: path.write_text("1\n00:00:01,0 --> 00:00:02,0\nhi"), "not a"),
    ],
)  # fmt: skip
def test_what_is_no_video_is_told_in_plain_words(tmp_path, name, prepare, words):
    path = tmp_path / name
    if prepare is not None:
        prepare(path)
    with pytest.raises(VideoError) as caught:
        probe(path, name="clip")
    _assert_plain(caught.value, words, tmp_path)


def test_unreadable_movies_are_told_in_plain_words(make_clip, tmp_path):
    cut = make_clip("cut.mp4", frames=30)
    _cut_before_index(cut)
    sound_only = make_clip("tone.mp4", video=False, audio="aac")
    for path, words in (
        (cut, "cut short: its index"),
        (sound_only, "sound but no moving picture"),
    ):
        with pytest.raises(VideoError) as caught:
            VideoReader(path, name="clip")
        _assert_plain(caught.value, words, tmp_path)


def _assert_plain(error: VideoError, words: str, folder) -> None:
    text = str(error)
    assert words in text
    assert '"clip"' in text
    assert "\n" not in text
    assert str(folder) not in text
    assert "Errno" not in text
    assert "avcodec" not in text


def test_names_in_messages_stay_on_one_short_line(tmp_path):
    with pytest.raises(VideoError) as caught:
        probe(tmp_path / "gone.mp4", name="a\nb" + "x" * 500 + ".mp4")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"size": (1280, 720), "frames": 2},
        {"pix_fmt": "yuvj420p"},
        {"pix_fmt": "yuv444p"},
        {"size": (162, 122)},
        {"rotate_ccw": 90.0},
        {"codec": "libx264rgb", "pix_fmt": "rgb24"},
        {"options": {"x264-params": "colormatrix=bt709"}},
    ],
    ids=["plain", "hd", "full range", "444", "even halves odd", "turned", "rgb", "bt709"],
)
def test_quick_colours_are_those_of_the_exact_way(make_clip, keywords):
    """But for edges, where colours are coarser, and a level or two."""
    path = make_clip("a.mp4", **{"frames": 5, **keywords})
    with VideoReader(path) as precise, VideoReader(path, exact=False) as quick:
        for a, b in zip(precise, quick, strict=True):
            assert a.time_s == b.time_s
            assert b.rgb.flags.writeable
            off = b.rgb.astype(int) - a.rgb
            assert np.abs(off.mean(axis=(0, 1))).max() < 2
            assert np.median(np.abs(off)) <= 2


@pytest.mark.parametrize(("size", "threads"), [((640, 480), 1), ((1920, 1080), 3)])
def test_threads_are_those_that_the_knob_allows(make_clip, monkeypatch, size, threads):
    """Small pictures need one thread; large ones get what HAREC_THREADS says."""
    monkeypatch.setenv("HAREC_THREADS", "3")
    path = make_clip("a.mp4", size=size, frames=2)
    with VideoReader(path) as reader:
        assert reader._stream.codec_context.thread_count == threads
        rgb = next(iter(reader)).rgb
    with VideoWriter(path.with_name("b.mp4"), size) as writer:
        assert writer._stream.codec_context.thread_count == threads
        writer.write(rgb, 0.0)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_knob_that_is_no_number_says_so(monkeypatch, value):
    monkeypatch.setenv("HAREC_THREADS", value)
    with pytest.raises(InputError, match="HAREC_THREADS must be a number of threads"):
        cpu_count()


#: Time stamps of a browser's recorder: about 30 a second, in whole milliseconds, not quite even.
JITTERED_S = [round(i / 30 + (0.006 if i % 3 == 1 else 0.0), 3) for i in range(75)]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "libvpx"), ("a.mkv", "libx264"), ("a.asf", "wmv2")]
)
@pytest.mark.parametrize("claim", [1000, 5, 90])
def test_a_rate_that_the_stamps_contradict_is_measured(make_clip, name, codec, claim):
    """WebM of MediaRecorder claims 1000 frames/s, which is its clock."""
    path = make_clip(name, codec=codec, rate=claim, times_s=JITTERED_S)
    assert float(probe(path).frame_rate) == pytest.approx(30, rel=0.05)


def test_rates_that_may_be_right_are_believed(make_clip):
    even = make_clip("even.mp4", rate=Fraction(30000, 1001))
    slow_first = [i / 5 for i in range(80)] + [16 + i / 30 for i in range(400)]
    counted = make_clip("counted.mp4", times_s=slow_first, size=(32, 32))
    assert probe(even).frame_rate == Fraction(30000, 1001)
    assert float(probe(counted).frame_rate) == pytest.approx(480 / (16 + 400 / 30), rel=0.02)
    assert probe(make_clip("one.webm", codec="libvpx", rate=1000, frames=1)).frame_rate is None


@pytest.mark.parametrize(
    ("wrong_ms", "words"),
    [
        ({20: 0}, "1 frame has a wrong time stamp"),
        ({0: 3_600_000}, "1 frame has"),
        ({59: 3_600_000}, "1 frame has"),
        ({10: 0, 20: 3_600_000, 30: 900}, "3 frames have wrong time stamps"),
    ],
)
def test_a_wrong_time_stamp_is_told_and_moves_nobody_else(make_clip, wrong_ms, words):
    path = make_clip("a.flv", codec="flv", rate=10, frames=60)
    _stamp(path, wrong_ms)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert [f.time_s for f in frames] == pytest.approx([i / 10 for i in range(60)], abs=0.06)
    (warning,) = reader.warnings
    assert words in warning


def _stamp(path, stamps_ms: dict[int, int]) -> None:
    """Write other time stamps over those of these frames of an FLV (Adobe's format, E.4.1)."""
    data, at, index = bytearray(path.read_bytes()), 13, 0
    while at < len(data):
        if data[at] == 9:
            stamp = stamps_ms.get(index)
            if stamp is not None:
                data[at + 4 : at + 8] = (stamp & 0xFFFFFF).to_bytes(3) + bytes([stamp >> 24])
            index += 1
        at += 15 + int.from_bytes(data[at + 1 : at + 4])
    path.write_bytes(data)


def _joined(path, *clips):
    """The packets of several clips of one codec as one stream."""
    with av.open(str(path), "w") as out:
        stream, start_s = None, Fraction(0)
        for clip in clips:
            with av.open(str(clip)) as source:
                (track,) = source.streams
                stream = stream or out.add_stream_from_template(track)
                last = None
                for packet in source.demux(track):
                    if packet.dts is None:
                        continue
                    shift = round(start_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream, last = stream, packet
                    end_s = (packet.pts + 1) * packet.time_base
                    out.mux(packet)
                assert last is not None
                start_s = end_s + Fraction(1, 10)
    return path


WIDE, TALL, SMALL = (160, 120), (90, 120), (80, 60)


@pytest.mark.parametrize("max_side", [None, 80])
@pytest.mark.parametrize(
    ("ending", "second", "box"),  # where it lies in the first part's frame: x, y, width, height
    [
        ("webm", {"size": TALL}, (35, 0, 90, 120)),
        ("webm", {"size": SMALL}, (0, 0, 160, 120)),
        ("ts", {"size": TALL}, (35, 0, 90, 120)),
        ("ts", {"size": WIDE, "aspect": Fraction(2)}, (0, 30, 160, 60)),
        ("ts", {"size": SMALL, "aspect": Fraction(1, 2)}, (40, 0, 80, 120)),
    ],
)
def test_a_picture_that_changes_is_fitted_into_the_first_ones_frame(
    make_clip, tmp_path, ending, second, box, max_side
):
    codec = {"webm": "libvpx", "ts": "libx264"}[ending]
    common = {"codec": codec, "frames": 12, "rate": 25}
    first = make_clip(f"1.{ending}", size=WIDE, **common)
    path = _joined(tmp_path / f"a.{ending}", first, make_clip(f"2.{ending}", **common, **second))
    with VideoReader(path, max_side=max_side) as reader:
        frames = list(reader)
    assert {f.rgb.shape[:2] for f in frames} == {reader.size_wh[::-1]}
    scale = reader.size_wh[0] / WIDE[0]
    x, y, width, height = (round(side * scale) for side in box)
    assert corner_colours(frames[0].rgb) == ("red", "green", "blue")
    last = frames[-1].rgb
    assert corner_colours(last[y : y + height, x : x + width]) == ("red", "green", "blue")
    outside = np.ones(last.shape[:2], bool)
    outside[max(y - 1, 0) : y + height + 1, max(x - 1, 0) : x + width + 1] = False
    assert not last[outside].any()
    assert len(reader.warnings) == (1 if outside.any() else 0)
    assert all("changes the shape of its picture" in text for text in reader.warnings)


def test_a_turn_that_begins_midway_is_undone(make_clip):
    raw = next(av.open(str(make_clip("a.mp4"))).decode(video=0))
    upright = Geometry((160, 120), 1.0, Orientation())
    turned = Geometry((160, 120), 1.0, Orientation(transpose=True, flip_x=True, rotation_deg=90))
    converter = RgbConverter(upright, max_side=None, exact=True, threads=1)
    rgb = converter.convert(raw, turned)
    assert rgb.shape == (120, 160, 3)
    assert corner_colours(rgb[:, 35:125]) == ("blue", "red", "grey")
    assert not rgb[:, :35].any()
    assert converter.has_bars(turned)


#: A second at 25 frames a second, a picture that is shown for three, a second more.
LEFT_OUT_S = [i / 25 for i in range(25)] + [4 + i / 25 for i in range(25)]


@pytest.mark.parametrize(
    ("name", "codec", "shown"),
    [
        ("a.mp4", "libx264", True),
        ("a.mkv", "libx264", True),
        ("a.webm", "libvpx", True),
        ("a.gif", "gif", True),
        ("a.ts", "libx264", False),  # sent: what is missing was lost
    ],
)
@pytest.mark.parametrize("every", [1, 10])
def test_a_picture_that_is_shown_on_comes_again(make_clip, name, codec, shown, every):
    formats = {"pix_fmt": "rgb8"} if codec == "gif" else {}
    path = make_clip(name, codec=codec, rate=25, times_s=LEFT_OUT_S, **formats)
    with VideoReader(path) as reader:
        frames = list(reader.frames(lambda index: index % every == 0))
    again = [f for f in frames if f.repeated]
    assert [f.time_s for f in frames if not f.repeated] == pytest.approx(LEFT_OUT_S, abs=0.006)
    assert [f.index for f in frames if not f.repeated] == list(range(50))
    assert {f.index for f in again} == ({24} if shown else set())
    if shown:
        steps = np.diff([LEFT_OUT_S[24], *(f.time_s for f in again), 4.0])
        assert 0.1 < min(steps) <= max(steps) <= 0.21
        with VideoReader(path) as reader:
            alike = next(f.rgb for f in reader if f.index == 24)
        assert all((f.rgb == alike).all() for f in again)


def test_a_slow_video_has_no_gaps(make_clip):
    path = make_clip("a.mp4", rate=1, frames=8)
    with VideoReader(path) as reader:
        assert not any(frame.repeated for frame in reader)


def test_a_gap_where_pieces_are_lost_stays_one(make_clip):
    """Damage of a second: the pictures in between are not those that were left out."""
    path = make_clip("a.mkv", codec="mjpeg", pix_fmt="yuvj420p", rate=25, frames=75)
    data = path.read_bytes()
    starts = [i for i in range(len(data)) if data[i : i + 3] == b"\xff\xd8\xff"]
    for start in starts[25:50]:
        data = data[:start] + bytes(800) + data[start + 800 :]
    path.write_bytes(data)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert max(np.diff([f.time_s for f in frames])) == pytest.approx(1.04, abs=0.01)
    assert "25 pieces were skipped" in reader.warnings[0]


def test_a_last_picture_is_shown_as_long_as_the_file_says(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        for i in range(25):
            writer.write(np.full((48, 64, 3), 9 * i, np.uint8), i / 25, 3.0 if i == 24 else None)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert [f.index for f in frames[25:]] == [24] * 14
    assert frames[-1].time_s + frames[-1].duration_s == pytest.approx(24 / 25 + 3)
