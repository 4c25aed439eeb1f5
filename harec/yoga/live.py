"""The live coach: a camera's frames in, the same frames with a coached person out.

`CoachSession` is a `harec.live.LiveSession` whose pipeline names and judges asanas. Nothing here
needs PyTorch: MoveNet runs in onnxruntime, and the coach is NumPy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from harec.analysis.results import AnalysisSettings
from harec.core.poses import TrackedPerson
from harec.live.annotate import in_frame
from harec.live.inference import FrameInference, brightness
from harec.live.protocols import RGB, MakePipeline
from harec.live.scheduler import FairScheduler
from harec.live.session import LiveSession
from harec.live.types import LivePerson, LiveResult
from harec.pose.base import PoseEngine
from harec.render.overlay import flipped
from harec.yoga.coaching import viewpoint as view
from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.coaching.person_choice import Prominent
from harec.yoga.output.overlay import draw_coaching, draw_cue
from harec.yoga.practice.holds import (
    HoldFinder,
    HoldNow,
    HoldSettings,
)
from harec.yoga.practice.live_history import (
    CoachState,
    LivePractice,
    PracticeHistory,
)
from harec.yoga.practice.moments import SteadyKeypoints, coach_moment
from harec.yoga.practice.spoken_cues import Speaker


def _no_settings() -> HoldSettings | None:
    return None


class CoachPipeline:
    """Sees one frame after the other and coaches the most prominent person.

    Args:
        settings: of the engine, as for actions; see `change`.
        hold_settings: asked at every inference, so that they may change at any time; None = the
            defaults at the coach's threshold.
        estimator, coach: to use instead of those that ship with harec.

    Attributes:
        history: holds and score curve since the start or the last reset.

    Raises:
        ModelError: a model file is missing or damaged.
    """

    _hold: HoldNow | None  # of the last inference
    _shown: Coaching | None  # what was said of the body when it was seen last

    def __init__(
        self,
        settings: AnalysisSettings,
        *,
        hold_settings: Callable[[], HoldSettings | None] = _no_settings,
        estimator: PoseEngine | None = None,
        coach: AsanaCoach | None = None,
    ) -> None:
        self._hold_settings = hold_settings
        self._coach = coach or AsanaCoach()
        self._default = HoldSettings.at(self._coach.threshold)
        # every frame: what is not looked at now would count as not held
        self._inference = FrameInference(settings, estimator, may_rest=False)
        self._begin()

    def reset(self) -> None:
        """Forget everything that was seen; ids start at 1 again."""
        self._inference.reset()
        self._begin()

    def _begin(self) -> None:
        self.history = PracticeHistory()
        self._prominent = Prominent()
        self._speaker = Speaker()
        self._finder = HoldFinder(self._hold_settings() or self._default)
        self._other_body()

    def end_stream(self) -> None:
        """The camera stops, or what comes next does not follow on; the history stays."""
        self._other_body()
        self.history.take(self._finder, ended=True)
        self._inference.end_stream()
        self._prominent.reset()
        self._speaker.reset()

    def change(self, settings: AnalysisSettings) -> None:
        """Continue with other settings; takes a moment when another engine is to be loaded.

        Raises:
            ModelError: the engine's files are missing or damaged; the old settings stay.
        """
        self._inference.change(settings)

    def relabel(self, settings: AnalysisSettings) -> None:
        """Nothing that was held is named anew."""

    def update(self, time_s: float, rgb: RGB) -> LiveResult[CoachState]:
        """One inference.

        Args:
            time_s: session time, later than at the call before.
            rgb: uint8 (H, W, 3), of any size.
        """
        start_s = time.perf_counter()
        people = self._inference.update(time_s, rgb)
        size_wh = self._inference.size_wh
        seen = {
            person.id: replace(
                person, keypoints_xyc=view.sure_keypoints(person.keypoints_xyc, size_wh)
            )
            for person in people
        }
        present = {**self._inference.present, **seen}
        holding = self._hold is not None and self._hold.counted
        person_id = self._prominent.update(time_s, present, keep=holding)
        if self._prominent.other:
            self._other_body()
        coaching = self._coached(time_s, seen.get(person_id) if person_id is not None else None)
        self._hold = self._finder.update(time_s, coaching)
        self.history.take(self._finder)
        state = self._state(time_s, coaching, present, person_id)
        self.history.add(time_s, coaching, self._hold)
        return LiveResult(
            time_s=time_s,
            size_wh=size_wh,
            people=tuple(LivePerson(i, person.keypoints_xyc) for i, person in present.items()),
            brightness=brightness(rgb),
            model_s=time.perf_counter() - start_s,
            extra=state,
        )

    def _other_body(self) -> None:
        """What one body held is not that of the next."""
        self._finder.finish()
        self._hold = None
        self._joints = SteadyKeypoints()
        self._shown = None

    def _coached(self, time_s: float, person: TrackedPerson | None) -> Coaching | None:
        """The coach's word on a body from the last moments; None where it was not seen now."""
        if person is None:
            return None
        self._finder.settings = self._hold_settings() or self._default
        probabilities = self._coach.model.probabilities(person.keypoints_xyc[None])[0]
        steady = self._joints.update(time_s, person.keypoints_xyc)
        return coach_moment(self._coach, self._finder, time_s, steady, probabilities)

    def _state(
        self,
        time_s: float,
        coaching: Coaching | None,
        present: dict[int, TrackedPerson],
        person_id: int | None,
    ) -> CoachState:
        if person_id is None:
            self._shown = None
            cue = self._speaker.update(time_s, None)
            return CoachState(None, len(present), None, self._hold, cue)
        # Missed for a frame or two: what was said of them stands.
        self._shown = coaching or self._shown
        keypoints = present[person_id].keypoints_xyc
        turned = (
            self._shown is not None
            and self._shown.asana is not None
            and view.wrong_view(self._shown.asana, self._joints.mean, self._coach.references)
            is not None
        )
        cue = self._speaker.update(
            time_s,
            self._shown,
            self._hold,
            unseen=view.unseen_parts(keypoints),
            turned=turned,
        )
        return CoachState(person_id, len(present) - 1, self._shown, self._hold, cue)


