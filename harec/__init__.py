"""harec: who does which action when, on video.

Everything that is meant for use from outside, two lines a task::

    result = harec.analyze("clip.mp4", video_out="annotated.mp4")      # a whole video
    result.to_pandas(), result.to_json()

    estimator = harec.PoseEstimator("movenet")                         # an image
    people = estimator(image)                                          # uint8 (H, W, 3), RGB
    drawn = harec.draw_skeletons(image, people)

    tracker, recognizer = harec.PersonTracker(), harec.ActionRecognizer()   # a stream
    actions = recognizer.update(time_s, tracker.update(time_s, estimator(image)))

    harec.coach_photo("tree.jpg")                                      # yoga

Names are loaded when they are first used (their list, with types, is ``__init__.pyi``), so that
``import harec`` takes milliseconds and changes nothing in the process. What changes later, and how
to leave it out (``HAREC_TUNE=0``): see `harec.core.threads`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.2.0"
__all__ += ["__version__"]
