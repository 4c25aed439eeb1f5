"""The Library page's states, run by AppTest: filters, links to moments, what it hands out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_library import fill_library
from page_reading import alerts, sent, text
from s3_server import moto_is_here, s3_server
from saved_results import made_result
from streamlit.testing.v1 import AppTest

from dashboard.library import libraries
from dashboard.server.process import files
from harec.batch.store import Store

PLAYER = "harec_player"
SEGMENTS = [
    (f"Cam{i}.mp4", segment)
    for i in range(4)
    for person in made_result(seed=i).people
    for segment in person.segments
]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the server's owner name libraries."""

    def name(text: str) -> None:
        monkeypatch.setenv("HAREC_LIBRARY", text)
        libraries.named.cache_clear()

    yield name
    libraries.named.cache_clear()
    libraries._opened.clear()


@pytest.fixture
def folder(tmp_path: Path, clip: bytes) -> Path:
    fill_library(Store(str(tmp_path / "films")), annotated=clip)
    return tmp_path / "films"


@pytest.fixture
def open_library(open_page, named, folder) -> Callable[..., AppTest]:
    """Opens the page, perhaps by a link: open_library(video="cam1-x", t="3")."""

    def open_library(name: str = "", **link: str) -> AppTest:
        named(name or str(folder))
        page = open_page()
        for key, value in link.items():
            page.query_params[key] = value
        page.switch_page("pages/library.py").run()
        for key, value in link.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception
        return page

    return open_library


def heading(page: AppTest) -> str:
    return next(each.value for each in page.subheader if " in " in each.value)


def test_without_a_library_the_page_says_how_to_name_one(open_page, named) -> None:
    named("")
    page = open_page().switch_page("pages/library.py").run()
    assert "No library is open on this server" in alerts(page)


def test_a_library_that_is_not_there_is_told(open_library, tmp_path: Path) -> None:
    assert "There is no library at" in alerts(open_library(str(tmp_path / "none")))


def test_totals_and_filters(open_library) -> None:
    page = open_library()
    assert {each.label: each.value for each in page.metric} == {
        "Videos": "5",
        "Minutes": "1",
        "People": "10",
        "Moments": str(len(SEGMENTS) + 1),
        "Failed": "1",
    }
    assert heading(page) == f"{len(SEGMENTS) + 1} moments in 5 videos"
    page.multiselect[0].set_value(["BOXING"]).run()
    boxing = [name for name, segment in SEGMENTS if segment.action == "BOXING"]
    assert heading(page).startswith(f"{len(boxing)} moment")
    page.text_input[0].set_value("cam?.mp4").run()
    page.multiselect[0].set_value([]).run()
    assert heading(page) == f"{len(SEGMENTS)} moments in 4 videos"
    page.text_input[0].set_value("nothing like it").run()
    assert heading(page) == "0 moments in 0 videos"
    assert "take filters back" in text(page)


def test_a_link_opens_the_player_at_its_moment(open_library, folder: Path) -> None:
    page = open_library(video="cam1-x", t="3.5")
    data = sent(page, PLAYER)
    assert data["seek"]["at"] == 3.5
    assert [lane["id"] for lane in data["people"]] == [1, 2]
    assert len(data["people"][0]["segments"]) == 3
    token = data["video"]["url"].rpartition("/")[2]
    assert files()._files[token].path == folder / "annotated" / "cam1-x.mp4"


def test_without_an_annotated_video_the_timeline_stands_alone(open_library) -> None:
    page = open_library(video="cam2-x", t="1")
    assert sent(page, PLAYER)["video"] is None
    assert "no annotated video" in alerts(page)


def test_a_practice_has_lanes_of_holds(open_library) -> None:
    (lane,) = sent(open_library(video="yoga-x"), PLAYER)["people"]
    assert [each["title"] for each in lane["segments"]] == ["Tree left"]


def test_a_library_in_a_bucket_hands_out_a_copy(
    open_library, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not moto_is_here():
        pytest.skip("no moto here: `make test` installs it in .venv/s3")
    with s3_server("films") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        fill_library(Store("s3://films/lib"), annotated=clip)
        page = open_library("s3://films/lib", video="cam1-x", t="0.5")
        token = sent(page, PLAYER)["video"]["url"].rpartition("/")[2]
        copy = files()._files[token].path
        assert copy.read_bytes() == clip
        page.query_params["video"] = "cam2-x"
        page.run()
        assert token not in files()._files  # nobody can fetch what is not shown any more


@pytest.mark.parametrize("video", ["gone-x", "../../../etc/passwd", "cam0-old"])
def test_links_to_what_is_not_in_the_library_lead_nowhere(open_library, video: str) -> None:
    page = open_library(video=video, t="1")
    assert "not in this library" in alerts(page)
    with pytest.raises(AssertionError):
        sent(page, PLAYER)


@pytest.mark.parametrize("time", ["nan", "-1", "soon", "inf"])
def test_links_with_a_time_that_is_none_open_nothing(open_library, time: str) -> None:
    page = open_library(video="cam1-x", t=time)
    assert heading(page)
    with pytest.raises(AssertionError):
        sent(page, PLAYER)


def test_visitors_choose_among_names_never_paths(open_library, folder: Path) -> None:
    page = open_library(f"Films={folder};{folder}/none;{folder}/none", library=str(folder.parent))
    assert libraries.named() == {
        "Films": str(folder),
        "none": f"{folder}/none",
        "none (2)": f"{folder}/none",
    }
    assert heading(page).endswith("in 5 videos")  # the first one
    assert str(folder) not in text(page)
