"""What can be wrong with a file, or unusual about it, and what is true of it nevertheless."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av.stream

from benchmarks.robustness.kinds import FRAMES, SIZE_WH, Kind, write
from benchmarks.robustness.stamps import patch

_PATCHED: Final = ("matroska", "webm", "flv", "mpegts")
_STREAMS: Final = ("matroska", "mp4", "mov", "mpegts", "avi")
_NAMES: Final = (
    "two words",
    "line\nbreak",
    "-dash",
    "x" * 240,
    "\N{PERSON DOING CARTWHEEL}\N{ZERO WIDTH JOINER}\N{FEMALE SIGN}",
    "quo\"te%20's",
    "a:b;c|d&e",
    os.fsdecode(b"caf\xe9"),
    " ",
    "[1] (copy) #2 ~$HOME",
)


@dataclass(frozen=True)
class Trial:
    """A file, and what is true of it.

    Attributes:
        path: the file.
        container, defect: for the table.
        group: of defects.
        times_s: of its frames; empty: there are none, and it must be said.
        size_wh: as displayed.
        tolerance_s: of times.
        frame_rate: that the user gives.
        damaged: bytes are wrong or missing: frames may be, if it is said.
        cut_unnoticed: the file ends early and nothing in it says how long it was.
        pictures: whether they are as written.
        suspicious: whether a warning is in place though all is right.
    """

    path: Path
    container: str
    defect: str
    group: str
    times_s: tuple[float, ...] = ()
    size_wh: tuple[int, int] = SIZE_WH
    tolerance_s: float = 0.002
    frame_rate: float | None = None
    damaged: bool = False
    cut_unnoticed: bool = False
    pictures: bool = True
    suspicious: bool = True


@dataclass(frozen=True)
class Defect:
    """``make(folder, kind, rng, trial)`` writes the file of the trial, perhaps changed."""

    name: str
    group: str
    fits: Callable[[Kind], bool]
    make: Callable[[Kind, random.Random, Trial], Trial]


def plan(kind: Kind, defect: Defect, rng: random.Random, folder: Path) -> Trial:
    """Make one file."""
    trial = Trial(folder / f"clip{kind.suffix}", kind.name, defect.name, defect.group)
    return defect.make(kind, rng, trial)


def _written(
    kind: Kind,
    rng: random.Random,
    trial: Trial,
    *,
    rate: Fraction | None = None,
    start_s: Fraction = Fraction(0),
    gap_s: Fraction = Fraction(0),
    even: bool = False,
    **how: object,
) -> tuple[Trial, list[bytes]]:
    """The trial's file: a whole one, at constant rate or, where the container can, at any times."""
    rate = rate or rng.choice(kind.rates)
    steps = [1 / rate] * (FRAMES - 1)
    if kind.free and not even and rng.random() < 0.5:
        steps = [Fraction(rng.randint(20, 120), 1000) for _ in steps]
    if gap_s:
        steps[FRAMES // 2] = gap_s
    times = [start_s + sum(steps[:i], Fraction(0)) for i in range(FRAMES)]
    packets = write(trial.path, kind, times, rate=rate, **how)  # type: ignore[arg-type]
    if kind.bare:
        trial = replace(trial, frame_rate=float(rate))
    tick = 0.0006 if kind.free else 0.006 if kind.name == "gif" else 0.002
    shown = tuple(float(t - start_s) for t in times)
    return replace(trial, times_s=shown, tolerance_s=max(trial.tolerance_s, 2 * tick)), packets


def _whole(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    return replace(_written(kind, rng, trial)[0], suspicious=False)


def _rate_unsaid(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    """The user gives no rate: times are as assumed, and that is said."""
    return replace(_written(kind, rng, trial)[0], frame_rate=None)


def _rate_given(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    """The user gives a rate for a file that has times."""
    return replace(_written(kind, rng, trial)[0], frame_rate=7.0)


def _offset(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    start_s = Fraction(rng.choice([1, 10, 3600]))
    return replace(_written(kind, rng, trial, start_s=start_s)[0], suspicious=False)


def _gap(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    gap_s = Fraction(rng.randint(2, 20))
    return replace(_written(kind, rng, trial, gap_s=gap_s)[0], suspicious=False)


def _stamps(
    change: Callable[[random.Random, list[int]], dict[int, int | None]],
) -> Callable[[Kind, random.Random, Trial], Trial]:
    def make(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
        plain = kind.options | ({"bf": "0"} if kind.codec == "libx264" else {})
        if kind.codec == "libx265":
            plain["x265-params"] = "log-level=none:bframes=0"
        rate = rng.choice([Fraction(10), Fraction(15), Fraction(25)])
        plain_kind = replace(kind, options=plain)
        start_s = Fraction(1) if kind.format == "mpegts" else Fraction(0)
        trial, _ = _written(plain_kind, rng, trial, rate=rate, even=True, start_s=start_s)
        ticks = 90000 if kind.format == "mpegts" else 1000
        data = bytearray(trial.path.read_bytes())
        shift = 1.0 + 1.4 if kind.format == "mpegts" else 0.0  # FFmpeg's own delay
        stamps = [round((t + shift) * ticks) for t in trial.times_s]
        patch(kind.format, data, change(rng, stamps))
        trial.path.write_bytes(data)
        return replace(trial, tolerance_s=1.01 * float(1 / rate))

    return make


def _somewhere(rng: random.Random, stamps: list[int]) -> int:
    return rng.randrange(2, len(stamps) - 2)


def _zero(rng: random.Random, stamps: list[int]) -> dict[int, int | None]:
    return {_somewhere(rng, stamps): 0}


def _far(rng: random.Random, stamps: list[int]) -> dict[int, int | None]:
    index = _somewhere(rng, stamps)
    return {index: stamps[index] + 12 * (stamps[-1] - stamps[0])}


def _repeated(rng: random.Random, stamps: list[int]) -> dict[int, int | None]:
    index = _somewhere(rng, stamps)
    return {index: stamps[index - 1]}


def _swapped(rng: random.Random, stamps: list[int]) -> dict[int, int | None]:
    index = _somewhere(rng, stamps)
    return {index: stamps[index + 1], index + 1: stamps[index]}


def _missing(rng: random.Random, stamps: list[int]) -> dict[int, int | None]:
    return dict.fromkeys(rng.sample(range(1, len(stamps)), 5))


def _odd(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    size_wh = rng.choice([(97, 65), (131, 99), (128, 97), (99, 96)])
    trial = replace(trial, size_wh=size_wh, suspicious=False)
    return _written(kind, rng, trial, sizes=[size_wh])[0]


def _tiny(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    size_wh = rng.choice([(16, 16), (2, 2), (8, 200), (200, 8)])
    trial = replace(trial, size_wh=size_wh, suspicious=False)
    return _written(kind, rng, trial, sizes=[size_wh])[0]


def _turned(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    # What is stored lies on its side, so what is shown has its white corner elsewhere.
    turn = rng.choice([90, 180, 270])
    size_wh = SIZE_WH if turn == 180 else SIZE_WH[::-1]
    trial = replace(trial, size_wh=size_wh, suspicious=False)
    return _written(kind, rng, trial, rotate=turn)[0]


def _aspect(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    aspect = rng.choice([Fraction(4, 3), Fraction(3, 2), Fraction(2)])
    size_wh = round(SIZE_WH[0] * aspect), SIZE_WH[1]
    trial = replace(trial, size_wh=size_wh, suspicious=False)
    return _written(kind, rng, trial, aspect=aspect)[0]


def _size_change(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    other = rng.choice([(96, 128), (64, 48), (256, 192), (192, 96)])
    return _written(kind, rng, trial, sizes=[SIZE_WH, other])[0]


def _with_sound(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    codec = {"webm": "libopus", "avi": "pcm_s16le"}
    sound = codec.get(kind.format, "aac")
    return replace(_written(kind, rng, trial, sound=sound)[0], suspicious=False)


def _sound_only(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    sound = {"webm": "libopus", "avi": "pcm_s16le"}.get(kind.format, "aac")
    trial, _ = _written(kind, rng, trial, sound=sound, pictures=False)
    return replace(trial, times_s=())


def _cover(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    cover = {"frames": 1, "codec": "mjpeg", "pix_fmt": "yuvj420p"}
    if kind.format == "mpegts":
        cover |= {"codec": "libx264", "pix_fmt": "yuv420p"}
    if rng.random() < 0.5 and kind.format in ("mp4", "mov"):
        cover["disposition"] = av.stream.Disposition.attached_pic
    return _written(kind, rng, trial, before=[cover])[0]


def _two_films(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    short = {"frames": rng.randint(2, FRAMES // 2), "codec": "libx264", "pix_fmt": "yuv420p"}
    return _written(kind, rng, trial, before=[short])[0]


def _no_streams(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    trial.path.write_bytes(b"\0\0\0\x14ftypisom\0\0\2\0isom\0\0\0\x08moov")
    return trial


def _wrong_ending(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    path = trial.path.with_suffix(rng.choice([".mp4", ".avi", ".jpg", ".txt", ".webm", ".TS"]))
    return _whole(kind, rng, replace(trial, path=path))


def _no_ending(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    return _whole(kind, rng, replace(trial, path=trial.path.with_suffix("")))


def _name(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    whole = _whole(kind, rng, trial)  # FFmpeg does not write to some names; harec has to read them
    named = trial.path.with_name(rng.choice(_NAMES) + kind.suffix)
    return replace(whole, path=whole.path.rename(named))


def _cut(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    trial, _ = _written(kind, rng, trial)
    data = trial.path.read_bytes()
    trial.path.write_bytes(data[: rng.randrange(1, len(data))])
    return replace(trial, damaged=True, pictures=False, cut_unnoticed=not kind.length)


def _cut_behind(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    trial, _ = _written(kind, rng, trial)
    data = trial.path.read_bytes()
    trial.path.write_bytes(data[rng.randrange(1, len(data) // 2) :])
    return replace(trial, damaged=True, pictures=False, cut_unnoticed=not kind.length)


def _flips(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    """Within the pictures: a changed stamp or size in a header would be another true file."""
    trial, packets = _written(kind, rng, trial)
    data = bytearray(trial.path.read_bytes())
    for _ in range(rng.randint(1, 20)):
        packet = rng.choice(packets)
        place = data.find(packet[: min(len(packet), 40)])
        if place >= 0:
            data[place + rng.randrange(len(packet)) if place else 0] ^= 1 << rng.randrange(8)
    trial.path.write_bytes(data)
    return replace(trial, damaged=True, pictures=False)


def _hole(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    trial, _ = _written(kind, rng, trial)
    data = bytearray(trial.path.read_bytes())
    size = min(rng.choice([512, 4096]), len(data) // 3)
    start = rng.randrange(len(data) // 4, len(data) - size)
    data[start : start + size] = bytes(size)
    trial.path.write_bytes(data)
    return replace(trial, damaged=True, pictures=False)


def _filled(content: Callable[[random.Random], bytes]) -> Callable[..., Trial]:
    def make(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
        trial.path.write_bytes(content(rng))
        return trial

    return make


def _head_of_garbage(kind: Kind, rng: random.Random, trial: Trial) -> Trial:
    trial, _ = _written(kind, rng, trial)
    head = trial.path.read_bytes()[: rng.choice([16, 64, 512])]
    trial.path.write_bytes(head + rng.randbytes(4000))
    return replace(trial, damaged=True, pictures=False)


def _always(kind: Kind) -> bool:
    return True


def _timed(kind: Kind) -> bool:
    return not kind.bare


def _tracks(kind: Kind) -> bool:
    return kind.format in _STREAMS and kind.codec != "mpeg2video"


DEFECTS: Final = (
    Defect("none", "none", _always, _whole),
    Defect("no times, no rate given", "stamps", lambda k: k.bare, _rate_unsaid),
    Defect("rate given for nothing", "stamps", _timed, _rate_given),
    Defect("late start", "stamps", lambda k: k.free and k.name != "asf", _offset),
    Defect("gap", "stamps", lambda k: k.free, _gap),
    Defect("one zero", "stamps", lambda k: k.format in _PATCHED and k.free, _stamps(_zero)),
    Defect("one far", "stamps", lambda k: k.format in _PATCHED and k.free, _stamps(_far)),
    Defect("repeated", "stamps", lambda k: k.format in _PATCHED and k.free, _stamps(_repeated)),
    Defect("swapped", "stamps", lambda k: k.format in _PATCHED and k.free, _stamps(_swapped)),
    Defect("missing", "stamps", lambda k: k.format == "mpegts" and k.free, _stamps(_missing)),
    Defect("odd sides", "sizes", lambda k: k.any_size, _odd),
    Defect("tiny", "sizes", lambda k: k.any_size, _tiny),
    Defect("turned", "sizes", lambda k: k.format in ("mp4", "mov", "matroska"), _turned),
    Defect("wide pixels", "sizes", lambda k: k.codec in ("libx264", "libx265", "mpeg4"), _aspect),
    Defect(
        "size changes",
        "sizes",
        lambda k: k.codec in ("libvpx", "mjpeg") and k.format in ("matroska", "webm", "avi"),
        _size_change,
    ),
    Defect(
        "with sound",
        "streams",
        lambda k: k.format in (*_STREAMS, "webm", "flv"),
        _with_sound,
    ),
    Defect(
        "sound only",
        "streams",
        lambda k: k.format in ("matroska", "webm", "mp4", "mov", "avi", "mpegts"),
        _sound_only,
    ),
    Defect("cover first", "streams", _tracks, _cover),
    # FFmpeg writes such an AVI with empty frames between: its times are not those that were meant.
    Defect("two films", "streams", lambda k: _tracks(k) and k.format != "avi", _two_films),
    Defect("no streams", "streams", lambda k: k.format in ("mp4", "mov"), _no_streams),
    Defect("wrong ending", "names", _always, _wrong_ending),
    Defect("no ending", "names", _always, _no_ending),
    Defect("odd name", "names", _always, _name),
    Defect("cut short", "damage", _always, _cut),
    Defect("beginning lost", "damage", _always, _cut_behind),
    Defect("flipped bits", "damage", _always, _flips),
    Defect("hole of zeros", "damage", _always, _hole),
    Defect("head, then garbage", "damage", _always, _head_of_garbage),
    Defect("empty", "damage", _always, _filled(lambda rng: b"")),
    Defect("garbage", "damage", _always, _filled(lambda rng: rng.randbytes(5000))),
    Defect("text", "damage", _always, _filled(lambda rng: b"these are no pictures\n" * 99)),
)
