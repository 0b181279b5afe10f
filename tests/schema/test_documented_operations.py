"""Every operation of the documentation can be asked of this schema; tests/demo compares the answers that it prints."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from schema import build_schema
from tests.test_architecture import ROOT

_OPERATION = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
PAGES = [
    page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if "```graphql" in page.read_text()
]


def mistakes(text: str) -> list[str]:
    return [error.message for error in validate(build_schema().core, parse(text))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_operations_of_a_page_can_be_asked(page: Path) -> None:
    assert [mistake for text in _OPERATION.findall(page.read_text()) for mistake in mistakes(text)] == []


def test_an_operation_of_another_schema_is_found() -> None:
    assert mistakes("{ viewer { role shoeSize } }") == ["Cannot query field 'shoeSize' on type 'Viewer'."]
