"""The errors that harec raises on purpose. Each message says what is wrong and what to do."""

from __future__ import annotations

from harec.core.text import readable


class HarecError(Exception):
    """Base of all errors that a user can do something about; the message is one plain line.

    Names of files in it can be printed and stored, whatever bytes they are made of.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(readable(a) if isinstance(a, str) else a for a in arguments))


class InputError(HarecError):
    """The given file, text or setting can't be used as it is."""


class VideoError(InputError):
    """A file is not a video that can be read (or written)."""


class ModelError(HarecError):
    """A model file is missing, damaged or was made for another version."""


class WeightsError(ModelError):
    """Weights that don't ship with harec are absent, damaged, refused or could not be fetched."""


class Cancelled(HarecError):
    """The user stopped the work; nothing is left behind."""
