"""The schema beside that of the last release: what clients use is not taken from them unannounced.

`released.graphql` is schema.graphql as it was then; its first line names the release. docs/deploy.md says when it is
renewed.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import REMOVE, Visitor, build_ast_schema, build_schema, parse, value_from_ast_untyped, visit
from graphql.utilities import BreakingChangeType, find_schema_changes

from schema import schema_text
from tests.test_architecture import ROOT

RELEASED = Path(__file__).parent / "released.graphql"
_VERSION = re.compile(r"^## (\d+\.\d+\.\d+)", re.MULTILINE)
# What a client needs to know: what to use from now on, and until when it has time.
ANNOUNCED = re.compile(r"Use `[^`]+`.* Removed on (\d{4}-\d\d-\d\d)\.", re.DOTALL)

OLD = """
type Query {
  kept(first: Int): Colour
  count: Int
  gone: String @deprecated(reason: "Use `kept`. Removed on 2026-10-01.")
}
enum Colour { RED BLUE @deprecated(reason: "Use `RED`. Removed on 2026-12-01.") }
"""


def breaking_changes(old: str, new: str, *, on: date) -> list[str]:
    """What breaks clients of the old schema, without that of which the old one said that it would be gone by then."""
    promised = build_ast_schema(visit_without(old, on=on))
    changes = find_schema_changes(promised, build_schema(new))
    return [change.description for change in changes if isinstance(change.type, BreakingChangeType)]


def visit_without(text: str, *, on: date) -> Any:
    class Forgetting(Visitor):
        def enter(self, node: Any, *_place: Any) -> Any:
            day = removal(node)
            return REMOVE if day is not None and day <= on else None

    return visit(parse(text), Forgetting())


def removal(node: Any) -> date | None:
    """The announced day; None for what is not deprecated, or in no words that name one."""
    reasons = [
        value_from_ast_untyped(argument.value)
        for directive in getattr(node, "directives", None) or ()
        if directive.name.value == "deprecated"
        for argument in directive.arguments or ()
    ]
    found = ANNOUNCED.search(str(reasons[0])) if reasons else None
    return date.fromisoformat(found[1]) if found else None


def unannounced(text: str) -> list[str]:
    """The names of what is deprecated without a replacement and a day."""
    names: list[str] = []

    class Reading(Visitor):
        def enter(self, node: Any, *_place: Any) -> None:
            if any(each.name.value == "deprecated" for each in getattr(node, "directives", None) or ()):
                names.extend([node.name.value] if removal(node) is None else [])

    visit(parse(text), Reading())
    return names


def test_nothing_that_was_released_is_broken() -> None:
    today = datetime.now(UTC).date()
    assert breaking_changes(RELEASED.read_text(), schema_text(), on=today) == [], (
        "deprecate it first, or say in CHANGELOG.md why it cannot wait and renew tests/schema/released.graphql"
    )


def test_the_released_schema_is_that_of_the_newest_release() -> None:
    versions = _VERSION.findall((ROOT / "CHANGELOG.md").read_text())
    first_line = RELEASED.read_text().partition("\n")[0]
    assert first_line == (f"# {versions[0]}" if versions else "# Nothing is released yet: what is promised so far."), (
        "a release copies schema.graphql there: docs/deploy.md"
    )


def test_every_deprecation_names_its_replacement_and_a_day() -> None:
    assert unannounced(schema_text()) == []


@pytest.mark.parametrize(
    ("new", "named"),
    [
        (OLD.replace("kept(first: Int)", "kept"), "first"),
        (OLD.replace("first: Int", "first: String"), "Int"),
        (OLD.replace("first: Int", "first: Int!"), "Int!"),
        (OLD.replace("kept(", "renamed("), "Query.kept"),
        (OLD.replace("): Colour", "): String"), "Colour"),
        (OLD.replace("RED BLUE", "BLUE"), "RED"),
        (OLD.replace("first: Int", "first: Int, after: Int!"), "after"),
    ],
)
def test_a_breaking_change_is_named(new: str, named: str) -> None:
    [told] = breaking_changes(OLD, new, on=date(2026, 11, 30))
    assert named in told


def test_what_was_announced_may_go_once_its_day_has_come() -> None:
    without_both = re.sub(r"\n  gone.*|BLUE @deprecated\(.*?\)", "", OLD)
    assert breaking_changes(OLD, without_both, on=date(2026, 12, 1)) == []
    assert [each for each in breaking_changes(OLD, without_both, on=date(2026, 11, 30)) if "BLUE" not in each] == []
    assert len(breaking_changes(OLD, without_both, on=date(2026, 9, 30))) == 2


def test_what_is_added_breaks_nothing() -> None:
    more = OLD.replace("first: Int", "first: Int, after: String").replace("RED ", "RED GREEN ") + "type More { a: Int }"
    assert breaking_changes(OLD, more, on=date(2026, 11, 30)) == []


@pytest.mark.parametrize(
    "reason",
    ["", '(reason: "Use `kept`.")', '(reason: "Removed on 2026-10-01.")', '(reason: "Use kept. Removed on soon.")'],
)
def test_a_deprecation_without_a_replacement_or_a_day_is_named(reason: str) -> None:
    assert unannounced(f"type Query {{ old: Int @deprecated{reason} kept: Int }}") == ["old"]
    assert unannounced(OLD) == []
