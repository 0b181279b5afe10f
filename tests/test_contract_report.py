"""What `make contract` finds between a contract and a schema."""

from pathlib import Path

import pytest

from tests.contract_report import SCHEMA, differences, main, pieces

CONTRACT = """
schema { query: Query }
"An instant" scalar Instant
type Query {
  # due: first
  shops(first: Int = 50, after: String): [Shop!]
  # due: commerce
  orders: [Order!]
}
interface Node { id: ID! }
"A shop" type Shop implements Node { id: ID! name: String! opened: Instant kind: Kind! }
enum Kind { SMALL LARGE }
input Sought @oneOf { name: String kind: Kind }
type Mutation { rename(name: String!, by: Sought): Shop }
extend type Shop {
  # due: console
  "Shown" picture(width: Int): String }
extend enum Kind { HUGE }
# due: runtime
"Runs once" directive @once(key: String!) on FIELD

# ---------------------------------------------------- back to the part
extend type Shop { closed: Instant }
# ==================================================== commerce and content
type Order { id: ID! }
extend type Shop { orders: [Order!]! }
# ---------------------------------------------------- still the same part
extend enum Kind { GONE }
"""
SCHEMA_TEXT = """
directive @once(key: String!) on FIELD
scalar Instant
interface Node { id: ID! }
type Query { shops(after: String, first: Int = 50, more: Int): [Shop!] other: Int }
type Shop implements Node { id: ID! name: String! opened: Instant closed: Instant kind: Kind! }
enum Kind { SMALL LARGE HUGE FURTHER }
input Sought @oneOf { name: String kind: Kind }
type Mutation { rename(name: String!, by: Sought, loudly: Boolean! = false): Shop }
"""


def test_a_schema_that_has_more_than_the_contract_keeps_to_it() -> None:
    assert [*differences(CONTRACT, SCHEMA_TEXT)] == []


@pytest.mark.parametrize(
    ("there", "instead", "told"),
    [
        (" closed: Instant", "", "Shop.closed is missing: Instant"),
        ("opened: Instant", "opened: Instant!", "Shop.opened is Instant!, and should be Instant"),
        ("first: Int = 50", "first: Int = 20", "Query.shops(first) is Int = 20, and should be Int = 50"),
        ("by: Sought", "by: Sought!", "Mutation.rename(by) is Sought!, and should be Sought"),
        ("more: Int", "more: Int!", "Query.shops(more) must be given, and was not promised"),
        ("kind: Kind }", "kind: Kind much: Int! }", "Sought.much must be given, and was not promised"),
        (" HUGE", "", "Kind.HUGE is missing: a value"),
        ("Shop implements Node", "Shop", "Shop implements Node is missing: an interface"),
        (" @oneOf", "", "Sought @oneOf is missing: @oneOf"),
        ("key: String!", "key: String", "@once(key) is String, and should be String!"),
        ("scalar Instant", "enum Instant { NOW }", "Instant is enum, and should be scalar"),
    ],
)
def test_what_is_not_as_promised_is_named(there: str, instead: str, told: str) -> None:
    assert [*differences(CONTRACT, SCHEMA_TEXT.replace(there, instead))] == [told]


def test_of_a_missing_type_its_parts_are_not_told_besides() -> None:
    assert [*differences(CONTRACT, SCHEMA_TEXT.replace("enum Kind { SMALL LARGE HUGE FURTHER }", ""))] == [
        "Kind is missing: enum"
    ]


def test_a_mark_holds_to_the_end_of_its_braces_or_to_the_next_rule() -> None:
    later = {path for path, piece in pieces(CONTRACT).items() if piece.is_later}
    assert later == {
        *("Query.orders", "Shop.picture", "Shop.picture(width)"),
        *("Order", "Order.id", "Shop.orders", "Kind.GONE"),
    }


def test_the_schema_keeps_to_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SCHEMA)]) == 0
    assert "0 are not as promised" in capsys.readouterr().out
    (tmp_path / "contract").write_text("type Query { unheardOf: Int }")
    assert main([str(tmp_path / "contract")]) == 1
    assert "Query.unheardOf is missing: Int" in capsys.readouterr().out


@pytest.mark.parametrize("given", [[], ["no/such/contract"]])
def test_without_a_contract_it_says_so(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == 0
    assert "Skipped" in capsys.readouterr().out
