"""CSV that a spreadsheet can open: other people's texts never become formulas (docs/decisions/0065)."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from telnyx_connections_mcp.text.cleaning import clean

# The beginning of what Excel, LibreOffice and Google Sheets take for a formula, in full width too. Where a comma is the
# decimal sign, a semicolon ends a cell.
_FORMULA = re.compile(r"(\A|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20][^;])")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
"""Such as a telephone number: as a formula, it is itself."""

Cell = str | int | float | None


class _Writable(Protocol):
    def write(self, text: str, /) -> Any: ...


class CsvWriter:
    """Writes rows as CSV: a comma between cells, a line feed after a row, nothing for None."""

    def __init__(self, file: _Writable) -> None:
        self._csv = csv.writer(file, lineterminator="\n")
        self.defused = 0
        """Texts that would have been formulas."""

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write `rows`. Raises `OSError`."""
        self._csv.writerows([self._cell(value) for value in row] for row in rows)

    def _cell(self, value: Cell) -> Cell:
        if not isinstance(value, str):
            return value
        text = clean(value)
        if _NUMBER.fullmatch(text):
            return text
        harmless = _FORMULA.sub(r"\1\2'", text)
        self.defused += harmless != text
        return harmless

    @property
    def note(self) -> str | None:
        """What was done to texts, if anything."""
        if not self.defused:
            return None
        texts = "1 text has" if self.defused == 1 else f"{self.defused} texts have"
        return f"{texts} an apostrophe before what a spreadsheet would take for a formula."
