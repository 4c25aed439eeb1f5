"""What the browser draws is what Python draws, from what Python wrote."""

from __future__ import annotations

import base64
import io
import json
from functools import partial

import numpy as np
import pytest
from PIL import Image

from dashboard import player
from dashboard.server.published_files import font_url
from harec.core.interpolation import interpolate_keypoints
from harec.render.drawing import DRAWING
from harec.render.labels import Label, font_path
from harec.render.overlay import PersonOverlay, draw_people
from harec.render.track_file import DrawnTrack, write_tracks
from harec.simulate.scene.asana_figure import draw_asana_truth
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.output.drawn_moments import moment_bytes
from harec.yoga.output.overlay import draw_coaching
from harec.yoga.practice.holds import HoldNow
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.classifier import COLUMN, NO_ASANA

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DRAW = """([people, frame, threshold]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = frame;
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = "rgb(90, 90, 90)";
  ctx.fillRect(0, 0, ...frame);
  const bodies = people.map((each) => ({ ...each, xyc: Float32Array.from(each.xyc) }));
  const labels = drawPeople(ctx, bodies, frame, threshold);
  return { image: canvas.toDataURL("image/png"), labels };
}"""
SOME = [0.0, 0.1, 3.337, 9.9, 10.0, 10.04, 12.3, 19.99, 20.5, 24.0]


def answer(content, route):
    route.fulfill(body=content)


@pytest.fixture(scope="module")
def canvas_page(browser):
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.route("http://page/", partial(answer, "<!doctype html>"))
    for face in ("dejavu", "dejavu bold"):
        content = font_path(face).read_bytes()
        page.route(f"http://page/{font_url(face.replace(' ', '-'))}", partial(answer, content))
    page.goto("http://page/")
    page.add_script_tag(content=player.DRAWING_JS)
    page.evaluate("loadFonts(...Object.keys(DRAWING_FONTS))")
    yield page
    page.close()


def body(x: float, top: float, height: float, wave: float = 0.0) -> np.ndarray:
    """Somebody who faces the camera, float32 (17, 3)."""
    unit = height / 8
    rows = [(0, 0.5), (0.15, 0.4), (-0.15, 0.4), (0.3, 0.45), (-0.3, 0.45), (0.8, 1.5), (-0.8, 1.5)]
    rows += [(1.3, 2.7), (-1.3, 2.7), (1.4 + wave, 3.8 - 2 * wave), (-1.4, 3.8), (0.5, 4.0)]
    rows += [(-0.5, 4.0), (0.5, 6.0), (-0.5, 6.0), (0.5, 7.8), (-0.5, 7.8)]
    return np.array([(x + a * unit, top + b * unit, 0.9) for a, b in rows], np.float32)


def hidden(keypoints: np.ndarray, *which: int) -> np.ndarray:
    keypoints[list(which), 2] = 0.1
    return keypoints


