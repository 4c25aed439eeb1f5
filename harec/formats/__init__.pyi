from .annotations import Annotations, Lane, annotations_of, labelled_result
from .keypoints.analyze import analyze_keypoints
from .keypoints.read import read_keypoints
from .read import read_annotations
from .write import export_result

__all__ = [
    "Annotations",
    "Lane",
    "analyze_keypoints",
    "annotations_of",
    "export_result",
    "labelled_result",
    "read_annotations",
    "read_keypoints",
]
