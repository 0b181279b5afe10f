"""What operators type at a terminal: days as options of a command."""

from datetime import date, datetime
from typing import Any

import typer


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it like 2026-11-01 (year-month-day).") from None


DAY: dict[str, Any] = {"parser": _day, "metavar": "YYYY-MM-DD"}
