"""What is said to play in browsers does: upright, and each frame at the time that it is read at."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video_clips import write_clip
from waiting import PATIENCE_S, until

from dashboard import player
from harec.core.correction import UNCORRECTED, Correction
from harec.video import VideoReader, probe
from harec.video.playback import browser_start_s, write_preview

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EDGE_S = 0.002  # browsers keep times in whole steps of the file's own clock
UNEVEN = [0.0, 0.1, 0.133, 0.4, 0.433, 0.5, 0.9, 1.0, 1.033, 1.4]
OPEN = """(url) => new Promise((done, fail) => {
  const video = document.createElement("video");
  video.muted = true;
  video.onloadeddata = () => done([video.videoWidth, video.videoHeight]);
  video.onerror = () => fail(new Error(video.error.message));
  video.src = url;
  document.body.replaceChildren(video);
})"""
GO = """(moment) => { document.querySelector("video").currentTime = moment; }"""
# The pixels that are shown now; none while it seeks.
LOOK = """() => {
  const video = document.querySelector("video");
  if (video.seeking) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}"""
PLAYED = {
    "usual": {"suffix": "mp4"},
    "without b-frames": {"suffix": "mp4", "options": {"bf": "0"}},
    "mov, portrait": {"suffix": "mov", "rotate_ccw": -90},
    "upside down": {"suffix": "mp4", "rotate_ccw": 180},
    "with sound": {"suffix": "mp4", "audio": "aac"},
    "mp3 sound": {"suffix": "mp4", "audio": "libmp3lame"},
    "sound first": {"suffix": "mp4", "audio": "aac", "times_s": [0.5 + t for t in UNEVEN]},
    "uneven": {"suffix": "mp4", "times_s": UNEVEN},
    "webm": {"suffix": "webm", "codec": "libvpx"},
}
NOT_PLAYED = {
    "hevc": {"suffix": "mp4", "codec": "libx265"},
    "avi": {"suffix": "avi"},
    "matroska": {"suffix": "mkv"},
    "mpeg4": {"suffix": "mp4", "codec": "mpeg4"},
    "ten bits": {"suffix": "mp4", "pix_fmt": "yuv420p10le"},
    "4:4:4": {"suffix": "mp4", "pix_fmt": "yuv444p"},
    "wide pixels": {"suffix": "mp4", "aspect": Fraction(4, 3)},
    "mirrored": {"suffix": "mp4", "hflip": True},
    "a camera's sound": {"suffix": "mov", "audio": "pcm_s16le"},
    "broadcast sound": {"suffix": "mp4", "audio": "ac3"},
    "starts late": {"suffix": "mp4", "times_s": [1.0 + t for t in UNEVEN]},
}


@pytest.fixture(scope="module")
def blank_page(browser):
    page = browser.new_page()
    page.set_content("<!doctype html><title>video</title><body></body>")
    yield page
    page.close()


def clip(tmp_path, *, suffix, **options):
    return write_clip(tmp_path / f"clip.{suffix}", frames=15, rate=10, size=(144, 72), **options)


def read(path, correction=UNCORRECTED):
    with VideoReader(path, correction=correction) as reader:
        return [(frame.time_s, frame.rgb) for frame in reader]


def compare(page, path, frames, start_s):
    """Each frame is shown from its time to the next one's, and looks as it does to the reader."""
    times_s, images = [time_s for time_s, _ in frames], [rgb.astype(int) for _, rgb in frames]
    height, width = images[0].shape[:2]
    url = f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}"
    assert page.evaluate(OPEN, url) == [width, height]

    def shown():
        if (png := page.evaluate(LOOK)) is None:
            return None
        theirs = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
        apart = [np.abs(theirs - ours).mean() for ours in images]
        return int(np.argmin(apart)) if min(apart) < 12 else None

    asked = [(0, times_s[0] + EDGE_S)]
    for index in range(4, len(frames), 4):
        asked += [(index, times_s[index] + EDGE_S), (index - 1, times_s[index] - EDGE_S)]
    for index, time_s in asked:
        page.evaluate(GO, start_s + time_s)
        # A busy browser tells of a jump's end before it shows the frame, and reports no frame where
        # that one is shown already: what stays on the screen is asked for.
        until(lambda expected=index: shown() == expected, f"frame {index} on the screen")


