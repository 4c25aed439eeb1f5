"""From a person's keypoints over time to actions: windows, features, LSTM, segments, counts.

`ActionRecognizer` is the one stateful way through all of it; `OnlineSegmenter` turns probabilities
into segments.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
