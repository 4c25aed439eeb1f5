"""Keypoint R-CNN, the article's pose engine. Only these modules import detectron2."""
