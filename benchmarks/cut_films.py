"""Films as thumbnails, with and without cuts, made of simulated rooms and people.

A `Shot` is a wide picture (people move in it) that a window looks at: the window shakes, pans and
zooms, and what it sees is lit, flashed, compressed. So a film takes milliseconds a frame to make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.simulate.scene.scene import Scene
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.stage import Stage, set_stage

RGB = NDArray[np.uint8]
#: What the films show, pixels.
SIZE_WH: Final = (160, 120)
_PLATE_WH: Final = (720, 200)
_WINDOW_PX: Final = 180  # height of the window into the plate, unzoomed
_ACTIONS: Final = ("JUMPING_JACKS", "WAVING_2HANDS", "BOXING", "STANDING", "JUMPING", "SQUAT")
#: Sampled frames a second of the films; None: irregular, 2 to 30.
RATES: Final = (5.0, 30.0, 7.5, 15.0, None, 10.0)


@dataclass(frozen=True, eq=False)
class Film:
    """Thumbnails with times (seconds); ``cuts``: the first frames that show a new shot."""

    kind: str
    times_s: list[float]
    frames: list[RGB]
    cuts: tuple[int, ...] = ()

    @property
    def duration_s(self) -> float:
        return self.times_s[-1] - self.times_s[0]


@dataclass(frozen=True)
class View:
    """A window into a plate: its middle (shares of the plate), zoom, turn; how it is blurred.

    ``path`` is how far the window moves while the shutter is open, shares of its own size.
    """

    x: float = 0.5
    y: float = 0.5
    zoom: float = 1.0
    turn_deg: float = 0.0
    path: tuple[float, float] = (0.0, 0.0)


class Shot:
    """A room with people, seconds of them, forth and back."""

    def __init__(self, plates: Sequence[RGB], rate_hz: float) -> None:
        self._plates, self._rate_hz = plates, rate_hz

    def look(self, time_s: float, view: View) -> RGB:
        """What the window sees at a time, uint8 (120, 160, 3)."""
        last = len(self._plates) - 1
        at = round(time_s * self._rate_hz) % max(2 * last, 1)
        plate = self._plates[at if at <= last else 2 * last - at]
        if view.path == (0.0, 0.0):
            return _window(plate, view)
        wide = _WINDOW_PX * SIZE_WH[0] / SIZE_WH[1] / view.zoom
        total = np.zeros((*SIZE_WH[::-1], 3), np.float32)
        steps = 12
        for share in np.linspace(-0.5, 0.5, steps):
            x = view.x + share * view.path[0] * wide / _PLATE_WH[0]
            y = view.y + share * view.path[1] * _WINDOW_PX / view.zoom / _PLATE_WH[1]
            total += _window(plate, replace(view, x=x, y=y))
        return np.asarray(total / steps).astype(np.uint8)


def _window(plate: RGB, view: View) -> RGB:
    scale = SIZE_WH[1] / _WINDOW_PX * view.zoom
    matrix = cv2.getRotationMatrix2D(
        (view.x * _PLATE_WH[0], view.y * _PLATE_WH[1]), view.turn_deg, scale
    )
    matrix[:, 2] += np.array(
        (
            SIZE_WH[0] / 2 - view.x * _PLATE_WH[0],
            SIZE_WH[1] / 2 - view.y * _PLATE_WH[1],
        )
    )
    seen = cv2.warpAffine(
        plate, matrix, SIZE_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(seen, np.uint8)


def shot(
    seed: int,
    *,
    person: int | None = None,
    yaw_deg: float = 0.0,
    backdrop: str | None = None,
    seconds: float = 1.6,
    rate_hz: float = 30,
    people: int = 1,
    enters: bool = False,
) -> Shot:
    """The room of a seed, with its own or another seed's person, from an angle."""
    stage = _stage(seed, people, backdrop, seconds, enters)
    actors = stage if person is None else _stage(person, people, backdrop, seconds, enters)
    own = stage.scene
    camera = replace(own.camera, yaw=own.camera.yaw + np.deg2rad(yaw_deg))
    rng = np.random.default_rng((seed, 17))
    kind = backdrop or ("room", "gym", "park", "studio")[seed % 4]
    scene = Scene(camera, actors.scene.figures, kind, own.light, rng, wall_z=-1.6, grain=0)
    times = [index / rate_hz for index in range(round(seconds * rate_hz))]
    return Shot(
        [
            scene.render(actors.joints_at(t), hands=actors.hands_at(t), time_s=t, frame=i)
            for i, t in enumerate(times)
        ],
        rate_hz,
    )


