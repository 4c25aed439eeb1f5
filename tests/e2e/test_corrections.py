"""Segments are corrected in a browser: the editor's own logic, by mouse, by keys alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from playwright.sync_api import expect
from saved_results import made_result, person
from waiting import until

from dashboard import player
from harec.actions.segments import Segment
from harec.analysis.corrections import SHORTEST_REST_S, Corrections, Statement, apply

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: Edits of a lane one after the other: [kind, which segment, two times]. Gives the statements after
#: all edits, what is shown then, the statements after all was undone, and done again.
EDITS = """([model, edits, restS]) => {
  const all = new Corrections();
  const shown = () => shownSegments(model, all.of(1), restS);
  for (const [kind, which, a, b] of edits) {
    const said = all.of(1);
    const segment = shown()[which % Math.max(shown().length, 1)];
    const [low, high] = [Math.min(a, b), Math.max(a, b) + 0.1];
    if (kind === "draw") all.set(1, say(said, { action: `NEW ${which}`, start: low, end: high }));
    else if (!segment) continue;
    else if (kind === "name") all.set(1, labelled(said, segment, `NAME ${which}`));
    else if (kind === "clear") all.set(1, cleared(said, segment));
    else if (kind === "resize") all.set(1, resized(said, segment, low, high));
    else all.set(1, split(said, segment, segment.start + (segment.end - segment.start) * (a / 10)));
  }
  const [said, now] = [all.of(1), shown()];
  let steps = 0;
  while (all.undo()) steps += 1;
  const first = all.of(1);
  while (all.redo()) steps -= 1;
  return { said, now, first, again: all.of(1), steps };
}"""
TIMES = st.integers(0, 100).map(lambda tenths: tenths / 10)
KINDS = st.sampled_from(["draw", "name", "clear", "resize", "split"])
STEPS = st.lists(st.tuples(KINDS, st.integers(0, 9), TIMES, TIMES), max_size=12)


@pytest.fixture(scope="module")
def editor(browser):
    page = browser.new_page()
    page.add_script_tag(content=player.CORRECTIONS_JS)
    yield page
    page.close()


@given(edits=STEPS, edges=st.sets(st.integers(0, 20), max_size=8))
@examples(max_examples=60, deadline=None)
def test_the_browser_edits_as_python_understands_it(editor, edits, edges) -> None:
    cuts = sorted(edges)
    own = tuple(
        Segment("BOXING", a / 2, b / 2, 0.9) for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    )
    model = [{"action": s.action, "start": s.start_s, "end": s.end_s} for s in own]
    got = editor.evaluate(EDITS, [model, edits, SHORTEST_REST_S])
    assert (got["first"], got["again"], got["steps"]) == ([], got["said"], 0)
    # Python takes the statements (they don't overlap), and shows the same as the browser
    said = Corrections({1: tuple(Statement(*s.values()) for s in got["said"])})
    analysis = replace(made_result(1, 4), people=(person(1, own),))
    (who,) = apply(analysis, said).people
    shown = [(s.action, s.start_s, s.end_s, s.by) for s in who.segments]
    shown += [(None, start_s, end_s, "human") for start_s, end_s in who.cleared_s]
    found = [(s["action"], s["start"], s["end"], s["by"]) for s in got["now"]]
    assert sorted(found, key=lambda s: s[1]) == sorted(shown, key=lambda s: s[1])


@pytest.fixture
def result(visit, clip):
    """Somebody does jumping jacks from 1 to 4 s."""
    page = visit()
    page.locator("input[type=file]").first.set_input_files(clip)
    page.get_by_role("button", name="Analyze").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    return page


def document(page) -> dict:
    """The JSON of the result, as it is downloaded now."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Everything").click()
    return json.loads(started.value.path().read_text("utf-8"))


def people_until(page, what: str, holds) -> dict:
    """The first person's part of the document, once it is so."""

    def first():
        who = document(page)["people"][0]
        return who if holds(who) else None

    return until(first, what, 0.2)


