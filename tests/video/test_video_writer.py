"""Writing: what is written is read back at the same times and in the same colours."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from video_clips import picture, sound_onset_s

from harec.core.errors import VideoError
from harec.video import VideoReader, VideoWriter, probe


def write_frames(path, times_s, size=(160, 120), **keywords):
    with VideoWriter(path, size, **keywords) as writer:
        for index, time_s in enumerate(times_s):
            writer.write(picture(index, *size), time_s)
    return writer


def psnr_db(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


def boxes(path) -> list[str]:
    """Names of an MP4's top-level boxes, in order."""
    data, names, at = path.read_bytes(), [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names


@pytest.mark.parametrize(
    "times_s",
    [
        [i / 30 for i in range(30)],
        [i * 1001 / 24000 for i in range(30)],
        [0.0, 0.011, 0.5, 0.7001, 3.0, 3.033],  # variable
        [i / 240 for i in range(20)],
        [0.0, 40.0],
        [0.0, 1e-6, 2e-6, 0.5],  # finer than the file's clock: one tick apart
    ],
)
def test_times_survive_to_a_millisecond(tmp_path, times_s):
    path = tmp_path / "out.mp4"
    write_frames(path, times_s)
    with VideoReader(path) as reader:
        own_s = [f.time_s for f in reader if not f.repeated]
    assert own_s == pytest.approx(times_s, abs=5e-5)
    assert reader.warnings == []


def test_copying_a_variable_rate_clip(make_clip, tmp_path):
    times_s = [0.0, 0.04, 0.05, 0.5, 0.51, 2.0, 2.7]
    source, out = make_clip("in.mkv", times_s=times_s), tmp_path / "out.mp4"
    with (
        VideoReader(source) as reader,
        VideoWriter(out, reader.size_wh, frame_rate_hint=reader.info.frame_rate) as writer,
    ):
        before = []
        for frame in reader:
            if frame.repeated:  # shown on until the next one
                continue
            writer.write(frame.rgb, frame.time_s, frame.duration_s)
            before.append(frame)
    with VideoReader(out) as reader:
        after = [frame for frame in reader if not frame.repeated]
    assert [f.time_s for f in after] == pytest.approx(times_s, abs=1e-3)
    assert min(psnr_db(a.rgb, b.rgb) for a, b in zip(before, after, strict=True)) > 30


@pytest.mark.parametrize(
    ("hint", "duration_s", "expected_s"),
    [
        (None, None, 2.0),  # as long as the gap before
        (Fraction(10), None, 1.6),
        (Fraction(10), 0.75, 2.25),
    ],
)
def test_the_last_frame_keeps_its_duration(tmp_path, hint, duration_s, expected_s):
    path = tmp_path / "out.mp4"
    with VideoWriter(path, (64, 48), frame_rate_hint=hint) as writer:
        for index, time_s in enumerate([0.0, 1.0, 1.5]):
            writer.write(picture(index, 64, 48), time_s, duration_s)
    assert probe(path).duration_s == pytest.approx(expected_s, abs=1e-3)


def test_one_frame(tmp_path):
    path = tmp_path / "out.mp4"
    write_frames(path, [0.0])
    assert probe(path).duration_s == pytest.approx(0.04)


@pytest.mark.parametrize("hint", [Fraction(30), Fraction(1000), Fraction(1, 30), None])
def test_what_browsers_need(tmp_path, hint):
    path = tmp_path / "out.mp4"
    write_frames(path, [i / 30 for i in range(90)], frame_rate_hint=hint)
    assert boxes(path).index("moov") < boxes(path).index("mdat")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.color_range == 1
        keys = [p.pts / 90_000 for p in container.demux(stream) if p.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, 3.0])) <= 2.01
    assert len(keys) < 10  # where much changes, the encoder puts more of them


@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
def test_colours_are_tagged_and_kept(tmp_path, size):
    path = tmp_path / "out.mp4"
    colours = [(220, 30, 30), (30, 200, 30), (40, 40, 220), (250, 250, 250), (5, 5, 5)]
    with VideoWriter(path, size) as writer:
        for index, colour in enumerate(colours):
            writer.write(np.full((size[1], size[0], 3), colour, np.uint8), index / 5)
    with av.open(str(path)) as container:
        # ITU-T H.273: 1 = BT.709, 6 = BT.601 (SMPTE 170M)
        assert container.streams.video[0].codec_context.colorspace == (1 if size[1] >= 720 else 6)
    with VideoReader(path) as reader:
        for frame, colour in zip(reader, colours, strict=True):
            assert np.abs(frame.rgb.reshape(-1, 3).mean(axis=0) - colour).max() < 4


@pytest.mark.parametrize("size", [(161, 121), (160, 121), (1, 1), (17, 2)])
def test_odd_sides_are_padded_with_their_edge(tmp_path, size):
    path = tmp_path / "out.mp4"
    grey = np.full((size[1], size[0], 3), 200, np.uint8)
    with VideoWriter(path, size) as writer:
        writer.write(grey, 0.0)
    with VideoReader(path) as reader:
        rgb = next(iter(reader)).rgb
    assert rgb.shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert np.abs(rgb.astype(int) - 200).max() < 6