def _stage(seed: int, people: int, backdrop: str | None, seconds: float, enters: bool) -> Stage:
    scripts = tuple(
        parse_script(f"{_ACTIONS[(seed + 3 * index) % len(_ACTIONS)]}:{seconds}")
        for index in range(people)
    )
    spec = ClipSpec(scripts, _PLATE_WH, seed=seed, backdrop=backdrop, grain=0, enters=enters)
    return set_stage(spec)


# ---- films


def times(rate_hz: float | None, seconds: float, rng: np.random.Generator) -> list[float]:
    """When frames are sampled: evenly, or (None) 2 to 30 times a second at random."""
    if rate_hz is not None:
        return [index / rate_hz for index in range(max(2, round(seconds * rate_hz)))]
    steps = np.exp(rng.uniform(np.log(1 / 30), np.log(1 / 2), round(seconds * 30)))
    steps_to = np.cumsum(steps)
    return [0.0, *steps_to[steps_to < seconds].tolist()]


def _grainy(rgb: RGB, rng: np.random.Generator, deviation: float = 2.0) -> RGB:
    noise = rng.normal(0, deviation, (*rgb.shape[:2], 1)).astype(np.float32)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


Light = Callable[[RGB, float, int], RGB]
Move = Callable[[float, float], View]


def film(
    kind: str,
    shown: Shot,
    at_s: Sequence[float],
    rng: np.random.Generator,
    *,
    move: Move | None = None,
    light: Light | None = None,
) -> Film:
    """A film of one shot.

    Args:
        move: time and seconds since the frame before -> where the window is.
        light: what becomes of a frame: (frame, time, index) -> frame.
    """
    frames, before = [], at_s[0]
    for index, time_s in enumerate(at_s):
        view = move(time_s, time_s - before) if move else View()
        rgb = _grainy(shown.look(time_s, view), rng)
        frames.append(light(rgb, time_s, index) if light else rgb)
        before = time_s
    return Film(kind, list(at_s), frames)


def shake(share: float, rng: np.random.Generator) -> Move:
    """A camera held by hand that moves ``share`` of the height a frame."""

    def move(_time_s: float, _step_s: float) -> View:
        x, y = rng.normal(0, share, 2)
        return View(
            0.5 + x * _WINDOW_PX / _PLATE_WH[0], 0.5 + y * 0.9, 1.0, rng.normal(0, 20 * share)
        )

    return move


def whip_pan(share: float, shutter: float, rng: np.random.Generator) -> Move:
    """Pans there and back by up to ``share`` of the width a frame, with stops between."""
    window = _WINDOW_PX * SIZE_WH[0] / SIZE_WH[1] / _PLATE_WH[0]
    state = {"x": 0.5, "way": 1.0, "rest": 0.6}
    low, high = window / 2, 1 - window / 2

    def move(_time_s: float, step_s: float) -> View:
        if state["rest"] > 0:
            state["rest"] -= step_s
            return View(state["x"])
        step = share * rng.uniform(0.5, 1.0) * state["way"]
        x = float(np.clip(state["x"] + step * window, low, high))
        moved = (x - state["x"]) / window
        state["x"] = x
        if x in (low, high):
            state["way"], state["rest"] = -state["way"], rng.uniform(0.3, 1.0)
        return View(x, 0.5, 1.0, 0.0, (moved * shutter, 0.0))

    return move


def zoom(per_second: float) -> Move:
    """In and out between 1 and 2, so many times (e.g. 2: doubled in a second)."""

    def move(time_s: float, _step_s: float) -> View:
        turns = time_s * np.log2(per_second)
        return View(0.5, 0.47, float(2 ** abs((turns + 1) % 2 - 1)))

    return move


