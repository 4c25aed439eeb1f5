"""The pipeline of a session: made when it is first needed, told what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from harec.analysis.results import AnalysisSettings
from harec.live.protocols import ExtraT, MakePipeline, Pipeline


@dataclass(frozen=True)
class Wanted:
    """What the pipeline should work with.

    Attributes:
        generation: grows with every reset.
        settings: those of the viewer.
    """

    generation: int
    settings: AnalysisSettings


class PipelineHolder(Generic[ExtraT]):
    """Only the worker of the session's stream may call `prepare`; the rest is for any thread."""

    def __init__(self, make: MakePipeline[ExtraT]) -> None:
        self._make = make
        self._pipeline: Pipeline[ExtraT] | None = None
        self._known: Wanted | None = None  # what the pipeline was told last

    @property
    def pipeline(self) -> Pipeline[ExtraT] | None:
        """None before the first `prepare` and after `drop`."""
        return self._pipeline

    def must_load(self, wanted: Wanted) -> bool:
        """Whether `prepare` takes long."""
        known = self._known
        if self._pipeline is None or known is None:
            return True
        return wanted.settings.needs_pose(known.settings)

    def prepare(self, wanted: Wanted) -> Pipeline[ExtraT]:
        """The pipeline, told all that is wanted; takes seconds when models load.

        Raises:
            ModelError: a model file is missing or damaged.
        """
        known, pipeline = self._known, self._pipeline
        if pipeline is None:
            self._pipeline = pipeline = self._make(wanted.settings)
        elif known is not None:
            if wanted.generation != known.generation:
                pipeline.reset()
            if wanted.settings != known.settings:
                pipeline.change(wanted.settings)
        self._known = wanted
        return pipeline

    def relabel(self, settings: AnalysisSettings) -> None:
        """Name at once what was seen lately as these settings say."""
        if self._pipeline is not None:
            self._pipeline.relabel(settings)

    def drop(self) -> None:
        """Free the models' memory."""
        self._pipeline = None
