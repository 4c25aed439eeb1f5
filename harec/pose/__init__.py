"""People and their keypoints in a frame.

`base` says what a pose engine is, `registry` makes one by its name (`create_estimator`), and
`estimator` is the one that users call. `movenet` ships with harec; `detectron2` is imported only
when it is chosen, and `weights` fetches what it needs. Nothing is imported here: the pages ask
`weights` for less than numpy.
"""