@pytest.mark.parametrize("name", ["in.mp4", "in.mov"])
@pytest.mark.parametrize(
    ("audio", "rate", "expected"),
    [("aac", 44100, "aac"), ("pcm_s16le", 8000, "aac"), ("pcm_s16le", 96000, "aac")],
)
def test_sound_is_carried_over_in_time(make_clip, tmp_path, name, audio, rate, expected):
    if audio.startswith("pcm") and name == "in.mp4":
        name = "in.mkv"
    source = make_clip(name, frames=60, audio=audio, audio_rate=rate)
    out = tmp_path / "out.mp4"
    writer = write_frames(out, [i / 30 for i in range(60)], audio_from=source)
    assert writer.warnings == []
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == expected
    assert sound_onset_s(out) == pytest.approx(sound_onset_s(source), abs=0.03)
    assert sound_onset_s(out) == pytest.approx((59 / 30 + 0.1) / 2, abs=0.05)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("in.webm", {"codec": "libvpx", "audio": "libopus", "audio_rate": 48000}),
        ("in.avi", {"codec": "mpeg4", "audio": "libmp3lame"}),
        ("in.ts", {"audio": "aac"}),
        ("in.mkv", {"audio": "flac"}),
    ],
)
def test_sound_of_other_containers(make_clip, tmp_path, name, options):
    source, out = make_clip(name, frames=60, **options), tmp_path / "out.mp4"
    writer = write_frames(out, [i / 30 for i in range(60)], audio_from=source)
    assert writer.warnings == []
    assert sound_onset_s(out) == pytest.approx(sound_onset_s(source), abs=0.03)


@pytest.mark.parametrize("audio", ["aac", "pcm_s16le"])
def test_sound_follows_a_picture_that_starts_late(make_clip, tmp_path, audio):
    """Readers call the first picture 0, so sound from before it is cut."""
    times_s = [1.0 + i / 30 for i in range(60)]
    source, out = make_clip("in.mkv", times_s=times_s, audio=audio), tmp_path / "out.mp4"
    write_frames(out, [i / 30 for i in range(60)], audio_from=source)
    assert sound_onset_s(out) == pytest.approx(sound_onset_s(source), abs=0.03)
    assert probe(out).duration_s == pytest.approx(2.0, abs=0.01)


def test_sound_that_starts_late_stays_late(make_clip, tmp_path):
    source = make_clip("in.mkv", frames=60, audio="aac", audio_start_s=0.7)
    out = tmp_path / "out.mp4"
    write_frames(out, [i / 30 for i in range(60)], audio_from=source)
    assert sound_onset_s(out) == pytest.approx(sound_onset_s(source), abs=0.03)


def test_no_sound_in_the_source(make_clip, tmp_path):
    out = tmp_path / "out.mp4"
    writer = write_frames(out, [0.0, 0.1], audio_from=make_clip("in.mp4", frames=3))
    assert writer.warnings == []
    assert not probe(out).has_audio


@pytest.mark.parametrize("audio", ["aac", "libmp3lame", "flac"])
def test_damaged_sound_is_a_warning_and_not_a_failure(make_clip, tmp_path, audio):
    source = make_clip("in.mkv", frames=60, audio=audio, video=True)
    with av.open(str(source)) as container:
        places = [(p.pos, p.size) for p in container.demux(audio=0) if p.pos]
    data, rng = bytearray(source.read_bytes()), np.random.default_rng(0)
    for at, size in places:
        data[at + 8 : at + size + 8] = rng.bytes(size)
    source.write_bytes(data)
    out = tmp_path / "out.mp4"
    writer = write_frames(out, [i / 30 for i in range(60)], audio_from=source)
    with VideoReader(out) as reader:
        assert len(list(reader)) == 60
    assert all(len(warning) < 120 and "\n" not in warning for warning in writer.warnings)


def test_a_source_that_is_no_video_is_a_warning(tmp_path):
    (tmp_path / "text.mp4").write_text("no sound here")
    writer = write_frames(tmp_path / "out.mp4", [0.0], audio_from=tmp_path / "text.mp4")
    assert writer.warnings == ["The sound can't be read: the video is without sound."]


# ------------------------------------------------------------------ nothing half-written


def test_nothing_is_left_after_an_exception(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_text("what was there before")

    def fail_midway() -> None:
        with VideoWriter(path, (64, 48)) as writer:
            writer.write(picture(0, 64, 48), 0.0)
            writer.write(picture(1, 64, 48), 0.1)
            assert path.read_text() == "what was there before"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert path.read_text() == "what was there before"


def test_a_good_end_replaces_the_file(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_text("what was there before")
    write_frames(path, [0.0, 0.1])
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert probe(path).frames == 2


def test_no_frame_is_an_error_and_leaves_nothing(tmp_path):
    with (
        pytest.raises(VideoError, match="there was no frame"),
        VideoWriter(tmp_path / "out.mp4", (64, 48)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("frame", "time_s", "words"),
    [
        (np.zeros((48, 66, 3), np.uint8), 1.0, r"\(48, 64, 3\).* got uint8 \(48, 66, 3\)"),
        (np.zeros((48, 64, 3), np.float32), 1.0, "got float32"),
        (np.zeros((48, 64), np.uint8), 1.0, "got uint8"),
        (np.zeros((48, 64, 3), np.uint8), 0.0, "must increase"),
        (np.zeros((48, 64, 3), np.uint8), float("nan"), "must increase"),
    ],
)
def test_wrong_frames_are_refused(tmp_path, frame, time_s, words):
    with VideoWriter(tmp_path / "out.mp4", (64, 48)) as writer:
        writer.write(picture(0, 64, 48), 0.0)
        with pytest.raises(ValueError, match=words):
            writer.write(frame, time_s)
        writer.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("no/such/folder/out.mp4", "its folder does not exist"),
        ("file/out.mp4", "its folder is a file"),
        ("folder", "is a folder"),
    ],
)
def test_places_that_can_not_be_written(tmp_path, path, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match=words) as caught:
        VideoWriter(tmp_path / path, (64, 48), name="result")
    assert str(tmp_path) not in str(caught.value)
    assert '"result"' in str(caught.value)
