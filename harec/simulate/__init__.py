"""Procedural people: motion of the actions, a camera, a drawn figure, clips with their truth.

The names load when they are first used: motion alone needs neither OpenCV nor a video library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harec.simulate.body.body import Body
    from harec.simulate.camera import Camera
    from harec.simulate.clip import (
        SimulatedFrame,
        simulate_frames,
        simulate_truth,
        write_clip,
    )
    from harec.simulate.motion.asanas import asana_joints
    from harec.simulate.motion.motion import (
        MOTIONS,
        make_motion,
        perform,
    )
    from harec.simulate.scene.asana_figure import draw_asana
    from harec.simulate.scene.backdrop import BACKDROPS
    from harec.simulate.spec import ClipSpec, parse_script
    from harec.simulate.truth import TruePerson, TrueSegment, Truth
    from harec.simulate.yoga_practice import hold_motion, write_practice

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
    "BACKDROPS": "scene.backdrop",
    "Body": "body.body",
    "Camera": "scene.camera",
    "ClipSpec": "spec",
    "MOTIONS": "motion.motion",
    "TruePerson": "truth",
    "TrueSegment": "truth",
    "Truth": "truth",
    "asana_joints": "motion.asanas",
    "draw_asana": "figure.asana_figure",
    "hold_motion": "yoga_practice",
    "make_motion": "motion.motion",
    "parse_script": "spec",
    "perform": "motion.motion",
    "write_practice": "yoga_practice",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'clip')}"), name)
