"""The Analyze page as a visitor meets it: upload, watch, click, move a slider, take it home."""

from __future__ import annotations

import av
import pytest
from browser_page import slide_to_end
from playwright.sync_api import expect
from waiting import until

from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# Lets a test close the connection to the server as a bad network does.
KEEP_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...args) { super(...args); window.sockets.push(this); }
  };
"""
FRAME_S = 1 / 10  # of the clip
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


# How many pixels of the canvas have the colour of an action: the stripe of its label.
LABEL = """(action) => {
  const [r, g, b] = {JUMPING_JACKS: [230, 159, 0]}[action];
  const canvas = document.querySelector('.hp-canvas');
  if (!canvas.width) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    count += data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255;
  }
  return count;
}"""


DRAWN = """document.querySelector('.hp-canvas').getContext('2d')
  .getImageData(0, 0, 4096, 4096).data.some(Boolean)"""


def go_to(page, time_s):
    """Until the frame there is the one that is drawn on."""
    page.evaluate(f"{CURRENT_TIME} = {time_s}")
    page.wait_for_function("!document.querySelector('.hp-video').seeking")


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
    assert start_s < at < start_s + FRAME_S
    # that frame is in the segment: the picture has its label
    result.wait_for_function(f"({LABEL})('JUMPING_JACKS') > 20")


def test_it_is_said_whether_the_video_is_gone_or_the_browser_refuses_it(result):
    load = "document.querySelector('.hp-video').load()"
    film, said = result.locator(".hp-video").evaluate("v => v.src"), result.locator(".hp-lost")
    answers = {
        "can't play this video": lambda route: route.fulfill(
            body="no video", content_type="video/mp4"
        ),
        "could not be loaded from": lambda route: route.fulfill(status=404),
    }
    for words, answer in answers.items():
        result.route(film, answer)
        result.evaluate(load)
        expect(said).to_contain_text(words)
        result.unroute(film)
    said.get_by_role("button", name="Try again").click()
    expect(said).to_be_hidden()
    result.wait_for_function("document.querySelector('.hp-video').readyState >= 2")


def test_no_frame_is_shown_twice_while_stepping(visit, tmp_path):
    """A thirtieth of a second is no whole number of milliseconds."""
    path = tmp_path / "clip.mp4"
    script = parse_script("JUMPING_JACKS:1.5")
    write_clip(path, ClipSpec((script,), size_wh=(320, 240), fps=30, seed=1))
    page = visit()
    analyze(page, path)
    page.locator(".hp").focus()
    for step in range(1, 9):
        at = time_after(page, lambda: page.keyboard.press("."))
        assert at == pytest.approx(step / 30 + 0.001, abs=1e-4)


def test_the_last_frame_keeps_what_is_drawn_on_it(result):
    result.evaluate("document.querySelector('.hp-video').pause()")
    go_to(result, "document.querySelector('.hp-video').duration")
    assert result.evaluate(DRAWN)


def test_in_full_screen_no_key_edits_what_is_not_seen(result):
    keys = result.keyboard

    def to_full_screen_and_back(*pressed):
        result.locator(".hp").focus()
        keys.press("f")
        result.wait_for_function("document.fullscreenElement")
        for key in pressed:
            keys.press(key)
        keys.press("e")
        result.wait_for_function("!document.fullscreenElement")
        expect(result.locator(".hp-seg").first).to_be_visible()  # Correct is on, and seen

    for _ in ("Correct is off", "it is on"):
        to_full_screen_and_back("3", "Delete", "s")
        assert {bar["data"][1] for bar in segments(result)} == {"JUMPING_JACKS"}
    go_to(result, 0)
    keys.press("n")
    keys.press("3")
    about = result.locator(".hp-about")
    expect(about).to_contain_text("Boxing")
    to_full_screen_and_back("Control+z")
    expect(about).to_contain_text("Boxing")
    keys.press("Control+z")
    expect(about).not_to_contain_text("Boxing")
    keys.press("e")
    until(lambda: [bar["data"][1] for bar in segments(result)] == ["JUMPING_JACKS"], "the undoing")


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
    at = press("n")
    assert start_s < at < start_s + FRAME_S
    assert press("ArrowRight") == pytest.approx(at + FRAME_S, abs=0.02)
    assert press("ArrowLeft") == pytest.approx(at, abs=0.02)
    result.keyboard.press(" ")
    result.wait_for_function("!document.querySelector('.hp-video').paused")
    result.keyboard.press(" ")
    result.wait_for_function("document.querySelector('.hp-video').paused")
    assert press("b") == pytest.approx(0, abs=0.01)


def test_people_are_drawn_over_the_video_and_each_layer_can_be_left_out(result):
    go_to(result, 2.5)
    result.wait_for_function(f"({LABEL})('JUMPING_JACKS') > 20")
    skeletons, labels, boxes = (
        result.get_by_role("button", name=name, exact=True)
        for name in ("Skeletons", "Labels", "Boxes")
    )
    labels.click()
    result.wait_for_function(f"({LABEL})('JUMPING_JACKS') === 0 && {DRAWN}")
    skeletons.click()
    result.wait_for_function(f"!{DRAWN}")
    boxes.click()
    result.wait_for_function(f"({LABEL})('JUMPING_JACKS') > 200")
    for button in (boxes, skeletons, labels):
        button.click()
    result.wait_for_function(f"({LABEL})('JUMPING_JACKS') > 20")


def test_the_legend_names_what_has_a_segment_or_a_stripe_below(result):
    told = result.locator(".hp-legend span").all_inner_texts()
    assert {"Jumping jacks", "Something else"} <= set(told)
    assert "Clapping hands" not in told


def test_full_screen_and_the_whole_window(result):
    width = "document.querySelector('.hp-screen').clientWidth"
    before = result.evaluate(width)
    result.locator(".hp").focus()
    result.keyboard.press("f")
    result.wait_for_function("document.fullscreenElement?.classList.contains('hp-left')")
    result.keyboard.press("f")
    result.wait_for_function("!document.fullscreenElement")
    result.locator(".hp").focus()
    result.keyboard.press("w")
    result.wait_for_function("document.querySelector('.hp').clientWidth >= innerWidth - 20")
    result.wait_for_function(f"{width} > {before}")
    result.keyboard.press("Escape")
    result.wait_for_function(f"Math.abs({width} - {before}) < 2")
    expect(result.locator(".hp-window")).to_have_count(0)


def test_nothing_sticks_out_of_any_window(result):
    size = result.viewport_size
    for width in (420, 900, 1920):
        result.set_viewport_size({"width": width, "height": 900})
        result.wait_for_function(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        is_beside = "document.querySelector('.hp').classList.contains('hp-beside')"
        result.wait_for_function(f"{is_beside} === {str(width == 1920).lower()}")
    result.set_viewport_size(size)


def test_downloads(result, tmp_path):
    result.get_by_role("button", name="Annotated video").click()
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
    assert lines[0] == "person,action,start_s,end_s,duration_s,confidence,repetitions,by"
    assert any(",JUMPING_JACKS," in line for line in lines[1:])


def test_a_slider_changes_the_labels_in_the_video_at_once(result):
    def jacks():
        """Start and end, under the slider's place."""
        return next((bar["data"][2:4] for bar in segments(result) if "JACKS" in bar["data"][1]), [])

    def slide(key, before):
        slide_to_end(result, "Smoothing (s)", key)
        until(lambda: jacks() not in ([], before), "other segments", 0.1)
        return jacks()

    smooth = slide("End", jacks())
    sharp = slide("Home", smooth)
    frames_s = [number / 10 for number in range(50)]
    inside = {
        time_s: [start_s <= time_s <= end_s for start_s, end_s in (sharp, smooth)]
        for time_s in frames_s
    }
    frame_s = next(time_s for time_s in frames_s if len(set(inside[time_s])) == 2)  # one labels it
    go_to(result, frame_s + 0.01)
    src = result.evaluate("document.querySelector('.hp-video').src")
    shows = f"() => ({LABEL})('JUMPING_JACKS') > 20"
    result.wait_for_function(f"({shows})() === {str(inside[frame_s][0]).lower()}")
    asked = []
    result.on("request", lambda request: asked.append(request.url))
    slide("End", sharp)
    result.wait_for_function(f"({shows})() === {str(inside[frame_s][1]).lower()}")
    assert asked == []  # the labels came with Streamlit's own messages
    assert result.evaluate("document.querySelector('.hp-video').src") == src
    assert result.evaluate(CURRENT_TIME) == pytest.approx(frame_s, abs=0.02)


def test_a_file_that_browsers_do_not_play_plays(visit, clip, tmp_path):
    path = tmp_path / "jacks.avi"
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for frame in source.decode(video=0):
            image = frame.to_ndarray(format="rgb24")
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    page = visit()
    analyze(page, path)
    page.locator(".hp").focus()
    page.keyboard.press(" ")
    page.wait_for_function(f"{CURRENT_TIME} > 1")
    page.keyboard.press(" ")
    go_to(page, 2.5)
    page.wait_for_function(f"({LABEL})('JUMPING_JACKS') > 20")


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
    assert result.evaluate("document.querySelector('.hp-video').src") == video
    context = result.context
    result.close()
    removed = lambda: context.request.get(video).status == 404  # noqa: E731
    until(lambda: gone(removed), "the removal of the result", 0.6)
