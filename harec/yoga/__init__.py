"""Yoga: which asana a body holds, on which side, how well, and what a teacher would say."""
