"""One visitor's photo: what was uploaded, the job that coaches it, what came out."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.server.jobs import Job
from dashboard.visitor import PageState, Visitor
from dashboard.yoga.jpeg import as_jpeg
from harec.analysis.engines import estimator_of
from harec.analysis.results import AnalysisSettings
from harec.yoga.coaching.coach import AsanaCoach, Coaching

if TYPE_CHECKING:
    from harec.yoga.practice.image_file import RGB
    from harec.yoga.practice.photo import PhotoResult


@dataclass
class PhotoOutcome:
    """What a photo gave.

    Attributes:
        result: as the worker gave it.
        settings: of the pose model's inference.
        picture: as it was read, uint8 (H, W, 3), before turn and flip.
        cache: coaching and drawn photo, by threshold.
        version: differs from that of all other photos' outcomes.
        saved: the visitor has taken it home.
    """

    result: PhotoResult
    settings: AnalysisSettings
    picture: RGB = field(repr=False)
    cache: dict[float, tuple[Coaching | None, bytes]] = field(default_factory=dict)
    version: str = field(default_factory=lambda: secrets.token_hex(4))
    saved: bool = False

    def at(self, threshold: float) -> tuple[Coaching | None, bytes]:
        """The coaching under a threshold, and the photo with it drawn, as a JPEG file.

        Milliseconds: the body was found before.
        """
        if threshold not in self.cache:
            self.cache.clear()
            self.cache[threshold] = self._coached(threshold)
        return self.cache[threshold]

    def _coached(self, threshold: float) -> tuple[Coaching | None, bytes]:
        from harec.yoga.output.overlay import draw_coaching

        result = self.result
        if result.keypoints_xyc is None:
            return None, as_jpeg(result.rgb)
        coaching = AsanaCoach(threshold=threshold).look(result.keypoints_xyc)
        return coaching, as_jpeg(draw_coaching(result.rgb, result.keypoints_xyc, coaching))


class PhotoJob(PageState):
    """Used by the script's thread; the job only reads.

    Attributes:
        job: the inference that waits or runs.
        storage: where an upload lies until it has been read.
        problem: what is wrong with the last photo: one plain sentence.
        outcome: of the last photo that could be read.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.job: Job | None = None
        self.problem: str | None = None
        self.outcome: PhotoOutcome | None = None
        self.storage = visitor.new_storage()
        self._visitor = visitor

    def coach(self, image: Path | RGB, name: str, settings: AnalysisSettings) -> None:
        """Put a photo in line, instead of one that waits.

        Args:
            image: a file, which is read in the worker; or pixels.
        """
        if self.job is not None:
            self.job.cancel()

        def work(report: Callable[[Any], None], cancel: threading.Event) -> PhotoOutcome:
            from harec.yoga.practice.photo import coach_photo, read_picture

            estimator = estimator_of(settings)
            picture = read_picture(image, name) if isinstance(image, Path) else image
            result = coach_photo(picture, name, estimator=estimator, correction=settings.correction)
            return PhotoOutcome(result, settings, picture)

        self.problem = None
        self.job = self._visitor.submit(work)

    def collect(self) -> None:
        """Take over an inference that has ended."""
        job = self.job
        if job is None or not job.ended:
            return
        self.job = None
        self.problem = job.error
        if job.error is not None or job.result is not None:
            self.outcome = job.result  # an earlier photo's result would be taken for this one's
        self.storage.keep_only(())  # the photo is in memory

    @property
    def empty(self) -> bool:
        return self.job is None and self.outcome is None

    @property
    def unsaved(self) -> list[str]:
        if self.job is not None:
            return [type(self).__name__]
        outcome = self.outcome
        if outcome is None or outcome.saved or outcome.result.keypoints_xyc is None:
            return []
        return [outcome.version]

    def engine_arrived(self) -> None:
        self.problem = None

    def close(self) -> None:
        self.storage.clear()
