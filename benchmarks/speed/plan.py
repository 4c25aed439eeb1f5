"""Which settings `harec bench` goes through, and the simulated clips that they are timed on."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

from benchmarks.speed.result import Setting
from harec.analysis.sampling import Skip
from harec.pose.base import MODES
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec

_WARM_HZ: Final = 15
SIZES: Final = ((640, 480), (1280, 720), (1920, 1080))
PEOPLE: Final = (1, 4)
SKIPS: Final[tuple[Skip, ...]] = ("auto", 0, 4)
#: Frames a second of a film of many phones.
FAST_HZ: Final = 60
#: A pass over the other settings' clips should take about so long.
_PASS_S: Final = 5.0
#: Shorter clips would measure the beginning and the end: a few seconds of a video are drawn after
#: the pose model has seen the last frame.
_SHORTEST_S: Final = 3.0
_INFERENCE_MS: Final = {"lightweight": 10.0, "balanced": 30.0, "performance": 70.0}
_ACTIONS: Final = ("JUMPING_JACKS", "WAVING_2HANDS", "BOXING", "CLAPPING_HANDS")


def cost_ms(setting: Setting) -> float:
    """About what a frame of the video takes, in ms of two old cores: to estimate the time left."""
    pixels = setting.size_wh[0] * setting.size_wh[1] / (640 * 480)
    skip = 0 if setting.skip == "auto" else setting.skip  # some cases see every frame
    return _INFERENCE_MS[setting.mode] * setting.people / (skip + 1) + 4 + 2.5 * pixels


def default_plan(base: Setting) -> list[Setting]:
    """The base setting, then one thing changed, on shorter clips and in one round less."""
    others = [
        every_frame(base),
        replace(base, precision="float"),
        replace(base, rate=FAST_HZ),
        *(replace(base, people=people) for people in PEOPLE),
        in_int8(replace(base, people=PEOPLE[-1])),
        *(replace(base, size_wh=size_wh) for size_wh in SIZES),
        *(replace(base, mode=mode) for mode in MODES),
    ]
    rounds = max(1, base.rounds - 1)
    return [base, *(_shorter(replace(s, rounds=rounds)) for s in others if s != base)]


def every_frame(base: Setting) -> Setting:
    """Nothing left to harec: every frame, in float."""
    return replace(base, skip=0, precision="float")


def in_int8(base: Setting) -> Setting:
    """In int8, whoever is there."""
    return replace(base, precision="int8")


def full_plan(base: Setting) -> list[Setting]:
    """The base setting, then every other combination."""
    rounds = max(1, base.rounds - 1)
    every = [
        replace(base, size_wh=size_wh, people=people, mode=mode, skip=skip)
        for size_wh, people, mode, skip in product(SIZES, PEOPLE, MODES, SKIPS)
    ]
    return [base, *(_shorter(replace(s, rounds=rounds)) for s in every if s != base)]


def quick_plan(base: Setting) -> list[Setting]:
    """A minute: whether everything runs, and about how fast."""
    base = replace(base, clip_s=min(base.clip_s, _SHORTEST_S), rounds=1)
    return [base, every_frame(base)]


def _shorter(setting: Setting) -> Setting:
    pass_s = cost_ms(setting) * setting.rate / 1000  # for a second of video
    clip_s = float(round(max(_SHORTEST_S, _PASS_S / pass_s)))
    return replace(setting, clip_s=min(setting.clip_s, clip_s))


class Clips:
    """Simulated clips in a folder, each made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def timed(self, setting: Setting) -> Path:
        """Each person does three actions one after the other, each another one first."""
        return self._clip(setting, setting.clip_s, setting.rate)

    def warm(self, setting: Setting) -> Path:
        """Just long enough for a first window."""
        return self._clip(setting, 1.2, _WARM_HZ)

    def _clip(self, setting: Setting, clip_s: float, rate_hz: int) -> Path:
        width, height = setting.size_wh
        path = self.folder / f"{width}x{height}-{setting.people}-{clip_s:g}s-{rate_hz}.mp4"
        if not path.exists():
            scripts = tuple(
                tuple((action, clip_s / 3) for action in (_ACTIONS * 2)[first : first + 3])
                for first in range(setting.people)
            )
            write_clip(path, ClipSpec(scripts, size_wh=setting.size_wh, fps=rate_hz, seed=3))
        return path
