"""Names of files as text that can be printed, stored and sent."""

from __future__ import annotations

import re
from typing import Final

#: What Python makes of bytes in a name that are no UTF-8 (PEP 383), and of broken pairs elsewhere.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    r"""The text with what no encoding takes written out: the byte 0xFF of a name as ``\xff``."""
    return _SURROGATE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
