"""The Analyze page as a visitor meets it: upload, watch, click, move a slider, take it home."""

from __future__ import annotations

import time

import av
import pytest
from playwright.sync_api import expect

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
    expect(page.get_by_role("button", name="Analyze")).to_be_enabled(timeout=60_000)


def analyze(page, path):
    choose(page, path)
    page.get_by_role("button", name="Analyze").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")


@pytest.fixture(scope="module")
def result(browser, server, clip):
    """One page with a result, for all tests that only look at it and play with it."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(server[0])
    analyze(page, clip)
    yield page
    context.close()


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
    page.wait_for_function("window.settled", timeout=15_000)
    return page.evaluate(CURRENT_TIME)


def test_click_on_a_segment_seeks_the_video_to_its_start(result):
    bar = next(bar for bar in segments(result) if bar["data"][1] == "JUMPING_JACKS")
    start_s, end_s = bar["data"][2:4]
    assert 0.3 < start_s < 2.5 < end_s  # the script says 1 to 5
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
    assert press("ArrowRight") == pytest.approx(start_s + 1 / 15, abs=0.02)
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
        assert sum(1 for _ in video.decode(stream)) == 90
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
    result.get_by_role("slider", name="Smoothing (s)").focus()
    result.keyboard.press("End")
    expect(result.get_by_role("button", name="Update the video")).to_be_visible()
    deadline = time.monotonic() + 30
    while [bar["data"] for bar in segments(result)] == bars and time.monotonic() < deadline:
        result.wait_for_timeout(100)
    assert [bar["data"] for bar in segments(result)] != bars
    assert result.evaluate("document.querySelector('.hp-video').src") == before
    result.get_by_role("button", name="Update the video").click()
    result.wait_for_function(f"document.querySelector('.hp-video').src != '{before}'")
    expect(result.get_by_role("button", name="Update the video")).to_have_count(0)


def test_text_renamed_to_mp4_is_refused_and_the_choice_stays(visit, clip, tmp_path):
    page = visit()
    choose(page, clip)
    text = tmp_path / "notes.mp4"
    text.write_text("This is no video.\n" * 100)
    page.get_by_role("button", name="Other video").click()
    popover = page.get_by_test_id("stPopoverBody")  # the first field may not be gone yet
    popover.locator("input[type=file]").set_input_files(text)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("notes.mp4")
    assert "/tmp" not in alert.inner_text()
    expect(page.get_by_text("jacks in the park.mp4")).to_be_visible()
    expect(page.get_by_role("button", name="Analyze")).to_be_enabled()


def test_second_visitor_waits_in_line_and_cancel_answers(visit, server, clip):
    first, second = visit(), visit()
    first.get_by_role("button", name="Try the sample").click()
    first.get_by_text("Finding people and actions").wait_for()
    choose(second, clip)
    second.get_by_role("button", name="Analyze").click()
    expect(second.get_by_text("1 person is before you")).to_be_visible()
    pressed = time.monotonic()
    first.get_by_role("button", name="Cancel").click()
    expect(first.get_by_role("button", name="Analyze")).to_be_enabled()
    assert time.monotonic() - pressed < 10  # 2 s are promised; a loaded test machine gets more
    second.get_by_text("Finding people and actions").wait_for()
    assert first.locator(".hp-video").count() == 0


def test_a_short_loss_of_connection_keeps_the_result(visit, clip, grace_s):
    page = visit(KEEP_SOCKETS)
    analyze(page, clip)
    video = page.evaluate("document.querySelector('.hp-video').src")
    opened = page.evaluate("window.sockets.length")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait_for_function(
        f"window.sockets.length > {opened} && window.sockets.at(-1).readyState === 1"
    )
    page.wait_for_timeout(4000 * grace_s)  # a page at rest: no script runs
    assert page.request.get(video).status == 200
    page.get_by_role("slider", name="Smoothing (s)").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Update the video")).to_be_visible()
    assert page.evaluate("document.querySelector('.hp-video').src") == video
    context = page.context
    page.close()
    deadline = time.monotonic() + 30
    while context.request.get(video).status != 404:
        assert time.monotonic() < deadline, "a visitor who has left for good is still kept"
        time.sleep(0.1)


def test_files_of_a_visitor_who_left_are_removed(visit, server, clip):
    def folders():
        return {path.parent for path in server[1].glob("harec-spool-*/*/*/*/*")}

    page, before = visit(), folders()
    choose(page, clip)
    mine = folders() - before
    assert len(mine) == 1
    page.close()
    deadline = time.monotonic() + 30
    while folders() & mine and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folders() & mine
