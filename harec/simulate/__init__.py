"""Procedural people: motion of the actions, a camera, a drawn figure, clips with their truth.

The names load when they are first used: motion alone needs neither OpenCV nor a video library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harec.simulate.asana_figure import draw_asana
    from harec.simulate.asanas import asana_joints
    from harec.simulate.backdrop import BACKDROPS
    from harec.simulate.body import Body
    from harec.simulate.camera import Camera
    from harec.simulate.clip import (
        ClipSpec,
        SimulatedFrame,
        parse_script,
        simulate_frames,
        simulate_truth,
        write_clip,
    )
    from harec.simulate.motion import MOTIONS, make_motion, perform
    from harec.simulate.practice import hold_motion, write_practice
    from harec.simulate.truth import TruePerson, TrueSegment, Truth

__all__ = [
    "BACKDROPS",
    "MOTIONS",
    "Body",
    "Camera",
    "ClipSpec",
    "SimulatedFrame",
    "TruePerson",
    "TrueSegment",
    "Truth",
    "asana_joints",
    "draw_asana",
    "hold_motion",
    "make_motion",
    "parse_script",
    "perform",
    "simulate_frames",
    "simulate_truth",
    "write_clip",
    "write_practice",
]

_HOMES = {
    "BACKDROPS": "backdrop",
    "Body": "body",
    "Camera": "camera",
    "MOTIONS": "motion",
    "TruePerson": "truth",
    "TrueSegment": "truth",
    "Truth": "truth",
    "asana_joints": "asanas",
    "draw_asana": "asana_figure",
    "hold_motion": "practice",
    "make_motion": "motion",
    "perform": "motion",
    "write_practice": "practice",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'clip')}"), name)