def walk(rng: np.random.Generator) -> Move:
    """A cameraman who walks: bobs, turns, comes nearer."""
    phase = rng.uniform(0, 6.3, 4)

    def move(t: float, _step_s: float) -> View:
        return View(
            0.5 + 0.06 * np.sin(0.9 * t + phase[0]) + 0.008 * np.sin(6.28 * t + phase[1]),
            0.5 + 0.03 * np.sin(12.6 * t + phase[2]),
            1.25 + 0.2 * np.sin(0.5 * t + phase[3]),
            2.0 * np.sin(6.28 * t + phase[1]),
        )

    return move


def lit(rgb: RGB, gain: Any, offset: Any = 0.0) -> RGB:
    """A frame in another light: gain and offset (levels), numbers or (..., 3) arrays."""
    return np.clip(rgb * np.asarray(gain, np.float32) + offset, 0, 255).astype(np.uint8)


def flash(rng: np.random.Generator) -> Light:
    """Flashes of one to three frames, some all white."""
    state: dict[str, Any] = {"left": 0, "wait": 6, "gain": 1.0}

    def light(rgb: RGB, _time_s: float, _index: int) -> RGB:
        if state["left"] == 0:
            state["wait"] -= 1
            if state["wait"] > 0:
                return rgb
            state.update(left=rng.integers(1, 4), wait=rng.integers(3, 12))
            state["gain"] = rng.choice([1.6, 2.5, 4.0, 50.0])
        state["left"] -= 1
        return lit(rgb, state["gain"], 20 * state["gain"])

    return light


def switch(rng: np.random.Generator) -> Light:
    """The light goes off and on, at once; what is left is dim and of another colour."""
    tint = rng.uniform(0.06, 0.35) * np.array([1.0, rng.uniform(0.7, 1), rng.uniform(0.5, 1)])
    period = rng.uniform(1.2, 3.0)
    return lambda rgb, t, _i: lit(rgb, tint if (t / period) % 1 > 0.5 else 1.0)


def disco(rng: np.random.Generator) -> Light:
    """Coloured spots that jump and strobe, black between."""
    rows, columns = np.mgrid[0:1:120j, 0:1:160j]

    def light(rgb: RGB, t: float, _index: int) -> RGB:
        beat = np.random.default_rng(int(t * 8) + 1000)
        if beat.random() < 0.2:
            return lit(rgb, 0.03)
        total = np.full((120, 160, 3), 0.12, np.float32)
        for _ in range(3):
            x, y, wide = beat.uniform(0, 1), beat.uniform(0, 1), beat.uniform(0.25, 0.6)
            spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / wide**2)
            total += spot[..., None] * beat.choice([0.15, 0.5, 1.2], 3)
        return lit(rgb, total)

    rng.random()
    return light


def exposure(rng: np.random.Generator) -> Light:
    """The camera's exposure and white balance jump."""
    state: dict[str, Any] = {"gain": np.ones(3), "until": 0.7}

    def light(rgb: RGB, t: float, _index: int) -> RGB:
        if t > state["until"]:
            state["until"] = t + rng.uniform(0.3, 1.2)
            state["gain"] = rng.uniform(0.45, 1.7) * rng.uniform(0.75, 1.25, 3)
        return lit(rgb, state["gain"])

    return light


def passer_by(rng: np.random.Generator, every_s: float = 2.5) -> Light:
    """Somebody near the lens walks through: four fifths of the picture are covered."""
    coarse = rng.normal(0, 1, (14, 10)).astype(np.float32)
    folds = cv2.GaussianBlur(
        cv2.resize(coarse, (128, 170), interpolation=cv2.INTER_CUBIC), (0, 0), 2
    )
    cloth = np.clip(rng.uniform(30, 220, 3) + 14 * folds[..., None], 0, 255)
    rows, columns = np.mgrid[-1:1:170j, -1:1:128j]
    inside = cv2.GaussianBlur(
        ((np.abs(columns) < 0.93 - 0.35 * np.clip(-rows - 0.4, 0, 1)).astype(np.float32)),
        (0, 0),
        1.5,
    )[..., None]
    crossing_s = rng.uniform(0.5, 1.1)
    way = rng.choice([-1, 1])

    def light(rgb: RGB, t: float, _index: int) -> RGB:
        share = ((t + 1.2) % every_s) / crossing_s
        if share > 1:
            return rgb
        left = round(-128 + share * (160 + 128))
        left = left if way > 0 else 160 - 128 - left
        out = rgb.astype(np.float32)
        x0, x1 = max(left, 0), min(left + 128, 160)
        part = slice(x0 - left, x1 - left)
        if x1 > x0:
            mask = inside[25:145, part]
            out[:, x0:x1] += (cloth[25:145, part] - out[:, x0:x1]) * mask
        return out.astype(np.uint8)

    return light


