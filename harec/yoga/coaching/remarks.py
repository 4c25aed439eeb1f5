"""What is said of a pose that leaves nothing to correct, or that could not be judged."""

from __future__ import annotations

from typing import Final

from harec.yoga.coaching.coach import Coaching

WELL_DONE: Final = "Every angle that can be judged is where it should be."


def not_judged(coaching: Coaching) -> bool:
    """Whether there is an asana without a score."""
    return coaching.asana is not None and coaching.score is None


def remark(coaching: Coaching) -> str | None:
    """A sentence to stand in the place of feedback; None where there is feedback, or no asana.

    What hinders the judgement is among the warnings, if there are any.
    """
    if coaching.feedback or coaching.asana is None:
        return None
    if coaching.score is not None:
        return WELL_DONE
    return "Not judged." if coaching.warnings else "Not judged: too little of the body was seen."