@pytest.mark.parametrize("name", PLAYED)
def test_the_source_itself_is_shown_where_browsers_can(blank_page, tmp_path, name):
    path = clip(tmp_path, **PLAYED[name])
    start_s = browser_start_s(path, path.name)
    assert start_s is not None
    assert start_s == pytest.approx(0.5 if name == "sound first" else 0.0, abs=0.001)
    compare(blank_page, path, read(path), start_s)


@pytest.mark.parametrize("name", NOT_PLAYED)
def test_a_copy_is_shown_where_browsers_cannot(blank_page, tmp_path, name):
    path, out = clip(tmp_path, **NOT_PLAYED[name]), tmp_path / "copy.mp4"
    assert browser_start_s(path, path.name) is None
    write_preview(path, out, name=path.name, correction=UNCORRECTED)
    assert browser_start_s(out, out.name) == 0
    assert probe(out).frames == len(read(path))
    compare(blank_page, out, read(path), 0.0)


def test_a_copy_is_turned_and_flipped_as_it_is_analysed(blank_page, tmp_path):
    path, out = clip(tmp_path, suffix="avi"), tmp_path / "copy.mp4"
    correction = Correction(90, mirrored=True)
    write_preview(path, out, name=path.name, correction=correction)
    compare(blank_page, out, read(path, correction), 0.0)


def stage_page(browser, **options):
    """A page with the player's elements, on which a `Stage` can be made."""
    page = browser.new_page(**options)
    folder = Path(player.__file__).parent
    page.set_content(f"<div style='width: 300px'>{(folder / 'player.html').read_text()}</div>")
    page.add_style_tag(path=folder / "player.css")
    scripts = (player.PLOTLY_JS, player.DRAWING_JS, (folder / "stage.js").read_text())
    page.add_script_tag(content="".join(scripts))
    return page


def test_the_last_frame_is_shown_until_the_end(browser):
    """Such as where the sound is longer than the pictures."""
    page = stage_page(browser)
    shown = page.evaluate(
        """() => {
          const root = document.querySelector(".hp");
          const stage = new Stage(root, new AbortController().signal, () => {});
          Object.assign(stage.data, { durationS: 2, frameS: 0.1 });
          return [1.85, 1.95, 2.4].map((time) => { stage.show(time); return stage.shown; });
        }"""
    )
    page.close()
    assert shown == pytest.approx([1.85, 1.9, 1.9])


def test_the_first_frame_of_a_segment_has_its_label(browser):
    """At 24 frames a second browsers tell of the frame that it begins with as just before it."""
    page = stage_page(browser)
    segment = {"action": "JUMPING", "start": 127 * 1001 / 24000, "end": 9.0, "percents": [80]}
    at = "([segments, time]) => labelAt([{ id: 2, segments }], 2, time).percent ?? null"
    shown = [page.evaluate(at, [[segment], time_s]) for time_s in (5.25525, 5.296958, 5.338667)]
    page.close()
    assert shown == [None, 80, 80]


@pytest.mark.parametrize(
    "correction", [Correction(90), Correction(180, True), Correction(270, True)]
)
def test_the_player_turns_and_flips_as_it_is_analysed(browser, tmp_path, correction):
    path = clip(tmp_path, suffix="mp4")
    time_s, rgb = read(path, correction)[8]
    height, width = rgb.shape[:2]
    url = f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}"
    film = {
        "url": url,
        "startS": 0,
        "turnDeg": correction.turn_deg,
        "mirrored": correction.mirrored,
        "width": width,
        "height": height,
    }
    page = stage_page(browser, viewport={"width": 400, "height": 600})
    page.evaluate(
        """([film, moment]) => {
          const root = document.querySelector(".hp");
          const stage = new Stage(root, new AbortController().signal, () => {
            window.there = Math.abs(stage.shown - moment) < 0.002;
          });
          stage.load(film, moment + 0.001);
        }""",
        [film, time_s],
    )
    page.wait_for_function("() => window.there", timeout=1000 * PATIENCE_S)
    png = page.locator(".hp-screen").screenshot()
    seen = Image.open(io.BytesIO(png)).convert("RGB").resize((width, height))
    page.close()
    assert np.abs(np.asarray(seen, int) - rgb).mean() < 20
