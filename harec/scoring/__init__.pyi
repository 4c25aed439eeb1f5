from .agreement import Agreement, compare
from .differences import Difference, differences
from .lanes import LanePair, pair_lanes
from .score import ActionScore, Score, score

__all__ = [
    "ActionScore",
    "Agreement",
    "Difference",
    "LanePair",
    "Score",
    "compare",
    "differences",
    "pair_lanes",
    "score",
]
