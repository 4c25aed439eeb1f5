"""Cuts are found, and nothing else is taken for one: a bounded sample of `benchmarks.cuts`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from benchmarks import cut_films as films
from harec.video.cuts import CutDetector

AT_S = [index / 10 for index in range(25)]


@pytest.fixture(scope="module")
def room() -> films.Shot:
    return films.shot(40, seconds=0.6, rate_hz=10)


@pytest.fixture(scope="module")
def gym() -> films.Shot:
    return films.shot(41, seconds=0.6, rate_hz=10)


def told(times_s: Sequence[float], frames: Sequence[films.RGB]) -> list[int]:
    """Indices of the frames that the detector says belong to another shot."""
    detector = CutDetector()
    return [
        index
        for index, (time_s, rgb) in enumerate(zip(times_s, frames, strict=True))
        if detector.update(time_s, rgb)
    ]


def shown(
    shot: films.Shot,
    seed: int = 0,
    move: films.Move | None = None,
    light: films.Light | None = None,
    at_s: Sequence[float] = AT_S,
) -> list[films.RGB]:
    return films.film("", shot, at_s, np.random.default_rng(seed), move=move, light=light).frames


@pytest.mark.parametrize("rate_hz", [5, 30])
def test_another_room_is_another_shot(room: films.Shot, gym: films.Shot, rate_hz: float) -> None:
    at_s = [index / rate_hz for index in range(12)]
    frames = [*shown(room, at_s=at_s[:6]), *shown(gym, at_s=at_s[6:])]
    assert told(at_s, frames) == [6]


def test_the_same_room_closer_or_from_the_side_is_another_shot(room: films.Shot) -> None:
    side = films.shot(40, yaw_deg=35, seconds=0.3, rate_hz=10)
    closer = shown(room, move=lambda _t, _s: films.View(0.5, 0.45, 2.0))
    assert told(AT_S, [*shown(room)[:8], *closer[8:16], *shown(side)[16:]]) == [8, 16]


def test_hand_held_shots_are_cut_too(room: films.Shot, gym: films.Shot) -> None:
    shaken = [shown(shot, 1, films.shake(0.02, np.random.default_rng(2))) for shot in (room, gym)]
    assert told(AT_S, [*shaken[0][:12], *shaken[1][12:]]) == [12]


@pytest.mark.parametrize("level", [0, 255])
def test_a_fade_through_black_or_a_flash_may_hide_a_cut(
    room: films.Shot, gym: films.Shot, level: int
) -> None:
    """Told where something is seen again; to the same room it is none."""
    hidden = [np.full((120, 160, 3), level, np.uint8)] * 3
    assert told(AT_S[:18], [*shown(room)[:7], *hidden, *shown(gym)[10:18]]) == [10]
    assert told(AT_S[:18], [*shown(room)[:7], *hidden, *shown(room)[10:18]]) == []


@pytest.mark.parametrize("rate_hz", [5, 12, 30])
def test_a_slow_fade_to_another_room_is_one_cut(
    room: films.Shot, gym: films.Shot, rate_hz: float
) -> None:
    """Half-lit frames hardly show the room: the cut waits until they do."""
    at_s = [index / rate_hz for index in range(round(2.4 * rate_hz))]

    def faded(frames: list[films.RGB]) -> list[films.RGB]:
        light = [np.clip((abs(t - 1.2) - 0.1) / 0.4, 0, 1) for t in at_s]
        return [films.lit(rgb, gain) for rgb, gain in zip(frames, light, strict=True)]

    half = len(at_s) // 2
    [cut] = told(at_s, faded([*shown(room, at_s=at_s)[:half], *shown(gym, at_s=at_s)[half:]]))
    assert 1.2 < at_s[cut] <= 1.8
    assert told(at_s, faded(shown(room, at_s=at_s))) == []


def test_coarse_compression_of_a_plain_studio_is_no_cut() -> None:
    studio = films.shot(43, backdrop="studio", seconds=0.6, rate_hz=10)
    assert told(AT_S, shown(studio, 3, light=films.compressed(np.random.default_rng(4)))) == []


LIGHTS: dict[str, Callable[[np.random.Generator], films.Light]] = {
    "flash": films.flash,
    "switch": films.switch,
    "disco": films.disco,
    "exposure": films.exposure,
    "compressed": films.compressed,
    "fades": films.black,
    "passer-by": films.passer_by,
}


@pytest.mark.parametrize("light", LIGHTS)
def test_light_damage_and_passers_by_are_no_cuts(room: films.Shot, light: str) -> None:
    rng = np.random.default_rng(3)
    assert told(AT_S, shown(room, 3, light=LIGHTS[light](rng))) == []


MOVES: dict[str, Callable[[np.random.Generator], films.Move]] = {
    "0.5 %": lambda rng: films.shake(0.005, rng),
    "2 %": lambda rng: films.shake(0.02, rng),
    "4 %": lambda rng: films.shake(0.04, rng),
    "walk": films.walk,
    "whip pan": lambda rng: films.whip_pan(0.6, 0.4, rng),
    "sharp whip pan": lambda rng: films.whip_pan(0.6, 0.0, rng),
    "zoom": lambda _rng: films.zoom(1.6),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_moving_camera_is_no_cut(room: films.Shot, move: str) -> None:
    rng = np.random.default_rng(4)
    assert told(AT_S, shown(room, 4, move=MOVES[move](rng))) == []


#: Of what was once taken for a cut: the place, frames a second, what happens there, of which seed.
HARD: dict[str, tuple[str, float, dict[str, Callable[[np.random.Generator], Any]], int]] = {
    "sharp whip pan": ("park", 10, {"move": lambda rng: films.whip_pan(0.6, 0.0, rng)}, 0),
    "smeared whip pan": ("park", 10, {"move": lambda rng: films.whip_pan(0.6, 0.5, rng)}, 2),
    "passer-by, hand-held": (
        "room",
        7.5,
        {"light": films.passer_by, "move": lambda rng: films.shake(0.01, rng)},
        3,
    ),
    "zoom, person fills it": ("park", 10, {"move": lambda _rng: films.zoom(2.5)}, 2),
    "disco, hand-held": (
        "room",
        10,
        {"light": films.disco, "move": lambda rng: films.shake(0.01, rng)},
        7,
    ),
}


@pytest.fixture(scope="module")
def places() -> dict[str, films.Shot]:
    kinds = {"room": 40, "park": 42, "studio": 43}
    return {
        kind: films.shot(seed, backdrop=kind, seconds=0.6, rate_hz=10)
        for kind, seed in kinds.items()
    }


@pytest.mark.parametrize("name", HARD)
def test_what_changes_much_and_goes_on_changing_is_no_cut(
    places: dict[str, films.Shot], name: str
) -> None:
    kind, rate_hz, how, seed = HARD[name]
    rng = np.random.default_rng(seed)
    at_s = [index / rate_hz for index in range(int(3.5 * rate_hz))]
    made = {what: make(rng) for what, make in how.items()}
    assert told(at_s, films.film("", places[kind], at_s, rng, **made).frames) == []


def test_a_pan_over_an_empty_wall_to_somebody_else_is_no_cut(
    places: dict[str, films.Shot],
) -> None:
    """An empty wall is not the dark that a cut may hide behind."""
    at_s = [index / 7.5 for index in range(9)]
    across = dict(zip(at_s, (0.5, 0.5, 0.5, 0.35, 0.2, 0.2, 0.2, 0.42, 0.42), strict=True))
    other = films.shot(43, person=6007, backdrop="studio", seconds=0.6, rate_hz=10)
    one, two = (
        shown(shot, move=lambda t, _s: films.View(across[t]), at_s=at_s)
        for shot in (places["studio"], other)
    )
    assert told(at_s, [*one[:7], *two[7:]]) == []


def test_a_cut_between_like_colours_is_told_when_the_camera_stands(
    places: dict[str, films.Shot],
) -> None:
    """A whip pan looks like it for a frame; a still of the other place is waited for too."""
    side = films.shot(40, yaw_deg=35, backdrop="room", seconds=0.3, rate_hz=10)
    frames = [*shown(places["room"])[:8], *shown(side)[8:16]]
    for filmed in (frames, [frames[0]] * 8 + [frames[8]] * 8):
        [cut] = told(AT_S[:16], filmed)
        assert 8 <= cut <= 10


def test_repeated_and_missing_frames_are_no_cuts(gym: films.Shot) -> None:
    rng = np.random.default_rng(5)
    assert told(AT_S, shown(gym, 5, at_s=films.stuttering(AT_S, rng))) == []


def test_a_new_film_starts_without_a_cut(room: films.Shot, gym: films.Shot) -> None:
    detector = CutDetector()
    detector.update(0.0, shown(room)[0])
    detector.reset()
    assert not detector.update(0.0, shown(gym)[0])