def compressed(rng: np.random.Generator) -> Light:
    """Coarse JPEG of a quality that jumps."""

    def light(rgb: RGB, _t: float, _index: int) -> RGB:
        quality = int(rng.choice([8, 12, 25]))
        ok, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8) if ok else rgb

    return light


def black(rng: np.random.Generator) -> Light:
    """Single black frames, and fades to black and back to the same place."""
    period = rng.uniform(2.0, 3.5)

    def light(rgb: RGB, t: float, index: int) -> RGB:
        if index % 11 == 7:
            return lit(rgb, 0.0, 2.0)
        level = np.clip(abs((t / period) % 1 - 0.5) * 8 - 0.5, 0, 1)
        return lit(rgb, level)

    return light


def stuttering(at_s: Sequence[float], rng: np.random.Generator) -> list[float]:
    """Times of what is shown where frames are repeated and left out (up to half a second)."""
    shown: list[float] = []
    ahead = 0.0
    for time_s in at_s:
        ahead += float(rng.choice([0, 0, 0, 0.25, 0.5]) * (rng.random() < 0.2))
        shown.append(shown[-1] if shown and rng.random() < 0.25 else time_s + ahead)
    return shown


def slides(seed: int, at_s: Sequence[float], rng: np.random.Generator) -> Film:
    """A lecture on a screen: lines appear one by one, a speaker moves in the corner."""
    speaker = shot(seed, seconds=1.0)
    frames = []
    for t in at_s:
        page = np.full((120, 160, 3), 245, np.uint8)
        cv2.putText(page, "Poses", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 40, 120), 2)
        for line in range(min(int(t / 1.5), 6)):
            cv2.putText(
                page,
                "one more thing"[: 6 + line],
                (10, 38 + 13 * line),
                cv2.FONT_HERSHEY_SIMPLEX,
                0.35,
                (30, 30, 30),
                1,
            )
        page[84:, 112:] = cv2.resize(
            speaker.look(t, View()), (48, 36), interpolation=cv2.INTER_AREA
        )
        frames.append(page)
    rng.random()
    return Film("slides", list(at_s), frames)


# ---- what is measured


