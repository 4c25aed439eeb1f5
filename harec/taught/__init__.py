"""Actions that a user teaches by a few examples: a small head over the motion embedding, packs."""
