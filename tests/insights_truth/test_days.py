"""What the truth itself takes for granted: which days a question means, told by examples."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.insights_truth.days import Span, days_of, stands_for

# Already 1 March in Berlin.
NOW = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "zone", "first", "last"),
    [
        ("TODAY", "UTC", "2024-02-29", "2024-02-29"),
        ("TODAY", "Europe/Berlin", "2024-03-01", "2024-03-01"),
        ("YESTERDAY", "America/Los_Angeles", "2024-02-28", "2024-02-28"),
        ("LAST_30_DAYS", "UTC", "2024-01-30", "2024-02-28"),
        ("THIS_WEEK", "UTC", "2024-02-26", "2024-02-29"),
        ("LAST_WEEK", "UTC", "2024-02-19", "2024-02-25"),
        ("LAST_MONTH", "UTC", "2024-01-01", "2024-01-31"),
        ("LAST_MONTH", "Europe/Berlin", "2024-02-01", "2024-02-29"),
        ("THIS_QUARTER", "UTC", "2024-01-01", "2024-02-29"),
        ("LAST_QUARTER", "UTC", "2023-10-01", "2023-12-31"),
        ("LAST_YEAR", "UTC", "2023-01-01", "2023-12-31"),
    ],
)
def test_a_preset_goes_by_the_accounts_day(preset: str, zone: str, first: str, last: str) -> None:
    assert days_of({"preset": preset}, NOW, zone).shown == {"start": first, "end": last}


def pairs(compare: dict[str, Any], first: str, last: str) -> dict[str, str]:
    """From days of the comparison to days of the range, the ends alone."""
    found = sorted(stands_for(compare, Span(date.fromisoformat(first), date.fromisoformat(last))).items())
    return {str(day): str(other) for day, other in (found[0], found[-1])}


def test_the_period_before_is_as_long_and_goes_day_by_day() -> None:
    found = pairs({"preset": "PREVIOUS_PERIOD"}, "2026-03-01", "2026-03-31")
    assert found == {"2026-01-29": "2026-03-01", "2026-02-28": "2026-03-31"}


def test_the_year_before_goes_by_the_calendar() -> None:
    year = {"preset": "PREVIOUS_YEAR"}
    assert pairs(year, "2025-03-01", "2025-03-31") == {"2024-03-01": "2025-03-01", "2024-03-31": "2025-03-31"}
    # 29 February of the comparison is beside the 28th, and that of the range has none beside it.
    assert pairs(year, "2025-02-28", "2025-02-28") == {"2024-02-28": "2025-02-28", "2024-02-29": "2025-02-28"}
    assert pairs(year, "2024-02-01", "2024-02-29") == {"2023-02-01": "2024-02-01", "2023-02-28": "2024-02-28"}
