"""Loaders that are asked from several threads at once."""

from __future__ import annotations

import threading

import pytest
from waiting import PATIENCE_S

from harec.actions.model import ActionModel, load_action_model
from harec.core.loading import once
from harec.pose import movenet_onnx


def ask_at_once(load, count=4):
    """What ``load`` answers to threads that all begin at the same moment."""
    start, answers = threading.Barrier(count), []

    def ask() -> None:
        start.wait(PATIENCE_S)
        answers.append(load())

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(answers) == count
    return answers


def slow(load, calls):
    """``load``, noted in ``calls``; long enough for all others to ask meanwhile."""

    def answer(*args, **kwargs):
        calls.append(args)
        threading.Event().wait(0.05)
        return load(*args, **kwargs)

    return answer


def test_threads_that_ask_at_once_share_one() -> None:
    calls: list[tuple[object, ...]] = []
    load = once(slow(lambda number: [number], calls))
    first, *others = ask_at_once(lambda: load(1))
    assert all(other is first for other in others)
    assert load(2) is not first
    assert calls == [(1,), (2,)]


def test_an_error_is_not_kept() -> None:
    answers = iter([ValueError("damaged"), "whole"])

    @once
    def load() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="damaged"):
        load()
    assert load() == load() == "whole"


def test_a_pose_network_is_loaded_once(monkeypatch, tmp_path) -> None:
    calls: list[tuple[object, ...]] = []
    runtime = movenet_onnx.onnxruntime
    monkeypatch.setattr(runtime, "InferenceSession", slow(runtime.InferenceSession, calls))
    # A path of this test's: not asked for before.
    path = tmp_path / "lightning.onnx"
    path.symlink_to(movenet_onnx.MODELS_DIR / "movenet-lightning.onnx")
    first, *others = ask_at_once(lambda: movenet_onnx.load_session(path, 1))
    assert all(other is first for other in others)
    assert len(calls) == 1


def test_the_action_model_is_loaded_once(monkeypatch, tmp_path) -> None:
    calls: list[tuple[object, ...]] = []
    path = tmp_path / "model.safetensors"
    load_action_model().save(path)
    monkeypatch.setattr(ActionModel, "load", slow(ActionModel.load, calls))
    first, *others = ask_at_once(lambda: load_action_model(path))
    assert all(other is first for other in others)
    assert calls == [(path,)]
