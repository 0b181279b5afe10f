"""What docs/naming.md says that its templates make of names is what they make of them."""

import json
import re
from pathlib import Path
from typing import Any

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode
from analytics.naming.checks import faults_of
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from tests.analytics.naming.templates import read

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "naming.md"
_EXAMPLE = re.compile(r"```json\n(.*?)```\n\n((?:\|[^\n]*\n)+)", re.DOTALL)


def template_of(written: dict[str, Any]) -> TemplateRules:
    """The template that a client writes so."""
    return TemplateRules(
        name="Documented",
        level=NamingLevel.AD,
        mode=NamingMode(written["mode"]),
        fields=tuple(
            NamingField(
                each["key"],
                NamingFieldType(each.get("type", "TEXT")),
                required=each.get("required", False),
                labels=tuple(NamingLabel(**label) for label in each.get("labels", ())),
            )
            for each in written["fields"]
        ),
        delimiter=written.get("delimiter"),
        pattern=written.get("pattern"),
        on_extra=ExtraTokens(written.get("onExtra", "ERROR")),
        on_duplicate=DuplicateKeys(written.get("onDuplicate", "ERROR")),
    )


def test_the_document_says_what_names_say() -> None:
    examples = _EXAMPLE.findall(DOCUMENT.read_text())
    assert len(examples) == len(NamingMode)
    for written, table in examples:
        rules = template_of(json.loads(written))
        assert faults_of(rules) == []
        for row in table.splitlines()[2:]:
            name, *told = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1])
            reading = read(rules, name.strip("`").replace("\\|", "|"))
            values = [each.value or (f"({each.raw})" if each.raw else "-") for each in reading.fields]
            assert [reading.status.value, *values] == told, name
