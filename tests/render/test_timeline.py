import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.actions.segments import Segment
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.analysis.tables import (
    action_totals,
    end_of,
    segment_rows,
)
from harec.core.progress import Timings
from harec.render.palette import ACTION_COLORS, title
from harec.render.timeline import (
    PLOTLY_JS,
    PLOTLY_JS_VERSION,
    probability_figure,
    timeline_figure,
)
from harec.video import VideoInfo


def person(number, segments=(), times=None):
    times = np.arange(0.5, 9.5, 0.1) if times is None else np.asarray(times, float)
    probabilities = np.full((len(times), 7), 0.05, np.float32)
    probabilities[:, LABELS.index(OTHER)] = 0.7
    return PersonResult(
        id=number,
        first_s=0.2,
        last_s=9.8,
        track_times_s=times,
        keypoints_xyc=np.zeros((len(times), 17, 3), np.float32),
        estimate_times_s=times,
        estimate_spans_s=np.stack([times - 0.5, times + 0.5], axis=1),
        probabilities=probabilities,
        segments=tuple(Segment(*segment) for segment in segments),
    )


def analysis(*people, duration_s=10.0):
    info = VideoInfo("clip.mp4", 320, 240, duration_s, 300, Fraction(30), 0, "h264", False)
    return Analysis(info, AnalysisSettings(), tuple(people), Timings({}, 1.0, 300, 300))


TWO = analysis(
    person(1, [("BOXING", 1.0, 3.0, 0.9), ("JUMPING", 5.0, 6.5, 0.8)]),
    person(4, [("BOXING", 2.0, 2.5, 0.7)]),
)


def bars(figure):
    """(lane, start, end, label) of each drawn segment."""
    return [
        (trace.y[i], trace.base[i], trace.base[i] + trace.x[i], trace.customdata[i][1])
        for trace in figure.data
        if trace.type == "bar" and trace.name != "seen"
        for i in range(len(trace.y))
    ]


def test_a_bar_per_segment_in_its_persons_lane_at_its_time():
    assert sorted(bars(timeline_figure(TWO))) == [
        (0, 1.0, 3.0, "BOXING"),
        (0, 5.0, 6.5, "JUMPING"),
        (1, 2.0, 2.5, "BOXING"),
    ]


def test_lanes_are_named_by_person_and_the_first_is_on_top():
    axis = timeline_figure(TWO).layout.yaxis
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True)) == {0: "Person 1", 1: "Person 4"}
    assert axis.range[0] > axis.range[1]


def test_colors_are_the_palettes_and_hover_tells_action_times_confidence():
    (trace,) = [t for t in timeline_figure(TWO).data if t.name == title("JUMPING")]
    assert trace.marker.color == ACTION_COLORS["JUMPING"]
    for part in ("Jumping", "Person 1", "5.00 s", "6.50 s", "80%"):
        assert part in trace.hovertext[0]


def test_time_axis_spans_the_video_and_is_shared():
    figure = timeline_figure(TWO, 4)
    assert tuple(figure.layout.xaxis.range) == (0, 10.0)
    assert figure.layout.xaxis.matches == "x2" or figure.layout.xaxis2.matches == "x"


def test_probabilities_only_of_the_chosen_person():
    assert [t for t in timeline_figure(TWO).data if t.type == "scatter"] == []
    assert [t for t in timeline_figure(TWO, 99).data if t.type == "scatter"] == []
    areas = [t for t in timeline_figure(TWO, 4).data if t.type == "scatter"]
    assert [t.name for t in areas] == [title(label) for label in LABELS]
    assert {t.stackgroup for t in areas} == {"probabilities"}
    np.testing.assert_allclose(np.sum([t.y for t in areas], axis=0), 1, atol=1e-3)


def test_more_people_make_a_higher_figure():
    heights = [
        timeline_figure(analysis(*map(person, range(1, n + 1)))).layout.height for n in (1, 5)
    ]
    assert heights[1] > heights[0] + 100


def test_a_window_counts_back_from_now_and_cuts_bars_at_its_edges():
    figure = timeline_figure(TWO, window_s=(2.2, 6.0))
    assert sorted(bars(figure)) == [
        (0, 2.2, 3.0, "BOXING"),
        (0, 5.0, 6.0, "JUMPING"),
        (1, 2.2, 2.5, "BOXING"),
    ]
    (jump,) = [t for t in figure.data if t.name == title("JUMPING")]
    assert tuple(jump.customdata[0][2:4]) == (5.0, 6.5)  # what it stands for is not cut
    (seen,) = [t for t in figure.data if t.name == "seen"]
    assert seen.base == (2.2, 2.2)
    assert seen.x == pytest.approx((3.8, 3.8))
    axis = figure.layout.xaxis
    assert tuple(axis.range) == (2.2, 6.0)
    assert dict(zip(axis.ticktext, axis.tickvals, strict=True)) == pytest.approx(
        {"−3 s": 3.0, "−2 s": 4.0, "−1 s": 5.0, "now": 6.0}
    )


def test_a_window_has_no_lane_for_who_was_not_there():
    early = person(1)
    late = replace(person(2), first_s=70.0, last_s=80.0)
    figure = timeline_figure(analysis(early, late, duration_s=80.0), window_s=(20.0, 80.0))
    assert figure.layout.yaxis.ticktext == ("Person 2",)
    assert figure.layout.xaxis.ticktext == (
        "−60 s",
        "−50 s",
        "−40 s",
        "−30 s",
        "−20 s",
        "−10 s",
        "now",
    )
    assert bars(timeline_figure(TWO, window_s=(-60.0, 0.0))) == []


