"""Which code was meant by one that is none, where that can be told."""

from dataclasses import replace

import pytest

from analytics.enums import NamingFieldType
from analytics.naming.suggestions import NearValues
from analytics.naming.template import NamingField, NamingLabel
from tests.analytics.naming.templates import FORMAT, field_of, template

SHORT = NamingField(
    "geo", NamingFieldType.ENUM, labels=(NamingLabel("US", "United States"), NamingLabel("DE", "Germany"))
)

# The field, what a name says, and the code that was meant.
MEANT = {
    "two letters swapped": (FORMAT, "UCG", "UGC"),
    "a letter left out": (FORMAT, "UG", "UGC"),
    "two letters too many": (FORMAT, "UGCxx", "UGC"),
    "a letter replaced, in another case": (FORMAT, "vit", "VID"),
    "a label misspelt": (FORMAT, "Vidoe", "VID"),
    "three letters wrong": (FORMAT, "UGCxxx", None),
    "as near to two codes: the first": (FORMAT, "XXC", "UGC"),
    "every letter wrong": (SHORT, "XX", None),
    "one of two letters wrong": (SHORT, "UX", "US"),
    "a letter of one": (SHORT, "U", None),
    "a code of one letter": (replace(FORMAT, labels=(NamingLabel("A", "Audience"),)), "AB", None),
    "a long text": (FORMAT, "UGC" * 600, None),
    "the code": (FORMAT, "ugc", None),
    "nothing": (FORMAT, "", None),
    "a text": (NamingField("x"), "UCG", None),
}


@pytest.mark.parametrize("case", MEANT)
def test_a_misspelt_code_is_told_and_not_taken(case: str) -> None:
    field, raw, code = MEANT[case]
    assert NearValues(field).meant_by(raw) == code
    assert code is None or field_of(template([field]), raw, field.key).value is None
