"""Several picture tracks in one file: the film is taken, and it is said that there are others."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from video_clips import sound_onset_s

from harec.video import VideoReader, VideoWriter, probe
from harec.video.capture import Camera

DEFAULT = av.stream.Disposition.default


def write_tracks(path, *tracks, audio=None, file=None):
    """A file with one picture track for each of ``tracks``: dictionaries with frames, level,
    rate, size, default, codec; a track is plainly grey, of its level."""
    formats = {".mkv": "matroska", ".ts": "mpegts"}
    target = file or str(path)
    with av.open(target, "w", format=formats.get(path.suffix, path.suffix[1:])) as out:
        streams = []
        for track in tracks:
            stream = out.add_stream(track.get("codec", "mpeg4"), rate=track.get("rate", 25))
            stream.width, stream.height = track.get("size", (96, 64))
            stream.pix_fmt = track.get("pix_fmt", "yuv420p")
            if path.suffix == ".mkv":
                stream.codec_context.time_base = Fraction(1, 1000)
            stream.disposition = track.get("disposition", 0)
            streams.append(stream)
        sound = None
        if audio:
            sound = out.add_stream(audio, rate=48000)
            sound.layout = "mono"
        pictures = sorted(
            (Fraction(i, track.get("rate", 25)) + Fraction(track.get("start", 0)), n)
            for n, track in enumerate(tracks)
            for i in range(track["frames"])
        )
        if sound is not None:
            wave = np.concatenate([np.zeros(36000), np.full(48000, 0.5)]).astype(np.float32)
            for start in range(0, len(wave), 480):
                frame = av.AudioFrame.from_ndarray(
                    wave[None, start : start + 480], format="fltp", layout="mono"
                )
                frame.sample_rate, frame.pts = 48000, start
                frame.time_base = Fraction(1, 48000)
                out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
        for time_s, n in pictures:
            width, height = tracks[n].get("size", (96, 64))
            grey = np.full((height, width, 3), tracks[n]["level"], np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            base = streams[n].codec_context.time_base or 1 / Fraction(tracks[n].get("rate", 25))
            frame.pts, frame.time_base = round(time_s / base), base
            out.mux(streams[n].encode(frame))
        for stream in streams:
            out.mux(stream.encode(None))
    return path


def level_and_count(path) -> tuple[int, int, list[str]]:
    with VideoReader(path) as reader:
        frames = list(reader)
    levels = {round(float(frame.rgb.mean()) / 40) * 40 for frame in frames}
    assert len(levels) == 1
    return levels.pop(), len(frames), reader.warnings


PREVIEW = {"frames": 1, "level": 40, "codec": "mjpeg", "pix_fmt": "yuvj420p"}
FILM = {"frames": 50, "level": 200}


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi", "ts"])
@pytest.mark.parametrize("marked", [False, True], ids=["plain", "preview is default"])
def test_a_preview_picture_as_first_track_is_not_the_film(tmp_path, suffix, marked):
    small = {**PREVIEW, "disposition": DEFAULT if marked else 0}
    if suffix == "ts":
        small |= {"codec": "mpeg2video", "pix_fmt": "yuv420p"}
    path = write_tracks(tmp_path / f"clip.{suffix}", small, FILM)
    level, count, warnings = level_and_count(path)
    assert (level, count) == (200, 50)
    assert len(warnings) == 1
    assert "2 picture tracks: number 2 (96 x 64) is used" in warnings[0]
    assert probe(path).frames == pytest.approx(50, abs=1)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("tracks", "level"),
    [
        # a short trailer before the film
        (({"frames": 20, "level": 40}, {"frames": 60, "level": 200}), 200),
        (({"frames": 60, "level": 200}, {"frames": 20, "level": 40, "disposition": DEFAULT}), 200),
        # two cameras as long as each other: the file's own word decides, else the first
        (({"frames": 40, "level": 40}, {"frames": 40, "level": 200, "disposition": DEFAULT}), 200),
        # one picture in five seconds for the timeline of a player, over the whole film
        (({"frames": 3, "level": 40, "rate": 1}, {"frames": 60, "level": 200}), 200),
        # a large picture is no film
        (({"frames": 1, "level": 40, "size": (640, 480)}, {"frames": 9, "level": 200}), 200),
    ],
)
def test_the_film_is_the_track_with_most_frames(tmp_path, suffix, tracks, level):
    found, count, warnings = level_and_count(write_tracks(tmp_path / f"a.{suffix}", *tracks))
    assert found == level
    assert count == max(track["frames"] for track in tracks)
    assert len(warnings) == 1


def test_one_track_and_a_marked_cover_need_no_word(tmp_path):
    cover = {**PREVIEW, "disposition": av.stream.Disposition.attached_pic}
    path = write_tracks(tmp_path / "a.mp4", cover, FILM)
    assert level_and_count(path) == (200, 50, [])


def test_sound_is_carried_over_on_the_time_of_the_chosen_track(tmp_path):
    # The film begins half a second after the preview picture: its first frame is time 0.
    source = write_tracks(
        tmp_path / "a.mkv", PREVIEW, {**FILM, "start": Fraction(1, 2)}, audio="pcm_s16le"
    )
    out = tmp_path / "out.mp4"
    with VideoReader(source) as reader, VideoWriter(out, (96, 64), audio_from=source) as writer:
        for frame in reader:
            writer.write(frame.rgb, frame.time_s)
    # It becomes loud 0.75 s after the preview picture.
    assert sound_onset_s(out) == pytest.approx(0.25, abs=0.05)


def test_a_live_source_takes_the_same_track(tmp_path):
    path = write_tracks(tmp_path / "a.mp4", PREVIEW, {**FILM, "frames": 5})
    with Camera(str(path)) as camera:
        assert [round(float(frame.rgb.mean()) / 40) * 40 for frame in camera] == [200] * 5
    assert any("2 picture tracks" in text for text in camera.warnings)


def test_what_a_stream_cannot_tell_is_counted_in_bounded_time(tmp_path, monkeypatch):
    """Matroska's header has no frame counts: packets are counted, and not all of a long film's."""
    import harec.video.streams as streams

    monkeypatch.setattr(streams, "_MOST_COUNTED", 10)
    path = write_tracks(tmp_path / "a.mkv", PREVIEW, FILM)
    assert level_and_count(path)[:2] == (200, 50)
