"""What MkDocs does beside its settings (``mkdocs.yml``): documents of other folders become pages.

The model cards, CHANGELOG.md and CONTRIBUTING.md stay where GitHub and their readers look for
them. In all documents links are relative to the file, as in the repository; here they are turned
into links of the site, and links to files that are no page (source code) into plain text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
_ELSEWHERE: Final = (
    *("CHANGELOG.md", "CONTRIBUTING.md"),
    *("benchmarks/*.md", "models/*.md", "models/*.png"),
)
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that lie outside of ``docs/``."""
    for pattern in _ELSEWHERE:
        for path in sorted(ROOT.glob(pattern)):
            uri = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links between files of the repository into links between pages of the site."""
    source = page.file.abs_src_path
    assert source is not None
    docs_dir = Path(config.docs_dir)

    def rewritten(match: re.Match[str]) -> str:
        image, text, target, anchor = match.groups(default="")
        path = Path(os.path.normpath(Path(source).parent / target))
        root = docs_dir if path.is_relative_to(docs_dir) else ROOT
        uri = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        if files.get_file_from_path(uri) is None:
            return match.group(0) if not path.exists() else text
        start = Path(page.file.src_uri).parent.as_posix()
        return f"{image}[{text}]({os.path.relpath(uri, start)}{anchor})"

    return _LINK.sub(rewritten, markdown)