def test_nobody_and_no_estimates_still_draw():
    assert bars(timeline_figure(analysis())) == []
    late = person(1, times=[])
    assert len(probability_figure(late).data) == len(LABELS)
    timeline_figure(analysis(late), 1).to_json()


def test_probabilities_drop_to_zero_where_the_person_was_away():
    times = [*np.arange(1, 3, 0.1), *np.arange(6, 8, 0.1)]  # away from 2.9 to 6
    total = np.sum([t.y for t in probability_figure(person(1, times=times)).data], axis=0)
    at = np.array(probability_figure(person(1, times=times)).data[0].x)
    assert total[(at > 2.9005) & (at < 5.9995)].max() == 0
    assert total[at <= 2.9].min() > 0.99
    assert (np.diff(at) >= 0).all()


def test_a_long_video_is_thinned_without_losing_its_ends():
    times = np.arange(0, 3600, 0.1)
    figure = timeline_figure(analysis(person(1, times=times), duration_s=3600.0), 1)
    area = next(t for t in figure.data if t.type == "scatter")
    assert len(area.x) <= 1000
    assert area.x[0] < 10
    assert area.x[-1] > 3580
    assert len(figure.to_json()) < 300_000
    assert figure.layout.xaxis.ticktext[1] == "10:00"


def test_a_narrow_bar_has_room_for_its_text_and_hover_says_all():
    figure = timeline_figure(analysis(person(1, [("WAVING_2HANDS", 1.0, 3.0, 0.9)])))
    trace = next(trace for trace in figure.data if trace.name != "seen" and trace.type == "bar")
    assert trace.text == ("Waving",)
    assert title("WAVING_2HANDS") in trace.hovertext[0]


@pytest.mark.parametrize("label", LABELS)
def test_text_on_bars_is_readable(label):
    """WCAG contrast of at least 4.5 between a bar and its text."""

    def luminance(color):
        parts = [int(color.lstrip("#")[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    figure = timeline_figure(analysis(person(1, [(label, 1, 2, 0.5)])))
    (trace,) = [t for t in figure.data if t.name == title(label)]
    low, high = sorted(luminance(c) for c in (trace.textfont.color, trace.marker.color))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_script_that_draws_is_there():
    assert PLOTLY_JS_VERSION in PLOTLY_JS.read_text(encoding="utf-8")[:400]


def test_rows_and_totals():
    rows = segment_rows(TWO)
    assert [(row.person, row.start_s) for row in rows] == [(1, 1.0), (4, 2.0), (1, 5.0)]
    totals = {t.action: (t.count, t.total_s, t.repetitions) for t in action_totals(rows)}
    assert totals == {"JUMPING": (1, 1.5, None), "BOXING": (2, 2.5, None)}
    assert list(totals) == ["JUMPING", "BOXING"]  # in the order of ACTIONS


def test_repetitions_add_up_and_hover_tells_them():
    counted = analysis(
        person(1, [("JUMPING", 1.0, 3.0, 0.9, 4), ("JUMPING", 5.0, 6.5, 0.8, 1)]),
        person(2, [("JUMPING", 2.0, 2.5, 0.7, 0), ("BOXING", 5.0, 6.0, 0.7)]),
    )
    totals = {t.action: t.repetitions for t in action_totals(segment_rows(counted))}
    assert totals == {"JUMPING": 5, "BOXING": None}
    texts = [t for trace in timeline_figure(counted).data for t in trace.hovertext or ()]
    said = ["4 repetitions", "0 repetitions", "1 repetition"]
    assert [t.rpartition("<br>")[2] for t in texts if "Jumping" in t] == said
    assert all("repetition" not in t for t in texts if "Boxing" in t)


def test_end_of_falls_back_on_what_was_seen():
    assert end_of(TWO) == 10.0
    assert end_of(analysis(person(1), duration_s=None)) == 9.8
    assert end_of(analysis(duration_s=None)) == 0.0


def test_titles_differ_and_unknown_labels_have_one():
    assert len({title(label) for label in ACTIONS}) == 6
    assert title("TREE_POSE") == "Tree pose"


HALF_IMPORTED = """
import sys, threading
sys.path.insert(0, sys.argv[1])
begun, asked = threading.Event(), threading.Event()
sys.modules["rendezvous"] = type(sys)("rendezvous")
sys.modules["rendezvous"].begun, sys.modules["rendezvous"].asked = begun, asked
from harec.render import timeline
importer = threading.Thread(target=__import__, args=("pandas",))
importer.start()
begun.wait()
drawn = threading.Thread(target=timeline.wait_for_pandas)
drawn.start()
drawn.join(0.2)
print("waits" if drawn.is_alive() else "goes on")
asked.set()
drawn.join()
import pandas
print("whole" if hasattr(pandas, "Series") else "half")
"""


def test_figures_wait_for_a_pandas_that_another_thread_imports(tmp_path):
    (tmp_path / "pandas.py").write_text(
        "import rendezvous\nrendezvous.begun.set()\nrendezvous.asked.wait(60)\nSeries = list\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", HALF_IMPORTED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.split() == ["waits", "whole"], run.stderr


@pytest.mark.parametrize("draw", [timeline_figure, lambda a: probability_figure(a.people[0])])
def test_every_figure_asks_for_a_whole_pandas(draw, monkeypatch):
    asked = []
    monkeypatch.setattr("harec.render.timeline.wait_for_pandas", lambda: asked.append(True))
    draw(analysis(person(1)))
    assert asked
