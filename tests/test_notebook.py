"""The notebook runs as it stands, on a film of its own, and shows what it promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
PATH = ROOT / "notebooks" / "quickstart.ipynb"
FACTS = """
import json
print(json.dumps({
    "segments": [(p.id, s.action) for p in result.people for s in p.segments],
    "frames": result.video.frames,
    "people": len(people),
}))
"""


def test_no_outputs_are_kept() -> None:
    for cell in nbformat.read(PATH, as_version=4).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def outputs(notebook: Any, id_: str) -> dict[str, Any]:
    """What a cell shows, by MIME type; printed text as ``stdout``."""
    cell = next(cell for cell in notebook.cells if cell.id == id_)
    shown: dict[str, Any] = {}
    for output in cell.outputs:
        assert output.output_type != "error"
        shown |= output.data if "data" in output else {output.name: output.text}
    return shown


@pytest.mark.long
def test_the_notebook_finds_the_actions_and_shows_them(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(PATH, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(FACTS, id="facts"))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=None, kernel_name="python3", resources=resources).execute()

    facts = json.loads(outputs(notebook, "facts")["stdout"])
    assert sorted(action for _, action in facts["segments"]) == ["CLAPPING_HANDS", "JUMPING_JACKS"]
    assert len({person for person, _ in facts["segments"]}) == facts["people"] == 2
    table = outputs(notebook, "analyse")["text/html"]
    assert "JUMPING_JACKS" in table
    assert "CLAPPING_HANDS" in table
    figure = outputs(notebook, "timeline")["application/vnd.plotly.v1+json"]
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert any("base" in trace for trace in bars)
    assert "data:video/mp4;base64," in outputs(notebook, "annotated")["text/html"]
    with av.open(str(tmp_path / "annotated.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in container.decode(video=0)) == facts["frames"] == 90
    assert "image/png" in outputs(notebook, "image")