def films_without_cuts(minutes: float = 20.0, seed: int = 0) -> Iterator[Film]:
    """Films of 10 s in which nothing is a cut, all kinds in turn, at all rates."""
    rng = np.random.default_rng(seed)
    shots = [
        shot(40 + 7 * seed + index, people=1 + (index % 5 == 3), enters=index % 3 == 2)
        for index in range(max(2, min(24, round(minutes * 1.2))))
    ]
    makers: list[tuple[str, dict[str, Any]]] = [
        ("still", {}),
        *(
            (f"shake {share:.1%}", {"move": shake(share, rng)})
            for share in (0.005, 0.01, 0.02, 0.04)
        ),
        ("flash", {"light": flash}),
        ("flash, hand-held", {"light": flash, "move": shake(0.01, rng)}),
        ("light on/off", {"light": switch}),
        ("disco", {"light": disco}),
        ("disco, hand-held", {"light": disco, "move": shake(0.01, rng)}),
        ("exposure", {"light": exposure}),
        ("pan 15 %", {"pan": 0.15}),
        ("pan 30 %", {"pan": 0.3}),
        ("pan 60 %", {"pan": 0.6}),
        ("pan 60 %, no blur", {"pan": 0.6, "shutter": 0.0}),
        ("zoom", {"move": zoom(1.6)}),
        ("quick zoom", {"move": zoom(2.5)}),
        ("walking", {"walk": True}),
        ("passer-by", {"light": passer_by}),
        ("passer-by, hand-held", {"light": passer_by, "move": shake(0.01, rng)}),
        ("compressed", {"light": compressed}),
        ("black, fades", {"light": black}),
        ("stutter", {"stutter": True}),
        ("slides", {"slides": True}),
    ]
    for index in range(round(minutes * 6)):
        kind, how = makers[index % len(makers)]
        at_s = times(RATES[(index // len(makers) + index) % len(RATES)], 10.0, rng)
        shown = shots[(index + index // len(makers)) % len(shots)]
        if "slides" in how:
            yield slides(index, at_s, rng)
        elif "stutter" in how:
            made = film(kind, shown, stuttering(at_s, rng), rng)
            yield replace(made, times_s=list(at_s))
        else:
            move = how.get("move")
            if "pan" in how:
                move = whip_pan(how["pan"], how.get("shutter", rng.uniform(0.2, 0.6)), rng)
            if "walk" in how:
                move = walk(rng)
            light = how["light"](rng) if "light" in how else None
            yield film(kind, shown, at_s, rng, move=move, light=light)


_SHORT: Final[dict[str, Any]] = {"seconds": 0.5, "rate_hz": 10.0}
#: Kinds of cuts that are measured.
CUTS: Final = (
    "other room",
    "same kind of room",
    "like brightness",
    "same room, other person",
    "same room, zoomed",
    "same room, other angle",
    "hand-held",
    "compressed",
    "through black",
    "other light",
)


def films_with_cuts(count: int = 100, seed: int = 0) -> Iterator[Film]:
    """Films of two shots with a cut between them, all kinds of `CUTS` in turn."""
    rng = np.random.default_rng((seed, 5))
    for index in range(count):
        kind = CUTS[index % len(CUTS)]
        yield _film_with_cut(kind, 1000 * (seed + 1) + 2 * index, index, rng)


def _film_with_cut(kind: str, seed: int, index: int, rng: np.random.Generator) -> Film:
    rate = RATES[(index // len(CUTS) + index) % len(RATES)]
    first = shot(seed, **_SHORT)
    view, light, move_first, move_second = View(), None, None, None
    if kind == "same kind of room":
        second = shot(seed + 4 * int(rng.integers(1, 50)), **_SHORT)
    elif kind == "same room, other person":
        second = shot(seed, person=seed + 5001 + int(rng.integers(50)), **_SHORT)
    elif kind == "same room, zoomed":
        second, view = first, View(0.5, rng.uniform(0.35, 0.5), rng.uniform(1.5, 2.5))
    elif kind == "same room, other angle":
        second = shot(seed, yaw_deg=float(rng.uniform(20, 50) * rng.choice([-1, 1])), **_SHORT)
    else:
        second = shot(seed + 1 + int(rng.integers(50)) * 4 + int(rng.integers(3)), **_SHORT)
    if kind == "hand-held":
        move_first = move_second = shake(0.02, rng)
    elif view != View():
        move_second = lambda _t, _s: view  # noqa: E731
    if kind == "compressed":
        light = compressed(rng)
    at_s = times(rate, 3.0, rng)
    half = max(1, sum(t < 1.5 for t in at_s))
    one = film(kind, first, at_s[:half], rng, move=move_first, light=light)
    two = film(kind, second, at_s[half:], rng, move=move_second, light=light)
    frames = [*one.frames, *two.frames]
    if kind == "like brightness":
        frames = [_levelled(rgb) for rgb in frames]
    elif kind == "other light":
        gain = rng.uniform(0.3, 0.6) * rng.uniform(0.7, 1.3, 3)
        frames[half:] = [lit(rgb, gain) for rgb in frames[half:]]
    elif kind == "through black":
        middle = at_s[half]
        frames = [
            lit(rgb, np.clip((abs(t - middle) - 0.12) / 0.4, 0, 1))
            for rgb, t in zip(frames, at_s, strict=True)
        ]
        half = next(i for i in range(half, len(at_s)) if at_s[i] > middle + 0.12)
    return Film(kind, list(at_s), frames, (half,))


def _levelled(rgb: RGB) -> RGB:
    """The same mean and deviation for every frame."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    mean, deviation = float(grey.mean()), max(float(grey.std()), 1.0)
    return lit(rgb, 40 / deviation, 125 - mean * 40 / deviation)
