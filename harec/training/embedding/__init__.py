"""The motion embedding: which motions it learns from, gestures for training, the training."""