def annotate_coached_frame(
    rgb: RGB, result: LiveResult[CoachState] | None, mirror: bool, keypoint_threshold: float
) -> RGB:
    """A new frame of the same size: mirrored if asked for, with the coached person and the cue."""
    state = result.extra if result is not None else None
    people = {person.id: person for person in result.people} if result is not None else {}
    person = people.get(state.person_id or 0) if state is not None else None
    if result is None or state is None or person is None or state.coaching is None:
        frame = flipped(rgb) if mirror else rgb.copy()
    else:
        frame = draw_coaching(
            rgb,
            in_frame(person.keypoints_xyc, result.size_wh, rgb),
            state.coaching,
            mirrored=mirror,
            keypoint_threshold=keypoint_threshold,
            hold=state.hold,
            fixed=True,
        )
    if state is not None and state.cue is not None:
        draw_cue(frame, state.cue.text, state.cue.kind)
    return frame


class CoachSession(LiveSession[CoachState]):
    """One viewer who is coached. All methods may be called from any thread.

    Args:
        settings: of the engine; two people are enough: one is coached, the other keeps their id.
        hold_settings: None = the defaults.
        mirror, scheduler: as in `LiveSession`.
        pipeline: tests put a stub here.
    """

    def __init__(
        self,
        settings: AnalysisSettings | None = None,
        *,
        hold_settings: HoldSettings | None = None,
        mirror: bool = True,
        pipeline: MakePipeline[CoachState] | None = None,
        scheduler: FairScheduler | None = None,
    ) -> None:
        #: Acts on the next inference; None = the defaults at the coach's threshold.
        self.hold_settings = hold_settings
        super().__init__(
            settings or AnalysisSettings(max_people=2),
            mirror=mirror,
            pipeline=pipeline or self._coach_pipeline,
            draw=annotate_coached_frame,
            scheduler=scheduler,
            least_fps=0,  # held poses can be judged at any rate
        )

    def _coach_pipeline(self, settings: AnalysisSettings) -> CoachPipeline:
        return CoachPipeline(settings, hold_settings=lambda: self.hold_settings)

    def practice(self, last_s: float | None = None) -> LivePractice:
        """All holds so far, and the score curve.

        Args:
            last_s: the curve of the last so many seconds only; None = all that is kept.
        """
        history = self.history
        return history.practice(last_s) if isinstance(history, PracticeHistory) else LivePractice()
