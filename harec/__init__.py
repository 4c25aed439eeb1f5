"""harec: who does which action when, on video."""
