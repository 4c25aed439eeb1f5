"""``import harec``: what it offers, what it leaves alone, and that two lines a task are enough."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import harec
from harec.actions.online_segments import find_segments
from harec.video import VideoReader

REPOSITORY = Path(__file__).parents[1]


def test_surface() -> None:
    assert sorted(harec.__all__) == [
        "ACTIONS",
        "ActionRecognizer",
        "ActionSet",
        "Analysis",
        "AnalysisSettings",
        "CameraFollower",
        "Cancelled",
        "Example",
        "HarecError",
        "InputError",
        "LABELS",
        "ModelError",
        "PersonAction",
        "PersonResult",
        "PersonTracker",
        "PoseEstimator",
        "Poses",
        "Progress",
        "Segment",
        "TrackedPerson",
        "VideoError",
        "WeightsError",
        "__version__",
        "analyze",
        "coach_photo",
        "draw_skeletons",
        "load_result",
        "practise",
        "relabel",
        "render_video",
        "teach",
    ]
    for name in harec.__all__:
        assert getattr(harec, name) is not None
    assert set(harec.__all__) - {"__version__"} == set(dir(harec))
    with pytest.raises(AttributeError):
        harec.no_such_name  # noqa: B018
    assert re.fullmatch(r"\d+\.\d+\.\d+", harec.__version__)


#: Prints what changed in the process, and which heavy modules are there.
_SIDE_EFFECTS = """
import json, os, sys, threading, warnings
before = dict(os.environ), list(warnings.filters), threading.active_count()
import harec
harec.__version__, harec.InputError, dir(harec)
heavy = "torch cv2 onnxruntime numpy scipy pandas streamlit av typer PIL plotly detectron2".split()
print(json.dumps({
    "environment": dict(os.environ) == before[0],
    "warnings": list(warnings.filters) == before[1],
    "threads": threading.active_count() == before[2],
    "heavy": [name for name in heavy if name in sys.modules],
}))
"""


def test_import_changes_nothing_and_loads_nothing_heavy() -> None:
    assert _told(_SIDE_EFFECTS) == {
        "environment": True,
        "warnings": True,
        "threads": True,
        "heavy": [],
    }


#: No setting: nothing leaves the user's machine.
_SILENT = ["ORT_DISABLE_TELEMETRY", "1"]

#: Loads what an analysis loads, and prints the settings of the process that could have changed.
_LOADING = """
import json, os, sys, warnings, cv2, torch
torch.set_num_threads(3), cv2.setNumThreads(3)
before, filters = dict(os.environ), list(warnings.filters)
import harec
from harec.yoga.practice.image_file import is_photo
from pathlib import Path
harec.PoseEstimator("movenet", mode="lightweight"), harec.ActionRecognizer()
is_photo(Path("assets/icon.png"))
try:
    harec.coach_photo("assets/sample.mp4")
except harec.InputError:
    pass
