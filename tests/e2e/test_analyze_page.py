"""The Analyze page as a visitor meets it: upload, watch, click, move a slider, take it home."""

from __future__ import annotations

import av
import pytest
from browser_page import slide_to_end
from playwright.sync_api import expect
from waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# Lets a test close the connection to the server as a bad network does.
KEEP_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...args) { super(...args); window.sockets.push(this); }
  };
"""
CURRENT_TIME = "document.querySelector('.hp-video').currentTime"
# Where each segment's bar is on the screen, and what it stands for: person, label, start, end.
BARS = """() => {
  const plot = document.querySelector('.hp:not(.hp-alone) .hp-plot');
  const points = [...plot.querySelectorAll('.barlayer .point')];
  const data = plot.data.filter(trace => trace.type === 'bar')
    .flatMap(trace => trace.y.map((_, i) => trace.customdata?.[i]));
  return points.map((point, i) => {
    const {x, y, width, height} = point.getBoundingClientRect();
    return {x, y, width, height, data: data[i]};
  }).filter(bar => bar.data);
}"""


def choose(page, path):
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.get_by_role("button", name="Analyze")).to_be_enabled()


def analyze(page, path):
    choose(page, path)
    page.get_by_role("button", name="Analyze").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")


@pytest.fixture(scope="module")
def result(visit_for_all, clip):
    """One page with a result, for all tests that look at it and play with it."""
    page = visit_for_all(script=KEEP_SOCKETS)
    analyze(page, clip)
    return page


def segments(page):
    return page.evaluate(BARS)


def time_after(page, act):
    """The video's time once it has settled after something was done."""
    page.evaluate(
        """() => {
          window.settled = false;
          const video = document.querySelector('.hp-video');
          video.addEventListener('seeked', () => { window.settled = true; }, {once: true});
        }"""
    )
    act()
    page.wait_for_function("window.settled")
    return page.evaluate(CURRENT_TIME)


def test_click_on_a_segment_seeks_the_video_to_its_start(result):
    bar = next(bar for bar in segments(result) if bar["data"][1] == "JUMPING_JACKS")
    start_s, end_s = bar["data"][2:4]
    assert 0.3 < start_s < 2.5 < end_s  # the script says 1 to 4
    x, y = bar["x"] + 0.7 * bar["width"], bar["y"] + bar["height"] / 2
    at = time_after(result, lambda: result.mouse.click(x, y))
    assert at == pytest.approx(start_s, abs=0.01)


def test_click_beside_the_segments_seeks_to_that_moment(result):
    bar = next(bar for bar in segments(result) if bar["data"][1] == "JUMPING_JACKS")
    start_s, end_s = bar["data"][2:4]
    below = bar["y"] + bar["height"] + 90  # in the probabilities
    x = bar["x"] + 0.5 * bar["width"]
    at = time_after(result, lambda: result.mouse.click(x, below))
    assert at == pytest.approx((start_s + end_s) / 2, abs=0.06)
    head = result.locator(".hp-head").bounding_box()
    assert head["x"] + head["width"] / 2 == pytest.approx(x, abs=3)


def test_keys_step_frames_and_segments(result):
    result.locator(".hp").focus()
    start_s = min(bar["data"][2] for bar in segments(result))
    result.evaluate("document.querySelector('.hp-video').currentTime = 0")
    press = lambda key: time_after(result, lambda: result.keyboard.press(key))  # noqa: E731
    assert press("n") == pytest.approx(start_s, abs=0.01)
    assert press("ArrowRight") == pytest.approx(start_s + 1 / 10, abs=0.02)
    assert press("ArrowLeft") == pytest.approx(start_s, abs=0.02)
    result.keyboard.press(" ")
    result.wait_for_function("!document.querySelector('.hp-video').paused")
    result.keyboard.press(" ")
    result.wait_for_function("document.querySelector('.hp-video').paused")
    assert press("b") == pytest.approx(0, abs=0.01)


def test_downloads(result, tmp_path):
    with result.expect_download() as started:
        result.get_by_role("link", name="Annotated video").click()
    assert started.value.suggested_filename == "jacks in the park-annotated.mp4"
    path = tmp_path / "download.mp4"
    started.value.save_as(path)
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (320, 240)
        assert sum(1 for _ in video.decode(stream)) == 50
    with result.expect_download() as started:
        result.get_by_role("link", name="Segments").click()
    started.value.save_as(tmp_path / "segments.csv")
    lines = (tmp_path / "segments.csv").read_text().splitlines()
    assert lines[0] == "person,action,start_s,end_s,duration_s,confidence,repetitions"
    assert any(",JUMPING_JACKS," in line for line in lines[1:])


def test_a_slider_relabels_at_once_and_the_video_can_follow(result):
    before = result.evaluate("document.querySelector('.hp-video').src")
    bars = [bar["data"] for bar in segments(result)]
    assert bars
    slide_to_end(result, "Smoothing (s)", "End")
    expect(result.get_by_role("button", name="Update the video")).to_be_visible()
    until(lambda: [bar["data"] for bar in segments(result)] != bars, "other segments", 0.1)
    assert result.evaluate("document.querySelector('.hp-video').src") == before
    result.get_by_role("button", name="Update the video").click()
    result.wait_for_function(f"document.querySelector('.hp-video').src != '{before}'")
    expect(result.get_by_role("button", name="Update the video")).to_have_count(0)


def test_a_short_loss_of_connection_keeps_what_a_visitor_has_and_leaving_removes_it(
    result, visit, server, clip
):
    def folders():
        return {path.parent for path in server.folder.glob("harec-spool-*/*/*/*/*")}

    def gone(happened):
        server.let_time_pass()
        return happened()

    video = result.evaluate("document.querySelector('.hp-video').src")
    before, opened = folders(), result.evaluate("window.sockets.length")
    result.evaluate("window.sockets.at(-1).close()")
    result.wait_for_function(
        f"window.sockets.length > {opened} && window.sockets.at(-1).readyState === 1"
    )
    left = visit()
    choose(left, clip)
    folder = folders() - before
    assert len(folder) == 1
    left.close()
    until(lambda: gone(lambda: not folders() & folder), "the removal", 0.6)
    # The other one, a page at rest, was lost before that: its time would be over, too.
    assert result.request.get(video).status == 200
    slide_to_end(result, "Smoothing (s)", "Home")
    expect(result.get_by_role("button", name="Update the video")).to_be_visible()
    assert result.evaluate("document.querySelector('.hp-video').src") == video
    context = result.context
    result.close()
    removed = lambda: context.request.get(video).status == 404  # noqa: E731
    until(lambda: gone(removed), "the removal of the result", 0.6)
