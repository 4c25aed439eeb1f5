"""The coach: a body's keypoints in, the asana with its score and a teacher's words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from harec.core.poses import FloatArray
from harec.yoga.coaching import viewpoint as view
from harec.yoga.coaching.judge import Feedback, judge
from harec.yoga.coaching.references import References, load_references
from harec.yoga.recognition.angles import (
    Angles,
    joint_angles,
    named,
)
from harec.yoga.recognition.asanas import ASANAS, Side
from harec.yoga.recognition.classifier import (
    NO_ASANA,
    AsanaModel,
    load_asana_model,
)

_NAMES = (*ASANAS, None)
#: Said of an asana that fits in no other way.
_TURNED: Final = "It fits only with the picture turned by {}° clockwise."


@dataclass(frozen=True, eq=False)
class Coaching:
    """What the coach says of one body at one moment.

    Attributes:
        asana: a name of `ASANAS`, or None.
        side: "left" or "right"; None without an asana or for one without sides.
        confidence: 0..1: of the asana, or that there is none.
        score: 0..100; None without an asana, when too little of the body is seen, or when its
            side can't be known; a warning says why.
        angles_deg: the known joint angles in the image, by name.
        feedback: what to do better, the worst first.
        warnings: plain sentences: filmed from the wrong side, parts that can't be seen.
        probabilities: float32 (12,): of `ASANAS`, then of no asana.
        turn_deg: by how much the picture has to be turned clockwise before the asana fits: 0, or
            90, 180 or 270, and a warning says so; always 0 where no warnings were asked for.
    """

    asana: str | None
    side: Side | None
    confidence: float
    score: float | None
    angles_deg: dict[str, float]
    feedback: tuple[Feedback, ...] = ()
    warnings: tuple[str, ...] = ()
    probabilities: FloatArray = field(
        default_factory=lambda: np.eye(NO_ASANA + 1, dtype=np.float32)[-1], repr=False
    )
    turn_deg: int = 0


class AsanaCoach:
    """Names and judges; remembers nothing from call to call.

    Args:
        model, references: None = those that ship with harec.
        threshold: probability from which an asana is named; None = the model's own.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    def __init__(
        self,
        model: AsanaModel | None = None,
        references: References | None = None,
        threshold: float | None = None,
    ) -> None:
        self.model = model or load_asana_model()
        self.references = references or load_references()
        self.threshold = self.model.config.threshold if threshold is None else threshold

    def look(self, keypoints_xyc: FloatArray) -> Coaching:
        """Coach one body.

        Args:
            keypoints_xyc: (17, 3): pixels (y down) and score; 0 = not seen.
        """
        return self.look_all(keypoints_xyc[None])[0]

    def look_all(self, keypoints_xyc: FloatArray) -> list[Coaching]:
        """Coach many bodies (N, 17, 3), or one at many moments, each for itself."""
        return self.judge_all(keypoints_xyc, self.model.probabilities(keypoints_xyc))

    def judge_as(self, keypoints_xyc: FloatArray, probabilities: FloatArray) -> Coaching:
        """Coach one body whose asana follows from other probabilities than its own, such as those
        of the last second.

        Args:
            keypoints_xyc: (17, 3).
            probabilities: (12,), as in `Coaching`.
        """
        return self.judge_all(keypoints_xyc[None], probabilities[None])[0]

    def judge_all(
        self, keypoints_xyc: FloatArray, probabilities: FloatArray, *, warn: bool = True
    ) -> list[Coaching]:
        """`judge_as` of many bodies (N, 17, 3) and their probabilities (N, 12).

        Args:
            warn: without it there are no warnings, and hours of a video take seconds.
        """
        angles = joint_angles(keypoints_xyc)
        return [
            self.judge_moment(*each, threshold=self.threshold, warn=warn)
            for each in zip(keypoints_xyc, angles, probabilities, strict=True)
        ]

    def judge_moment(
        self,
        keypoints_xyc: FloatArray,
        angles_deg: Angles,
        probabilities: FloatArray,
        *,
        threshold: float,
        warn: bool = True,
    ) -> Coaching:
        """`judge_as` with a threshold of this moment's own.

        Args:
            keypoints_xyc, probabilities: (17, 3) and (12,).
            angles_deg: (9,), `joint_angles` of the keypoints.
            threshold: probability from which the asana is named.
            warn: see `judge_all`.
        """
        best = int(np.argmax(probabilities[:NO_ASANA]))
        share, name = float(probabilities[best]), _NAMES[best]
        assert name is not None
        named_so = share >= threshold
        side = ASANAS[name].side_of(angles_deg) if named_so else None
        judgement = judge(name, side, angles_deg, self.references) if named_so else None
        turn_deg = self._turn_deg(best, keypoints_xyc) if named_so and warn else 0
        warnings = (
            self._warnings(name if named_so else None, judgement is not None, keypoints_xyc)
            if warn
            else ()
        )
        if turn_deg:
            warnings = (_TURNED.format(turn_deg), *warnings)
        return Coaching(
            asana=name if named_so else None,
            side=side,
            confidence=share if named_so else 1 - share,
            score=judgement.score if judgement else None,
            angles_deg=named(angles_deg),
            feedback=judgement.feedback if judgement else (),
            warnings=warnings,
            probabilities=np.array(probabilities),
            turn_deg=turn_deg,
        )

    def _turn_deg(self, asana: int, keypoints_xyc: FloatArray) -> int:
        """By how much the picture has to be turned for the asana of this column."""
        found = self.model.recognise(keypoints_xyc[None])
        same = int(found.probabilities[0, :NO_ASANA].argmax()) == asana
        return int(found.turns_deg[0]) if same else 0

    def _warnings(
        self, asana: str | None, judged: bool, keypoints_xyc: FloatArray
    ) -> tuple[str, ...]:
        missing = view.missing_parts(keypoints_xyc)
        if asana is None:
            return _without_none([missing])
        if not judged and missing is None:
            missing = view.hidden_keypoints(asana, keypoints_xyc)
        return _without_none([view.wrong_view(asana, keypoints_xyc, self.references), missing])


def _without_none(texts: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