SCENES = {
    "one": ((640, 480), [PersonOverlay(1, body(320, 90, 350), "JUMPING_JACKS", 0.87, 5)]),
    "portrait": ((360, 640), [PersonOverlay(12, body(180, 20, 600), "WAVING_2HANDS", 0.5)]),
    "three, one without an action, parts hidden": (
        (1280, 720),
        [
            PersonOverlay(3, hidden(body(300, 100, 500), 9, 15), "BOXING", 0.99),
            PersonOverlay(1, body(420, 140, 480, 0.5), "CLAPPING_HANDS", 0.7, 12),
            PersonOverlay(2, hidden(body(900, 200, 300), 0, 1, 2, 3, 4)),
        ],
    ),
    "tiny": ((96, 128), [PersonOverlay(1, body(48, 10, 110), "WAVING_1HAND", 0.8, 3)]),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_browser_draws_what_python_draws(canvas_page, monkeypatch, name):
    frame_wh, people = SCENES[name]
    boxes = []
    blend = Label.blend

    def noting(self, image, x, y):
        boxes.append((x, y, x + self.size_wh[0], y + self.size_wh[1]))
        blend(self, image, x, y)

    monkeypatch.setattr(Label, "blend", noting)
    ours = draw_people(np.full((frame_wh[1], frame_wh[0], 3), 90, np.uint8), people)
    sent = [
        {
            "id": each.id,
            "xyc": each.keypoints_xyc.ravel().tolist(),
            "action": each.action,
            "percent": round(100 * each.confidence),
            "repetitions": each.repetitions,
        }
        for each in people
    ]
    answer = canvas_page.evaluate(DRAW, [sent, frame_wh, 0.2])
    # Letters are as wide to within a few pixels, and so labels stand where they do in Python.
    np.testing.assert_allclose(answer["labels"], boxes, atol=5)
    png = base64.b64decode(answer["image"].partition(",")[2])
    theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    drawn = (ours != 90).any(axis=2) | (theirs != 90).any(axis=2)
    words = np.zeros_like(drawn)
    for left, top, right, bottom in [*boxes, *answer["labels"]]:
        words[max(int(top) - 1, 0) : int(bottom) + 2, max(int(left) - 1, 0) : int(right) + 2] = True
    apart = np.abs(ours.astype(int) - theirs).max(axis=2)
    bodies = drawn & ~words
    assert bodies.sum() > 300
    assert (apart[bodies] > 96).mean() < 0.02  # edges are smoothed in other ways
    assert apart[bodies].mean() < 16
    # Letters lie a pixel beside each other's; grounds and stripes are the same.
    assert (apart[drawn & words] > 96).mean() < 0.25


def test_keypoints_come_as_python_has_them(canvas_page, tmp_path):
    """Two people, gaps and missing keypoints, over three chunks: what the browser draws at a
    moment is what Python does, within half a unit of the file's."""
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.uniform(0.03, 0.12, 400))
    times[200:] += 2.0
    tracks = []
    for number, chosen in ((1, times[times < 23]), (3, times[::7] + 0.05)):
        moving = np.stack([body(200 + 3 * i, 50 + i % 40, 300, i % 2) for i in range(len(chosen))])
        moving[rng.random(moving.shape[:2]) < 0.15, 2] = 0
        tracks.append(DrawnTrack(number, chosen, moving))
    path = tmp_path / "people.track"
    write_tracks(path, tracks, (1920, 1080), max_gap_s=0.6)
    canvas_page.route("**/people.track", lambda route: route.fulfill(body=path.read_bytes()))
    at = [*SOME, *rng.uniform(0, 34, 60).tolist()]
    read = canvas_page.evaluate(
        """async (moments) => {
          const track = new Track("http://page/people.track");
          await track.ready;
          const found = [];
          for (const time of moments) {
            const started = performance.now();
            let people = track.at(time);
            while (people === null && performance.now() - started < 60000) {
              await new Promise((done) => setTimeout(done, 5));
              people = track.at(time);
            }
            found.push(people.map(({ id, xyc }) => [id, [...xyc]]));
          }
          return { found, kept: track.chunks.size };
        }""",
        at,
    )
    assert read["kept"] <= 6
    compared = 0
    for time_s, found in zip(at, read["found"], strict=True):
        wanted = {}
        for track in tracks:
            keypoints = interpolate_keypoints(track.times_s, track.keypoints_xyc, time_s, 0.6)
            if keypoints is not None:
                wanted[track.id] = keypoints
        assert {number for number, _ in found} == set(wanted), time_s
        for number, values in found:
            theirs, ours = np.reshape(values, (17, 3)), wanted[number]
            seen = ours[:, 2] > 0
            assert ((theirs[:, 2] > 0) == seen).all()
            np.testing.assert_allclose(theirs[seen, :2], ours[seen, :2], atol=0.4)
            np.testing.assert_allclose(theirs[:, 2], ours[:, 2], atol=0.01)
            compared += 1
    assert compared > 50


def test_limbs_and_actions_are_described_once():
    assert json.loads(player.DRAWING_JS.partition("\n")[0][len("const DRAWING = ") : -1]) == DRAWING


COACH = """([body, extra, hold, time, frame]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = frame;
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = "rgb(90, 90, 90)";
  ctx.fillRect(0, 0, ...frame);
  const told = { xyc: Float32Array.from(body), extra: Uint8Array.from(extra) };
  drawCoaching(ctx, told, hold, time, frame, 0.2);
  return canvas.toDataURL("image/png");
}"""


@pytest.mark.parametrize(
    ("asana", "side", "frame_wh"),
    [
        ("virabhadrasana_ii", "left", (640, 480)),
        ("vrikshasana", "right", (360, 640)),
        ("trikonasana", "left", (1280, 720)),
    ],
)
def test_the_browser_draws_the_coach_as_python_does(canvas_page, asana, side, frame_wh):
    faulty = {"left_knee": 140.0} if asana == "virabhadrasana_ii" else None
    keypoints = draw_asana_truth(asana, side, size_wh=frame_wh, angles_deg=faulty)[1]
    certain = np.zeros(NO_ASANA + 1, np.float32)
    certain[COLUMN[asana]] = 1
    coach = AsanaCoach()
    (said,) = coach.judge_all(keypoints[None], certain[None], warn=False)
    hold = HoldNow(asana, side, 2.0, 5.5, True, None)
    grey = np.full((frame_wh[1], frame_wh[0], 3), 90, np.uint8)
    ours = draw_coaching(grey, keypoints, said, fixed=True, hold=hold)
    (extra,) = moment_bytes([said], coach.references).tolist()
    known = ASANAS[asana]
    held = {
        "start": 2.0,
        "sanskrit": known.sanskrit,
        "english": known.english,
        "color": known.colour,
    }
    image = canvas_page.evaluate(COACH, [keypoints.ravel().tolist(), extra, held, 7.5, frame_wh])
    png = base64.b64decode(image.partition(",")[2])
    theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    drawn = (ours != 90).any(axis=2) | (theirs != 90).any(axis=2)
    apart = np.abs(ours.astype(int) - theirs).max(axis=2)
    assert drawn.sum() > 5000
    # Letters lie a pixel beside each other's.
    assert (apart[drawn] > 96).mean() < 0.05
    assert apart[drawn].mean() < 20
