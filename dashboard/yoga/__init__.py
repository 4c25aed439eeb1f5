"""The parts of the Yoga page: photo, practice video, live coach and the gallery of asanas."""