print(json.dumps({
    "torch": torch.get_num_threads(),
    "opencv": cv2.getNumThreads(),
    "environment": sorted({*os.environ.items()} - {*before.items()}),
    "warnings": [str(f[2].__name__) for f in warnings.filters if f not in filters],
}))
"""


@pytest.mark.parametrize(
    ("tune", "expected"),
    [
        # as documented in harec.core.threads
        (
            "",
            {
                "torch": 1,
                "opencv": 1,  # what OpenCV answers after setNumThreads(0)
                "environment": [_SILENT],
                "warnings": ["DecompressionBombWarning"],
            },
        ),
        pytest.param(
            "0",
            {"torch": 3, "opencv": 3, "environment": [_SILENT], "warnings": []},
            marks=pytest.mark.long,
        ),
    ],
)
def test_what_loading_changes_is_documented_and_can_be_left_out(
    tune: str, expected: dict[str, object]
) -> None:
    told = _told(_LOADING, HAREC_TUNE=tune)
    names = set(told["warnings"])
    told["warnings"] = sorted(n for n in names if n == "DecompressionBombWarning")
    assert told == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active"), ({"HAREC_TUNE": "0"}, None)],
)
def test_own_programs_say_how_pytorch_waits(
    environment: dict[str, str], expected: str | None
) -> None:
    code = (
        "import json, os\nfrom harec.core.threads import tune_process\ntune_process()\n"
        "print(json.dumps(os.environ.get('OMP_WAIT_POLICY')))"
    )
    assert _told(code, **environment) == expected


_OURS = ("OMP_WAIT_POLICY", "HAREC_TUNE", "ORT_DISABLE_TELEMETRY")


def _told(code: str, **environment: str) -> dict[str, object]:
    inherited = {k: v for k, v in os.environ.items() if k not in _OURS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def clip(make_clip) -> Path:
    path, _ = make_clip("JUMPING_JACKS:3,STANDING:2,WAVING_2HANDS:3", fps=12)
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "annotated.mp4"


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """Stages of the analysis."""
    return []


@pytest.fixture(scope="module")
def analysis(clip: Path, out: Path, seen: list[str]) -> harec.Analysis:
    return harec.analyze(
        str(clip),
        harec.AnalysisSettings(mode="lightweight", skip=0),
        video_out=str(out),
        on_progress=lambda progress: seen.append(progress.stage),
    )


def test_a_whole_video(analysis: harec.Analysis, out: Path, seen: list[str]) -> None:
    segments = analysis.people[0].segments
    assert [s.action for s in segments] == ["JUMPING_JACKS", "WAVING_2HANDS"]
    assert out.is_file()
    assert (seen[0], seen[-1]) == ("load", "done")


def test_a_source_is_never_replaced_by_its_annotated_video(
    clip: Path, analysis: harec.Analysis, out: Path, tmp_path: Path
) -> None:
    source, link = tmp_path / "source.mp4", tmp_path / "link.mp4"
    source.write_bytes(clip.read_bytes())
    link.symlink_to(source)
    for place in (source, link):
        with pytest.raises(harec.InputError, match="is the input itself"):
            harec.render_video(analysis, source, place)
        with pytest.raises(harec.InputError, match="is the input itself"):
            harec.analyze(source, video_out=place)
    assert source.read_bytes() == clip.read_bytes()
    with pytest.raises(harec.InputError, match=r"written as \.mp4"):
        harec.render_video(analysis, source, tmp_path / "out.avi")
    with pytest.raises(harec.InputError, match="is another video than the one"):
        harec.render_video(analysis, out, tmp_path / "out.mp4")  # whose people are elsewhere
    assert sorted(tmp_path.iterdir()) == [link, source]


@pytest.mark.parametrize("smoothing_s", [-1.0, float("nan"), float("inf")])
def test_a_smoothing_that_is_no_time_is_refused_by_its_name(smoothing_s: float) -> None:
    with pytest.raises(harec.InputError, match="smoothing must be"):
        harec.AnalysisSettings(smoothing_s=smoothing_s)


def test_a_video_is_no_result(clip: Path) -> None:
    with pytest.raises(harec.InputError, match="is a video: choose a result"):
        harec.load_result(clip)


def test_other_thresholds(analysis: harec.Analysis) -> None:
    strict = harec.relabel(
        analysis, harec.AnalysisSettings(mode="lightweight", skip=0, action_threshold=1.0)
    )
    assert analysis.people[0].segments
    assert not strict.people[0].segments


def test_tables_and_documents(analysis: harec.Analysis) -> None:
    frame = analysis.to_pandas()
    segments = json.loads(analysis.to_json())["people"][0]["segments"]
    assert list(frame["action"]) == [s["action"] for s in segments]
    assert list(frame["start_s"].round(3)) == [s["start_s"] for s in segments]


def test_a_stream_says_what_the_file_says(clip: Path, analysis: harec.Analysis) -> None:
    estimator = harec.PoseEstimator("movenet", mode="lightweight")
    tracker, recognizer = harec.PersonTracker(), harec.ActionRecognizer()
    camera = harec.CameraFollower()
    actions: list[harec.PersonAction] = []
    with VideoReader(clip, exact=False) as frames:
        for frame in frames:
            poses = camera.follow(frame.time_s, frame.rgb, estimator(frame.rgb))
            people = tracker.update(frame.time_s, poses)
            actions += recognizer.update(frame.time_s, people)
    live = [action.action for action in actions if action.action]
    actions += recognizer.finish()
    (person,) = analysis.people
    assert list(dict.fromkeys(live)) == [segment.action for segment in person.segments]
    probabilities = np.array([action.probabilities for action in actions])
    np.testing.assert_allclose(probabilities, person.probabilities, atol=1e-5)
    segments = find_segments(
        np.array([action.time_s for action in actions]),
        np.array([[action.start_s, action.end_s] for action in actions]),
        probabilities,
        recognizer.settings,
    )
    assert [(s.action, round(s.start_s, 3), round(s.end_s, 3)) for s in segments] == [
        (s.action, round(s.start_s, 3), round(s.end_s, 3)) for s in person.segments
    ]


def test_nobody_in_a_stream() -> None:
    tracker, recognizer = harec.PersonTracker(), harec.ActionRecognizer()
    assert tracker.update(0.0, None) == []
    assert recognizer.update(0.0, None) == []
    assert recognizer.update(0.1, tracker.update(0.1, harec.Poses.empty())) == []


def test_yoga_takes_paths_as_text(tmp_path: Path) -> None:
    with pytest.raises(harec.InputError, match=r"photo\.jpg"):
        harec.coach_photo(str(tmp_path / "photo.jpg"))
    with pytest.raises(harec.VideoError, match=r"practice\.mp4"):
        harec.practise(str(tmp_path / "practice.mp4"))
    with pytest.raises(harec.VideoError, match=r"clip\.mp4"):
        harec.analyze(str(tmp_path / "clip.mp4"))
