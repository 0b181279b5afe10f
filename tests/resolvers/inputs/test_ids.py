"""Ids of the wrong kind: the answer names the type that is wanted and a query that gives such an id."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from graphql import GraphQLInterfaceType, parse, validate

from errors import BadInput
from resolvers.inputs.ids import SOURCES, claimed_id, no_id, wanted_id
from resolvers.node_id import encode_id
from schema import build_schema


def told(value: str, *type_names: str, at: tuple[str, ...] = ("id",)) -> str:
    with pytest.raises(BadInput) as refusal:
        wanted_id(value, *type_names, at=at)
    assert refusal.value.field == list(at)
    return refusal.value.message


def test_an_id_of_a_wanted_type_is_its_uuid() -> None:
    row_id = uuid4()
    assert wanted_id(encode_id("AdSet", row_id), "Campaign", "AdSet") == row_id


def test_an_id_of_another_type_is_told_with_both_types() -> None:
    assert told(encode_id("Campaign", uuid4()), "Ad") == (
        "`id` is the id of a Campaign; it must be the id of an Ad, as `ads { nodes { id } }` gives it."
    )
    assert told(encode_id("Ad", uuid4()), "Campaign", "AdSet").endswith(
        "it must be the id of a Campaign or an AdSet,"
        " as `campaigns { nodes { id } }` or `adSets { nodes { id } }` gives it."
    )


def test_what_is_no_id_is_told_with_its_place() -> None:
    assert told("x", "AdAccount", at=("input", "adAccountId")) == (
        "`input.adAccountId` must be the id of an AdAccount, as `adAccounts { nodes { id } }` gives it."
    )
    assert encode_id("Nothing", uuid4()) not in told(encode_id("Nothing", uuid4()), "Ad")


@pytest.mark.parametrize("value", ["act_1001", "120210000000000001"])
def test_the_platforms_own_id_is_recognised(value: str) -> None:
    assert told(value, "AdAccount").endswith("This looks like the platform's own id, which is `externalId`.")
    assert "`externalId`" in no_id(value, at="id").message


def test_every_type_has_a_source_that_the_schema_answers() -> None:
    core = build_schema().core
    node = core.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert set(SOURCES) <= {each.name for each in core.get_possible_types(node)}
    for source in SOURCES.values():
        assert validate(core, parse(f"{{ {source} }}")) == []


@dataclass
class Notes:
    wrong_id: BadInput | None = None


def test_a_mutation_notes_what_is_wrong_and_goes_on_to_the_permission() -> None:
    notes = Notes()
    assert claimed_id(notes, "x", "Ad") is None
    assert notes.wrong_id is not None
    row_id = uuid4()
    assert claimed_id(notes, encode_id("Ad", row_id), "Ad") == row_id
    assert notes.wrong_id is None
