"""Results leave and come back: other programs' files, saved results, the truth, another result."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pympi.Elan import Eaf
from waiting import until

import harec

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CURRENT_TIME = "document.querySelector('.hp-video').currentTime"
#: The bars on the timeline, by trace: name, first start and length, and the lane (from the top).
TRACES = """() => document.querySelector('.hp-plot').data
  .filter((trace) => trace.type === 'bar')
  .map((trace) => ({name: trace.name, y: trace.y[0], base: trace.base[0], x: trace.x[0]}))"""
LANES = "() => document.querySelector('.hp-plot').layout.yaxis.ticktext"
TRUTH = "person,action,start_s,end_s\nAnna,jumping jacks,1,3.9\nAnna,boxing,4.2,4.9\n"


def drop(page, *paths, which="first"):
    getattr(page.locator("input[type=file]"), which).set_input_files(paths[0])


@pytest.fixture(scope="module")
def result(visit_for_all, clip):
    page = visit_for_all()
    drop(page, clip)
    page.get_by_role("button", name="Analyze").click()
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    return page


@pytest.fixture(scope="module")
def saved(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "jacks.harec-result"
    with result.expect_download() as started:
        result.get_by_role("link", name="To open again").click()
    assert started.value.suggested_filename == "jacks in the park.harec-result"
    started.value.save_as(path)
    return path


def test_files_for_other_programs(result, tmp_path):
    result.get_by_role("button", name="Other formats").click()
    with result.expect_download() as started:
        result.get_by_role("link", name="ELAN").click()
    assert started.value.suggested_filename == "jacks in the park-eaf.eaf"
    started.value.save_as(tmp_path / "a.eaf")
    ((start_ms, end_ms, label),) = Eaf(str(tmp_path / "a.eaf")).get_annotation_data_for_tier(
        "Person 1"
    )
    assert label == "Jumping jacks"
    assert 300 < start_ms < 2500 < end_ms
    expect(result.get_by_role("link", name="COCO keypoints")).to_be_visible()
    result.keyboard.press("Escape")
    # and the same segments as the video's chapters
    cues = "document.querySelector('.hp-video').textTracks[0].cues"
    assert result.evaluate(f"{cues}.length") == 1
    assert result.evaluate(f"{cues}[0].text") == "Person 1: Jumping jacks"
    assert result.evaluate(f"{cues}[0].startTime") == pytest.approx(start_ms / 1000, abs=0.1)


def test_a_saved_result_is_opened_and_meets_its_video(visit, saved, clip):
    analysis = harec.load_result(saved)
    assert analysis.people[0].segments
    page = visit()
    drop(page, saved)
    page.locator(".hp-alone .barlayer .point").first.wait_for()
    expect(page.get_by_text("saved without its video")).to_be_visible()
    expect(page.get_by_role("cell", name="Jumping jacks")).to_have_count(0)  # a canvas, no cells
    drop(page, clip)
    page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()
    page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
    expect(page.get_by_text("saved without its video")).to_have_count(0)


def test_the_truth_beside_a_result(result, tmp_path):
    start_s = harec_start(result)
    (tmp_path / "truth.csv").write_text(TRUTH)
    result.get_by_text("Compare with the truth").click()
    drop(result, tmp_path / "truth.csv", which="last")
    expect(result.get_by_text("Frame accuracy")).to_be_visible()
    until(lambda: result.evaluate(LANES) == ["Person 1", "Anna"], "the truth's lane", 0.1)
    marks = {trace["name"]: trace for trace in result.evaluate(TRACES)}
    assert marks["Missed"] == {"name": "Missed", "y": 0.5, "base": 4.2, "x": pytest.approx(0.7)}
    expect(result.get_by_text("1 × missed")).to_be_visible()
    # a click on the truth's lane is a moment, one on the result's a segment's start
    boxes = result.evaluate(
        """() => [...document.querySelectorAll('.hp-plot .barlayer .point')].map((point) => {
          const {x, y, width, height} = point.getBoundingClientRect();
          return {x, y, width, height};
        }).filter((box) => box.width > 40 && box.height > 12)"""
    )
    lanes = sorted({round(box["y"]) for box in boxes})
    for y, expected in ((lanes[0], True), (lanes[-1], False)):
        box = max((b for b in boxes if round(b["y"]) == y), key=lambda b: b["width"])
        x = box["x"] + 0.5 * box["width"]
        result.evaluate("document.querySelector('.hp-video').currentTime = 0")
        result.mouse.click(x, box["y"] + box["height"] / 2)
        result.wait_for_function(f"{CURRENT_TIME} > 0.1")
        # the start's frame, a tenth of a second long, is the first within
        assert (0 < result.evaluate(CURRENT_TIME) - start_s < 0.1) is expected


def harec_start(page):
    """Where the one segment of a result starts that stands alone."""
    return next(t["base"] for t in page.evaluate(TRACES) if t["name"] == "Jumping jacks")


def test_another_result_beside_a_result(result, saved):
    result.get_by_role("button", name="Remove").click()
    until(lambda: result.evaluate(LANES) == ["Person 1"], "no other lane", 0.1)
    drop(result, saved, which="last")
    expect(result.get_by_text("Frame accuracy")).to_be_visible()
    result.get_by_text("another result", exact=True).click()
    expect(result.get_by_text("Cohen's kappa")).to_be_visible()
    expect(result.get_by_text("They say the same.")).to_be_visible()
    assert result.evaluate(LANES) == ["Person 1", "Other"]


def test_what_is_no_label_file_is_told_in_one_line(result, clip, tmp_path):
    result.get_by_role("button", name="Remove").click()
    (tmp_path / "notes.txt").write_text("hello")
    drop(result, tmp_path / "notes.txt", which="last")
    expect(result.get_by_text('"notes.txt" holds no labels')).to_be_visible()
    (tmp_path / "bad.harec-result").write_bytes(b"PK\x03\x04" + bytes(99))
    result.get_by_role("button", name="Other video").click()
    drop(result, tmp_path / "bad.harec-result")
    expect(result.get_by_text('"bad.harec-result" is not a result of harec')).to_be_visible()
    assert result.evaluate(LANES) == ["Person 1"]  # what was there is there


def test_where_another_video_is_chosen_closes_with_it(visit, clip):
    page = visit()
    drop(page, clip)
    page.get_by_role("button", name="Other video").click()
    chooser = page.get_by_test_id("stPopoverBody")
    chooser.locator("input[type=file]").set_input_files(clip)
    expect(chooser).to_have_count(0)
