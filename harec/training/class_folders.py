"""Folders of labelled videos, LABEL/PERSON_name.mp4: which is taken for what, told, not guessed."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.core.errors import InputError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.core.text import readable
from harec.training.negatives import AMBIGUOUS, GESTURE_LIKE, LOOKALIKES, is_gesture

#: Who is on a video: what its name begins with, one person on all, or another one on each.
People = Literal["names", "one", "each"]
#: Words as alike as this may be the same one, misspelt.
_ALIKE: Final = 0.8
#: What cameras and programs, not people, are called: the beginnings of the names they give.
_CAMERAS: Final = frozenset(
    """
    vid video img image mov movie mvi pxl dsc dscn dscf dcim gopr gopro dji cimg sam wp wa whatsapp
    signal telegram snapchat instagram tiktok youtube screen screenrecording recording record rec
    film clip capture webcam camera cam untitled trim edited export output inshot
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class LabelledVideo:
    """A file, what is done on it, and who does it."""

    path: Path
    label: str
    person: str


def labelled_videos(
    folder: Path,
    labels: Mapping[str, str],
    people: People,
    say: Callable[[str], None] = lambda _: None,
) -> list[LabelledVideo]:
    """The videos of ``folder/LABEL/``, and in words what each folder and name is taken for.

    Args:
        labels: what folders with other names are, by their names: an action or OTHER.
        people: see `People`.

    Raises:
        InputError: no videos there; a folder's name that is nearly an action's; names that are a
            camera's and no person's.
    """
    if people not in get_args(People):
        raise InputError(f"People are told apart by {', '.join(get_args(People))}, not {people!r}.")
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    rooms = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    given = _given({room.name for room in rooms}, labels)
    for file in sorted(p for p in folder.iterdir() if p.is_file() and _is_shown(p)):
        say(f"left out: {file.name}: it is in no folder that says what is done")
    videos: list[LabelledVideo] = []
    for room in rooms:
        files = sorted(p for p in room.iterdir() if p.is_file() and _is_shown(p))
        found = [p for p in files if ending(p) in VIDEO_ENDINGS]
        for file in files:
            if file not in found:
                say(f"left out: {room.name}/{file.name}: no video, by its ending")
        if not found:
            continue
        label = given.get(room.name) or label_of(room.name)
        say(f"{room.name}: {_meaning(label)}, {_videos(len(found))}")
        videos += [LabelledVideo(p, label, _person(p, people)) for p in found]
    if not videos:
        raise InputError(f"No videos in {folder}: put them into folders, as BOXING/anna_1.mp4.")
    _tell_people(videos, people, say)
    return videos


def label_of(name: str) -> str:
    """What a folder's name stands for: one of the six actions, however it is written, or itself.

    Raises:
        InputError: it is nearly an action's name, and no known name of something else.
    """
    words = words_of(name)
    label = "_".join(words)
    if label in ACTIONS or label in _KNOWN or is_gesture(label) or not words:
        return label or readable(name)
    near = [action for action in ACTIONS if _near(words, words_of(action))]
    if near:
        raise InputError(
            f'The folder "{name}" may be meant for {" or ".join(near)}: rename it, or say what it '
            f'is: --label "{name}={near[0]}" or --label "{name}={OTHER}".'
        )
    return label


_KNOWN: Final = AMBIGUOUS | GESTURE_LIKE | LOOKALIKES | {OTHER}


def words_of(name: str) -> list[str]:
    """What a name says, however it is written: `Jumping-Jacks` is JUMPING, JACKS."""
    return re.findall(r"[^\W_]+", readable(name).upper())


def _near(words: Sequence[str], action: Sequence[str]) -> bool:
    """Whether any word is nearly one of the action's (JUMP, CLAPING), or all together are."""
    kinds = [word for word in action if word not in ("HANDS", "1HAND", "2HANDS")]
    pairs = [(a, b) for a in words for b in kinds] + [("".join(words), "".join(action))]
    return any(
        difflib.SequenceMatcher(None, a, b).ratio() >= _ALIKE
        or (len(a) >= 3 and b.startswith(a[:-1] if a.endswith("E") else a))
        for a, b in pairs
    )


def _given(rooms: set[str], labels: Mapping[str, str]) -> dict[str, str]:
    given = {}
    for name, label in labels.items():
        if name not in rooms:
            raise InputError(f'--label: there is no folder "{name}" here.')
        given[name] = "_".join(words_of(label))
        if given[name] not in LABELS:
            raise InputError(f"--label: {label!r} is none of {', '.join(LABELS)}.")
    return given


def _meaning(label: str) -> str:
    if label in AMBIGUOUS:
        return f"{label}, neither taught nor judged"
    return label if label in LABELS else f"{OTHER} ({label})"


def _videos(count: int) -> str:
    return f"{count} video{'' if count == 1 else 's'}"


def _is_shown(path: Path) -> bool:
    return not path.name.startswith(".")


def _person(path: Path, people: People) -> str:
    if people == "one":
        return "one"
    stem = readable(path.stem)
    return f"{path.parent.name}/{stem}" if people == "each" else re.split(r"[_-]", stem)[0].lower()


def _tell_people(
    videos: Sequence[LabelledVideo], people: People, say: Callable[[str], None]
) -> None:
    counts = Counter(video.person for video in videos)
    if people == "names":
        cameras = [person for person in counts if _is_camera(person)]
        if cameras:
            file = next(v.path.name for v in videos if v.person == cameras[0])
            raise InputError(
                f'"{file}" names no person: "{cameras[0]}" is what a camera calls its files. '
                f'Rename them, as "anna_{file}", or say --people one (all are of one person) or '
                "--people each (each is of another)."
            )
    shown = [f"{person} ({_videos(count)})" for person, count in sorted(counts.items())[:20]]
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    say(f"people: {', '.join(shown)}{more}")
    if len(counts) == 1:
        say("One person only: nobody is left to judge by what was learnt from them.")


def _is_camera(person: str) -> bool:
    """ "vid", "img", "gh010012", "20260301", "whatsapp video 2026": no person's name."""
    word = re.split(r"[\s.(]", person.strip())[0]
    letters = re.sub(r"\d+$", "", word)
    if letters in _CAMERAS or (letters in ("gh", "gx", "gp", "p", "mah", "c") and len(word) > 4):
        return True
    return letters == "" and (len(word) >= 6 or word == "")


def parse_labels(texts: Sequence[str]) -> dict[str, str]:
    """ "clapping=CLAPPING_HANDS" as {"clapping": "CLAPPING_HANDS"}.

    Raises:
        InputError: no such pair.
    """
    pairs = [text.rpartition("=") for text in texts]
    for text, (name, _, label) in zip(texts, pairs, strict=True):
        if not name or not label:
            raise InputError(f"--label must be FOLDER=LABEL, such as clapping=OTHER, not {text!r}.")
    return {name: label for name, _, label in pairs}
