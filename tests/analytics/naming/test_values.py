"""What parts of names say for fields of each type, and what they do not say."""

import pytest

from analytics.enums import NamingFieldType
from analytics.naming.dates import date_reader
from analytics.naming.template import NamingField, NamingLabel
from analytics.naming.values import LONGEST_VALUE, ReadValue, value_reader
from tests.analytics.naming.templates import FORMAT

# The type, what a name says, and the value; null where it says none.
VALUES = {
    "a whole number": ("INTEGER", "12", "12"),
    "zeros before a number": ("INTEGER", "007", "7"),
    "a negative number": ("INTEGER", "-3", "-3"),
    "minus zero": ("INTEGER", "-0", "0"),
    "sixteen digits": ("INTEGER", "1" * 16, None),
    "a decimal number": ("INTEGER", "1.5", None),
    "digits of another script": ("INTEGER", "٣", None),
    "no number": ("INTEGER", "NaN", None),
    "a ratio": ("RATIO", "9x16", "9x16"),
    "a ratio by other signs": ("RATIO", "9:16", "9x16"),
    "a ratio by the sign of multiplication": ("RATIO", "9 × 16", "9x16"),  # noqa: RUF001 - on purpose
    "a ratio with decimals": ("RATIO", "1,910X1", "1.91x1"),
    "pixels": ("RATIO", "1080x1350", "1080x1350"),
    "a ratio of nothing": ("RATIO", "0x16", None),
    "a ratio of one": ("RATIO", "9x", None),
    "seconds": ("DURATION", "15s", "15s"),
    "seconds in capitals": ("DURATION", "15 SEC", "15s"),
    "a number alone": ("DURATION", "15", "15s"),
    "minutes and seconds": ("DURATION", "1m30s", "90s"),
    "a clock": ("DURATION", "1:30", "90s"),
    "a clock with hours": ("DURATION", "1:00:05", "3605s"),
    "hours": ("DURATION", "2h", "7200s"),
    "a clock of 75 seconds": ("DURATION", "0:75", None),
    "an empty unit": ("DURATION", "s", None),
    "half a second": ("DURATION", "0.5s", None),
    "any text": ("TEXT", "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
    "a text that is as long as can be": ("TEXT", "🔥" * LONGEST_VALUE, "🔥" * LONGEST_VALUE),
    "a text that is longer": ("TEXT", "🔥" * (LONGEST_VALUE + 1), None),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_has_one_spelling(case: str) -> None:
    kind, raw, value = VALUES[case]
    read = value_reader(NamingField("x", NamingFieldType(kind)))(raw)
    assert read.value == value
    assert (read.error is None) is (value is not None)


def test_a_code_is_found_in_any_case_and_by_its_label() -> None:
    read = value_reader(FORMAT)
    assert [read(raw) for raw in ("UGC", "ugc", "user MADE")] == [ReadValue("UGC", "User made")] * 3
    assert read("UCG") == ReadValue(None, error="It is none of the field's codes.")


def test_a_code_counts_before_a_label_of_another_code() -> None:
    labels = (NamingLabel("A", "B"), NamingLabel("B", "C"), NamingLabel("D", "C"))
    read = value_reader(NamingField("x", NamingFieldType.ENUM, labels=labels))
    assert [read(raw).value for raw in ("a", "b", "c", "d")] == ["A", "B", "B", "D"]


# The format, what a name says, and the date; null where it says none.
DATES = {
    "day first": ("DD/MM/YYYY", "03/04/2025", "2025-04-03"),
    "month first": ("MM/DD/YYYY", "03/04/2025", "2025-03-04"),
    "another order than declared": ("YYYY-MM-DD", "03-04-2025", None),
    "two digits of the year": ("DD.MM.YY", "05.01.25", "2025-01-05"),
    "nothing between": ("YYYYMMDD", "20250105", "2025-01-05"),
    "one digit where two are declared": ("DD.MM.YYYY", "5.1.2025", None),
    "one or two digits": ("D.M.YYYY", "5.11.2025", "2025-11-05"),
    "a month's name": ("DD MMM YYYY", "05 jan 2025", "2025-01-05"),
    "no month's name": ("DD MMM YYYY", "05 Okt 2025", None),
    "a month without a day": ("MM-YY", "01-25", "2025-01"),
    "small letters in the format": ("yyyy-mm-dd", "2025-01-05", "2025-01-05"),
    "31 February": ("DD/MM/YYYY", "31/02/2025", None),
    "29 February of a leap year": ("DD/MM/YYYY", "29/02/2024", "2024-02-29"),
    "29 February of another": ("DD/MM/YYYY", "29/02/2025", None),
    "month 13": ("DD/MM/YYYY", "01/13/2025", None),
    "the year 0": ("YYYY-MM-DD", "0000-01-01", None),
    "digits of another script": ("MM-YY", "٠١-٢٥", None),  # noqa: RUF001 - on purpose
    "signs that mean something in a pattern": ("(YYYY)+MM", "(2025)+01", "2025-01"),
}


@pytest.mark.parametrize("case", DATES)
def test_a_date_is_read_by_the_declared_format_alone(case: str) -> None:
    form, text, wanted = DATES[case]
    assert date_reader(form)(text) == wanted


@pytest.mark.parametrize(
    "form", ["", "DD/MM", "YYYY", "DD/YYYY", "TT.MM.JJJJ", "MM/DD/MM/YYYY", "DMYYYY", "MMMM YY", "YYYYMD"]
)
def test_a_format_that_cannot_be_read_by_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        date_reader(form)
