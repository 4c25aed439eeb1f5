"""The parts of the Live page: camera and connection, what to say when, the panels, saving."""