def test_an_edge_is_dragged_and_in_the_json(result) -> None:
    before = document(result)["people"][0]["segments"]
    assert [(s["action"], s["by"]) for s in before] == [("JUMPING_JACKS", "model")]
    result.get_by_role("button", name="Correct", exact=True).click()
    segment = result.locator(".hp-seg")
    segment.click()
    expect(segment).to_have_attribute("aria-pressed", "true")
    edge = result.get_by_role("slider", name="End of the segment")
    box, lane = edge.bounding_box(), result.locator(".hp-lane").bounding_box()
    wanted_s = before[0]["end_s"] - 1.0
    x = lane["x"] + lane["width"] * wanted_s / 5.0
    middle = box["y"] + box["height"] / 2
    result.mouse.move(box["x"] + 9, middle)
    result.mouse.down()
    result.mouse.move(x + 30, middle)
    result.mouse.move(x, middle)
    # the video shows the last frame before the edge meanwhile
    result.wait_for_function(
        f"Math.abs(document.querySelector('.hp-video').currentTime - {wanted_s - 0.1}) < 0.2"
    )
    result.mouse.up()
    who = people_until(result, "the correction", lambda p: p["segments"][0]["by"] == "human")
    (changed,) = who["segments"]
    assert changed["action"] == "JUMPING_JACKS"
    assert changed["start_s"] == before[0]["start_s"]
    assert abs(changed["end_s"] - wanted_s) <= 0.11  # to a frame
    assert who["cleared_s"] == [[changed["end_s"], before[0]["end_s"]]]
    assert changed["repetitions"] < before[0]["repetitions"]


#: Keys that follow each other before the video has gone to any of the places they ask for.
AT_ONCE = """keys => {
  const root = document.querySelector(".hp");
  for (const key of keys) root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  return document.querySelector(".hp-video").seeking;
}"""

#: Where the video is once it has looked for no place for half a second.
CAME_TO_REST = """async () => {
  const video = document.querySelector(".hp-video");
  for (let calm = 0; calm < 5; calm = video.seeking ? 0 : calm + 1) {
    await new Promise((done) => setTimeout(done, 100));
  }
  return video.currentTime;
}"""


def test_keys_are_pressed_faster_than_the_video_seeks(result) -> None:
    (before,) = document(result)["people"][0]["segments"]
    assert result.evaluate(AT_ONCE, ["e", "ArrowRight", "n", *(10 * "."), "s"])
    expect(result.locator(".hp-seg")).to_have_count(2)
    # the video goes where the last of them wanted it, and stays there
    wanted_s = before["start_s"] + 1.0
    assert result.evaluate(CAME_TO_REST) == pytest.approx(wanted_s, abs=0.11)
    # another key's wish, that comes after, holds and not the waiting one
    assert result.evaluate(AT_ONCE, [*(5 * ","), "e", "b"])
    assert result.evaluate(CAME_TO_REST) == pytest.approx(before["start_s"], abs=0.11)


def test_by_keys_alone(result) -> None:
    (before,) = document(result)["people"][0]["segments"]
    keys = result.keyboard
    result.locator(".hp").focus()
    keys.press("e")
    keys.press("ArrowRight")
    keys.press("n")
    expect(result.locator(".hp-seg")).to_be_focused()
    keys.press("3")
    expect(result.locator(".hp-about")).to_contain_text("Boxing")
    for _ in range(10):
        keys.press(".")
    keys.press("s")
    expect(result.locator(".hp-seg")).to_have_count(2)
    keys.press("Delete")
    expect(result.locator(".hp-seg.hp-nothing")).to_be_focused()

    def ended(who: dict) -> bool:
        return bool(who["cleared_s"])

    who = people_until(result, "a name, a split and a deletion", ended)
    (named,) = who["segments"]
    assert (named["action"], named["by"], named["start_s"]) == (
        "BOXING",
        "human",
        before["start_s"],
    )
    assert who["cleared_s"] == [[named["end_s"], before["end_s"]]]
    assert named["end_s"] == pytest.approx(before["start_s"] + 1.0, abs=0.11)
    result.locator(".hp-seg.hp-nothing").focus()  # it was on the link
    for _ in range(3):
        keys.press("Control+z")
    expect(result.locator(".hp-seg")).to_have_count(1)
    people_until(result, "all undone", lambda p: p["segments"] == [before])
    result.locator(".hp-seg").focus()
    keys.press("Control+Shift+z")
    keys.press("[")  # the playhead is a second into it
    expect(result.locator(".hp-seg.hp-nothing")).to_have_count(1)
    keys.press("Enter")
    keys.type("Ein Schlag")  # into the field: no key of it is a command
    keys.press("Enter")
    keys.press("e")  # into no field: the editor is left
    expect(result.locator(".hp-edit")).to_be_hidden()

    def renamed(who: dict) -> bool:
        return [each["action"] for each in who["segments"]] == ["Ein Schlag"]

    who = people_until(result, "an edge and a name", renamed)
    assert who["segments"][0]["by"] == "human"
    assert who["segments"][0]["start_s"] == pytest.approx(named["end_s"], abs=0.01)
    assert bool(who["cleared_s"])
