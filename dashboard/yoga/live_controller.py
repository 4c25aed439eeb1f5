"""One visitor's live coach: a coached session in place of one that names actions."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import ClassVar, Final

from dashboard.live.controller import LiveController
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import VisitorStorage
from dashboard.visitor import Visitor
from harec.analysis.export import json_text
from harec.core.files import write_text
from harec.yoga.live import CoachSession
from harec.yoga.output import export

#: What is known of a hold whose frames are gone.
_COLUMNS: Final = tuple(name for name in export.CSV_COLUMNS if name != "feedback")


class CoachController(LiveController):
    """As `LiveController`; what it saves are the holds."""

    name: ClassVar = "yoga"
    live: CoachSession

    def __init__(
        self, storage: VisitorStorage, files: PublicFiles, live: CoachSession | None = None
    ) -> None:
        super().__init__(storage, files, live if live is not None else CoachSession())

    def write(self, folder: Path) -> list[tuple[Path, str, str]]:
        """Write the holds so far; see `LiveController.write`."""
        practice = self.live.practice()
        rows = [export.hold_dict(hold) for hold in practice.holds]
        json_path, csv_path = folder / "yoga.json", folder / "yoga.csv"
        result = {"time_s": round(practice.time_s, 3), "holds": rows}
        write_text(json_path, json_text(result))
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(csv_path, text.getvalue())
        return [
            (json_path, "application/json", "Everything"),
            (csv_path, "text/csv", "Holds"),
        ]


def coach_controller(visitor: Visitor) -> CoachController:
    """A visitor's; see `dashboard.visitor.Visitor.state`."""
    return CoachController(visitor.new_storage(), visitor.files)
