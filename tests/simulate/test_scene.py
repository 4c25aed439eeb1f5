"""Backgrounds and several people in one frame."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harec.simulate.body.body import Body
from harec.simulate.camera import Camera
from harec.simulate.figure.figure import Figure
from harec.simulate.figure.looks import Look
from harec.simulate.figure.shading import Light
from harec.simulate.motion.motion import make_motion
from harec.simulate.scene.backdrop import BACKDROPS, make_backdrop
from harec.simulate.scene.scene import Scene

CAMERA = Camera((160, 120), target=(0, 0.9, 0), distance=4.0, pitch=0.1)
LIGHT = Light(direction=(0.6, 0.7, 0.39), shadow=0.5)


def standing(x: float = 0.0, z: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    pose = make_motion("STANDING", 0.1, rng, Body.average(), style="plain")[:1]
    return pose + np.array([x, 0, z], np.float32)


def scene(*looks: Look, backdrop: str = "studio", grain: float = 0.0) -> Scene:
    figures = [Figure(look, standing(), 8) for look in looks]
    return Scene(CAMERA, figures, backdrop, LIGHT, np.random.default_rng(1), grain=grain)


@pytest.mark.parametrize("kind", BACKDROPS)
def test_backdrops_are_pictures_that_repeat_and_vary(kind: str) -> None:
    def one(seed: int) -> np.ndarray:
        return make_backdrop(kind, CAMERA, LIGHT, np.random.default_rng(seed))

    assert one(1).shape == (120, 160, 3)
    assert one(1).dtype == np.uint8
    assert (one(1) == one(1)).all()
    assert (one(1) != one(2)).any()
    assert 60 < one(1).mean() < 235
    assert one(1).std() > 3


def test_unknown_backdrop() -> None:
    with pytest.raises(ValueError, match="beach"):
        make_backdrop("beach", CAMERA, LIGHT, np.random.default_rng(0))


@pytest.mark.parametrize("pitch", [-0.2, 0.0, 0.6])
@pytest.mark.parametrize("kind", BACKDROPS)
def test_backdrops_bear_any_view(kind: str, pitch: float) -> None:
    camera = Camera((90, 60), target=(0, 1.2, 0), pitch=pitch, fov=math.radians(60))
    image = make_backdrop(kind, camera, LIGHT, np.random.default_rng(5))
    assert np.isfinite(image.astype(float)).all()


def test_big_backdrops_have_the_size_asked_for() -> None:
    camera = Camera((1500, 801))
    assert make_backdrop("studio", camera, LIGHT, np.random.default_rng(0)).shape == (801, 1500, 3)


def test_the_nearer_person_hides_the_other_whatever_the_order() -> None:
    red = Look(shirt=(250, 10, 10), accent=(250, 10, 10))
    blue = Look(shirt=(10, 10, 250), accent=(10, 10, 250))
    x, y = CAMERA.project(np.array([0, 1.2, 0.8]))[0].astype(int)
    for looks, places in (((red, blue), (0.8, -0.8)), ((blue, red), (-0.8, 0.8))):
        joints = np.concatenate([standing(z=z) for z in places])
        image = scene(*looks).render(joints)
        assert image[y, x, 0] > image[y, x, 2] + 50


def test_the_shadow_falls_away_from_the_lamp_and_on_the_floor() -> None:
    set_up = scene(Look())
    before = set_up.background.astype(int).sum(axis=2)
    after = set_up.render(standing()).astype(int).sum(axis=2)
    darker = after < before - 10

    def dark(point: tuple[float, float, float]) -> bool:
        x, y = CAMERA.project(np.array(point))[0].astype(int)
        return bool(darker[y, x])

    # lamp on the right and in front: the chest's shadow lies to the left and behind
    assert dark((-0.55, 0.0, -0.35))
    assert not dark((0.6, 0.0, 0.2))
    assert (set_up.background == scene(Look()).background).all()  # render leaves it alone


def test_a_jumper_leaves_the_contact_shadow() -> None:
    lit = []
    for lift in (0.0, 0.4):
        pose = standing() + np.array([0, lift, 0], np.float32)
        image = scene(Look()).render(pose)
        feet = standing()[0, 15:17].mean(axis=0) * [1, 0, 1] + [0, 0, 0.04]
        x, y = CAMERA.project(feet)[0].astype(int)
        lit.append(int(image[y, x].astype(int).sum()))
    assert lit[1] > lit[0] + 30


def test_grain_changes_from_frame_to_frame() -> None:
    set_up = scene(Look(), grain=3.0)
    images = [set_up.render(standing(), frame=k).astype(int) for k in range(3)]
    assert (images[0] != images[1]).mean() > 0.3
    assert np.abs(images[0] - images[1]).mean() < 6
    assert (images[0] == set_up.render(standing(), frame=0)).all()
