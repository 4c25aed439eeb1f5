"""JSON documents in which some values are others: read, or refused in one line; never anything
else."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from saved_results import made_result

import harec
from harec.core.errors import InputError
from harec.formats import export_result, read_annotations, read_keypoints
from harec.formats.read import Hint

#: What stands where something else should.
JUNK: list[Any] = [
    None, True, -1, 0, 1.5, -0.5, 1e308, 2**70, 10**400, "", "nan", "x" * 300, "\ud800", "../../x",
    [], [[]], [None], {}, {"a": 1},
]  # fmt: skip
LABEL_STUDIO = [
    {
        "data": {"video": "clip.mp4", "fps": 25},
        "annotations": [
            {
                "result": [
                    {
                        "value": {"ranges": [{"start": 1, "end": 9}], "timelinelabels": ["a"]},
                        "from_name": "b",
                    },
                    {"value": {"start": 1.0, "end": 2.0, "labels": ["c"]}},
                ]
            }
        ],
    }
]
HINT = Hint("clip.mp4", 25)
READERS: dict[str, Callable[[Path], object]] = {
    "json": lambda path: (harec.load_result(path), read_annotations(path, HINT)),
    "activitynet": lambda path: read_annotations(path, HINT),
    "boris": lambda path: read_annotations(path, HINT),
    "label-studio": lambda path: read_annotations(path, HINT),
    "coco": lambda path: read_keypoints(path, (640, 480)),
    "saved": harec.load_result,
}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a document; of long lists the first ones'."""
    if way:
        yield way
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*way, key))
    elif isinstance(value, list):
        for index in range(min(len(value), 4)):
            yield from places(value[index], (*way, index))


def mutated(document: Any, chance: random.Random) -> Any:
    document = copy.deepcopy(document)
    for way in chance.sample([*places(document)], 2):
        with suppress(KeyError, IndexError, TypeError):  # the first change took the second's place
            holder = document
            for key in way[:-1]:
                holder = holder[key]
            if chance.random() < 0.2:
                del holder[way[-1]]
            else:
                holder[way[-1]] = copy.deepcopy(chance.choice(JUNK))
    return document


def document_of(name: str, path: Path) -> Any:
    result = made_result(2, 4)
    if name == "json":
        return json.loads(result.to_json(keypoints=True))
    if name == "label-studio":
        return LABEL_STUDIO
    if name == "saved":
        result.save(path)
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("result.json"))
    export_result(result, name, path)
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", READERS)
def test_mutated_documents_are_read_or_refused(name: str, tmp_path: Path) -> None:
    original, path = tmp_path / f"a.{name}", tmp_path / "b"
    document, chance = document_of(name, original), random.Random(19)
    refused = 0
    for _ in range(200):
        text = json.dumps(mutated(document, chance))
        if name == "saved":
            with zipfile.ZipFile(original) as source, zipfile.ZipFile(path, "w") as target:
                for each in source.namelist():
                    target.writestr(each, text if each == "result.json" else source.read(each))
        else:
            path.write_text(text, encoding="utf-8")
        try:
            READERS[name](path)
        except InputError as error:
            refused += "\n" not in str(error)
    assert 50 < refused < 200
