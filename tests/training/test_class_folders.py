"""Folders of own videos: what is taken for what is said, and doubt stops the work before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harec.core.errors import InputError
from harec.training.class_folders import label_of, labelled_videos, parse_labels


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("JUMPING_JACKS", "JUMPING_JACKS"),
        ("Jumping-Jacks", "JUMPING_JACKS"),
        ("jumping jacks", "JUMPING_JACKS"),
        ("waving.2hands", "WAVING_2HANDS"),
        ("cooking", "COOKING"),
        ("walking", "WALKING"),
        ("Toe Touch 1Hand", "TOE_TOUCH_1HAND"),
        ("jump_forward", "JUMP_FORWARD"),  # known, and neither taught nor judged
        ("other", "OTHER"),
        ("Stretching", "STRETCHING"),
        ("食事", "食事"),
    ],
)
def test_what_a_folder_stands_for(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("clapping", "CLAPPING_HANDS"),
        ("Clap", "CLAPPING_HANDS"),
        ("jumpingjacks", "JUMPING_JACKS"),
        ("JUMPING_JACK", "JUMPING_JACKS"),
        ("star-jumps jack", "JUMPING_JACKS"),
        ("jump", "JUMPING"),
        ("Boxng", "BOXING"),
        ("box", "BOXING"),
        ("shadow boxing", "BOXING"),
        ("waving", "WAVING_2HANDS or WAVING_1HAND"),
        ("wave one hand", "WAVING_2HANDS or WAVING_1HAND"),
        ("WAVING_2HAND", "WAVING_2HANDS"),
    ],
)
def test_a_name_that_is_nearly_an_actions_is_asked_about(name: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        label_of(name)
    assert meant in str(caught.value)
    assert f'--label "{name}=OTHER"' in str(caught.value)


def test_what_is_taken_for_what_is_said(tmp_path: Path) -> None:
    put(tmp_path, "Jumping-Jacks/anna_1.MTS", "Jumping-Jacks/Anna-2.mpg", "hugs/ben.mp4")
    put(tmp_path, "hugs/notes.txt", "hugs/.harec-0.part.mp4", "clap/ben_2.m4v", "loose.mp4")
    said: list[str] = []
    videos = labelled_videos(tmp_path, {"clap": "clapping hands"}, "names", said.append)
    assert [(v.label, v.person, v.path.name) for v in videos] == [
        ("JUMPING_JACKS", "anna", "Anna-2.mpg"),
        ("JUMPING_JACKS", "anna", "anna_1.MTS"),
        ("CLAPPING_HANDS", "ben", "ben_2.m4v"),
        ("HUGS", "ben", "ben.mp4"),
    ]
    assert said == [
        "left out: loose.mp4: it is in no folder that says what is done",
        "Jumping-Jacks: JUMPING_JACKS, 2 videos",
        "clap: CLAPPING_HANDS, 1 video",
        "left out: hugs/notes.txt: no video, by its ending",
        "hugs: OTHER (HUGS), 1 video",
        "people: anna (2 videos), ben (2 videos)",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "VID_20260301_1200", "IMG-1234", "PXL_2026", "20260301_120000", "GH010042", "MVI_0001",
        "WhatsApp Video 2026-03-01", "clip_7", "Screen Recording 2026", "video1", "DSC_0001",
    ],
)  # fmt: skip
def test_a_cameras_names_are_no_people(name: str, tmp_path: Path) -> None:
    put(tmp_path, f"BOXING/{name}.mp4", "BOXING/anna_2.mp4")
    with pytest.raises(InputError, match=r"names no person.*--people one.*--people each"):
        labelled_videos(tmp_path, {}, "names")
    said: list[str] = []
    assert len({v.person for v in labelled_videos(tmp_path, {}, "each")}) == 2
    assert len({v.person for v in labelled_videos(tmp_path, {}, "one", said.append)}) == 1
    assert "One person only" in said[-1]


@pytest.mark.parametrize("name", ["1_a", "p2", "anna-maria_1", "Camille", "victor_1", "cameron_2"])
def test_people_are_people(name: str, tmp_path: Path) -> None:
    put(tmp_path, f"BOXING/{name}.mp4")
    assert len(labelled_videos(tmp_path, {}, "names")) == 1


@pytest.mark.parametrize(
    ("labels", "words"),
    [(["none=OTHER"], "no folder"), (["hugs=HUG"], "is none of"), (["hugs"], "FOLDER=LABEL")],
)
def test_an_answer_must_fit(labels: list[str], words: str, tmp_path: Path) -> None:
    put(tmp_path, "hugs/ben.mp4")
    with pytest.raises(InputError, match=words):
        labelled_videos(tmp_path, parse_labels(labels), "names")
