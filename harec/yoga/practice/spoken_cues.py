"""What a live coach says: a few words at a time, as a teacher would across the room.

A person who practises stands three metres away and cannot read a list. One cue is shown at a time,
it stays for a while, and nothing is said that was wrong for a moment only. Times are those of the
session; there is no clock in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from harec.analysis.tables import clock
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.judge import Feedback
from harec.yoga.practice.holds import HoldNow
from harec.yoga.recognition.asanas import ASANAS

Kind = Literal["unseen", "missing", "view", "correct", "praise", "hold"]

#: What a cue is about.
Key = tuple[Kind, str]

#: A cue stays for at least so long.
STABLE_S: Final = 2.5
#: Something must be so for this long before it is said.
SETTLE_S: Final = 0.5
#: No person in sight for less than this is one whom the engine missed.
UNSEEN_S: Final = 1.5
#: From this score on, with nothing wrong, the pose is praised, ...
PRAISE_SCORE: Final = 85.0
#: ... and then, in the same hold, not again for so long.
PRAISE_AGAIN_S: Final = 15.0
#: Longer texts are not read on the way down.
LONGEST: Final = 34

#: Beginning of a cue (`harec.yoga.coaching.cues`) -> fewer words. Shorter cues are said as they
#: are.
_SHORT: Final[dict[str, str]] = {
    "Bring your trunk back over": "Trunk back over the hips",
    "Ease the lifted thigh down": "Lower the lifted thigh a little",
    "Stretch your arms up beside": "Stretch your arms up",
    "Tip forward until": "Tip forward: trunk level",
    "Let your knees sink": "Let your knees sink",
    "Straighten the arm that holds": "Straighten the arm at the foot",
    "Raise your left arm to": "Raise your left arm",
    "Raise your right arm to": "Raise your right arm",
    "Lower your left arm to": "Lower your left arm",
    "Lower your right arm to": "Lower your right arm",
    "Bring the foot higher": "Bring the foot higher",
    "Stretch your arms forward": "Stretch your arms forward",
    "Come up a little and rest": "Rest the hand a little higher",
    "Lift the back leg in line": "Lift the back leg",
    "Turn the bent knee further": "Turn the bent knee out",
    "Straighten your legs: press": "Straighten your legs",
    "Lift your top leg": "Lift your top leg",
    "Lower your top leg": "Lower your top leg",
    "Bring your lower arm back": "Lower arm under the shoulder",
    "Bring the lifted leg in line": "Lifted leg in line with the trunk",
    "Tip further over the standing": "Tip further: trunk level",
    "Bring your trunk upright": "Bring your trunk upright",
    "Bring the top arm back": "Top arm straight up",
    "Let the foot slide down": "Let the foot slide down a little",
    "Reach your lower arm away": "Reach your lower arm down",
    "Push the floor away": "Push the floor away",
    "Press your foot back": "Press your foot into the hand",
    "Open your chest": "Open your chest: top arm up",
}


@dataclass(frozen=True)
class Spoken:
    """One cue on the screen.

    Attributes:
        text: a few words.
        kind: unseen, missing and view are about the image; correct is about the pose.
        since_s: session time from which it is shown.
    """

    text: str
    kind: Kind
    since_s: float


def short(feedback: Feedback) -> str:
    """What is to be done, without numbers, in at most `LONGEST` letters."""
    words = feedback.text.rsplit(": ", 1)[0]
    if len(words) <= LONGEST:
        return words
    return next((text for start, text in _SHORT.items() if words.startswith(start)), words)


class Speaker:
    """Chooses the cue of each moment."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Something else begins: nothing is on the screen."""
        self._said: Spoken | None = None
        self._since_s: dict[Key, float] = {}
        self._praised_s = float("-inf")
        self._key: Key | None = None
        self._held: tuple[str, float] | None = None  # asana and start of the hold

    def update(
        self,
        time_s: float,
        coaching: Coaching | None,
        hold: HoldNow | None = None,
        *,
        unseen: Sequence[str] = (),
        turned: bool = False,
    ) -> Spoken | None:
        """One moment.

        Args:
            time_s: session time, later than at the call before.
            coaching: of the person who is coached; None = no person is in sight.
            hold: the current hold.
            unseen: parts of the body that can't be seen
                (`harec.yoga.coaching.viewpoint.unseen_parts`).
            turned: filmed from the wrong direction.
        """
        held = (hold.asana, hold.start_s) if hold is not None else self._held
        if held != self._held:
            self._held, self._praised_s = held, float("-inf")
        wishes = self._wishes(time_s, coaching, hold, unseen, turned)
        self._since_s = {key: self._since_s.get(key, time_s) for key in wishes}
        if self._stays(time_s, wishes):
            assert self._said is not None
            if self._key in wishes:  # the seconds of a hold go on
                self._said = replace(self._said, text=wishes[self._key])
            return self._said
        ripe = (key for key, since_s in self._since_s.items() if time_s - since_s >= _wait_s(key))
        key = next(ripe, None)
        if key is None:
            # What is shown stays until something else is sure, if it still holds.
            key = self._key if self._key in wishes else None
        if key is None:
            self._said = self._key = None
            return None
        same = self._said is not None and key == self._key
        since_s = self._said.since_s if self._said is not None and same else time_s
        if key[0] == "praise":
            self._praised_s = since_s
        self._said, self._key = Spoken(wishes[key], key[0], since_s), key
        return self._said

    def _stays(self, time_s: float, wishes: Mapping[Key, str]) -> bool:
        """Whether what is shown has not been there for long enough to be read."""
        if self._said is None or time_s - self._said.since_s >= STABLE_S:
            return False
        # The seconds of a hold need no time to be read, and end with it.
        return self._said.kind != "hold" or self._key in wishes

    def _wishes(
        self,
        time_s: float,
        coaching: Coaching | None,
        hold: HoldNow | None,
        unseen: Sequence[str],
        turned: bool,
    ) -> dict[Key, str]:
        """Everything that could be said, the most urgent first: what it is about -> words."""
        if coaching is None:
            return {("unseen", ""): "I can't see you"}
        wishes: dict[Key, str] = {}
        if unseen:
            wishes["missing", ""] = (
                "Step back: I see only a part of you"
                if len(unseen) > 2
                else f"Step back: I can't see your {' and '.join(unseen)}"
            )
        if turned and coaching.asana is not None:
            front = ASANAS[coaching.asana].view == "front"
            wishes["view", ""] = "Turn to face the camera" if front else "Turn sideways"
        for feedback in coaching.feedback:
            wishes["correct", short(feedback)] = short(feedback)
        if coaching.asana is None or coaching.feedback:
            return wishes
        praised = self._key == ("praise", "") and self._said is not None
        fresh = praised and time_s - self._praised_s < STABLE_S
        if (coaching.score or 0) >= PRAISE_SCORE and (
            fresh or time_s - self._praised_s >= PRAISE_AGAIN_S
        ):
            wishes["praise", ""] = "Very good, stay there"
        if hold is not None:
            wishes["hold", ""] = f"Hold… {clock(int(hold.held_s), 0)}" if hold.counted else "Hold…"
        return wishes


def _wait_s(key: Key) -> float:
    return UNSEEN_S if key[0] == "unseen" else SETTLE_S
