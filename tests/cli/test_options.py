"""The options that commands share."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from harec.analysis.results import AnalysisSettings
from harec.cli import options
from harec.cli.main import app as harec_app


def test_a_command_gets_the_settings_that_were_chosen() -> None:
    app, seen = typer.Typer(), []

    @app.command()
    @options.analysis_options
    def look(
        video: Annotated[str, typer.Argument()],
        make_settings: options.MakeSettings = options.make_settings,
        rate: options.Rate = None,
    ) -> None:
        seen.append((video, make_settings("movenet"), rate))

    words = "a.mp4 --smoothing 0.1 --bystanders --turn 90 --skip 2 --rate 25"
    for arguments in (words.split(), ["b.mp4", "--estimator", "detectron2"]):
        assert CliRunner().invoke(app, arguments).exit_code == 0
    chosen = AnalysisSettings("movenet", skip=2, smoothing_s=0.1, bystanders=True, turn_deg=90)
    assert seen == [
        ("a.mp4", chosen, 25),
        ("b.mp4", AnalysisSettings("detectron2"), None),
    ]


@pytest.mark.parametrize("name", ["batch", "live"])
def test_shared_options_are_those_of_analyze(name: str) -> None:
    commands = typer.main.get_command(harec_app).commands  # type: ignore[attr-defined]
    analyze, other = ({p.name: p for p in commands[each].params} for each in ("analyze", name))
    shared = set(analyze) & set(other) - {"video", "keypoints"}  # batch has flags of that name
    assert {"estimator", "mirrored", "rate", "precision", "max_people"} <= shared
    for each in shared:
        assert analyze[each].help == other[each].help
        assert analyze[each].default == other[each].default


def test_a_missing_video_is_told_before_torch_is_loaded() -> None:
    code = "import sys, harec.cli.main as cli\ntry: cli.main(['analyze', 'gone.mp4'])\n"
    code += "except SystemExit as end: print(end.code, 'torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["2", "False"]
    assert "There is no file" in ran.stderr
