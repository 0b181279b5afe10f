"""Secrets are declared where they are: what is kept for a repeated call, or may be logged, must know them."""

import re

import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from execution.idempotent import SECRET, holds_secret
from execution.limits.list_sizes import written_as
from models.columns import Row
from models.thin.records import record_of
from resolvers.nodes import KIND_OF_ROW
from schema import build_schema
from schema.node import ENTITIES

CORE = build_schema().core
MUTATIONS = CORE.mutation_type.fields if CORE.mutation_type else {}
# A name like these is of a secret, or is listed with the reason why it is none.
SECRET_NAME = re.compile("token|secret|password|credential|authorizationurl|verifier|^code$|^url$", re.IGNORECASE)
NONE = {
    "Dataset.url": "a link that ends soon and is made anew for each answer; what is kept of an account is its id",
    "Chart.url": "a link to numbers that whoever asks may read; it is made anew for each answer, and kept nowhere",
    "Export.url": "a link that ends soon and is made anew for each answer; what is kept of an export is its id",
    "ProductImage.url": "a link that ends soon and is made anew for each answer; what is kept of a product is its id",
    "User.hasPassword": "whether there is one",
    "Viewer.hasPassword": "whether there is one",
    "AuthPayload.accessTokenExpiresAt": "an instant",
    "CompleteOAuthPayload.accessTokenExpiresAt": "an instant",
    "NamingLabel.code": "a part of names",
    "Listing.url": "where a channel shows to everybody what it sells",
    "Order.url": "where a shop shows the order to whoever is signed in there",
}
# Arguments and fields of inputs: where to go on, and where a shop shows an order.
NO_SECRETS = {"returnUrl", "url"}
PLAIN = {"Viewer", "UserError", "ImportProblem", "PublishProblem", "String", "ID", "Boolean", "Int", "BigInt"}
SHOWN_AS_TEXT = ("String", "ID")


def is_declared(field: GraphQLField) -> bool:
    written = written_as(field)
    return written is not None and bool(written.metadata.get(SECRET))


def sounds_secret(name: str, field: GraphQLField) -> bool:
    return SECRET_NAME.search(name) is not None and get_named_type(field.type).name in SHOWN_AS_TEXT


def test_every_field_that_sounds_like_a_secret_is_declared_as_one() -> None:
    fields = {
        f"{kind.name}.{name}": field
        for kind in CORE.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__") and kind is not CORE.mutation_type
        for name, field in kind.fields.items()
        if sounds_secret(name, field)
    }
    assert {name for name, field in fields.items() if not is_declared(field)} - NONE.keys() == set()
    assert {"AuthPayload.accessToken", "ApiKeyPayload.secret", "InvitePayload.token"} <= fields.keys()


def test_secrets_are_answered_by_payloads_alone() -> None:
    """So it is enough to look at a payload's own fields."""
    payloads = {get_named_type(field.type).name for field in MUTATIONS.values()}
    holders = {
        kind.name
        for kind in CORE.type_map.values()
        if isinstance(kind, GraphQLObjectType) and kind is not CORE.mutation_type
        for field in kind.fields.values()
        if is_declared(field)
    }
    assert holders
    assert holders <= payloads


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_that_takes_a_secret_is_declared_too(name: str) -> None:
    field = MUTATIONS[name]
    taken = set(field.args)
    for argument in field.args.values():
        kind = get_named_type(argument.type)
        taken |= set(kind.fields) if isinstance(kind, GraphQLInputObjectType) else set()
    if any(SECRET_NAME.search(each) for each in taken - NO_SECRETS):
        assert holds_secret(field), f"{name} takes {taken}"


@pytest.mark.parametrize("name", [name for name, field in MUTATIONS.items() if not holds_secret(field)])
def test_what_a_mutation_without_secrets_answers_can_be_kept(name: str) -> None:
    """Ids of rows that `node` reads too, the viewer, user errors, and values that are JSON by themselves."""
    payload = get_named_type(MUTATIONS[name].type)
    assert isinstance(payload, GraphQLObjectType)
    rows = {entity.__name__: getattr(entity, "__rows__", ()) for entity in ENTITIES}
    for field in payload.fields.values():
        shown = get_named_type(field.type)
        possible = CORE.get_possible_types(shown) if shown.name == "InsightEntity" else (shown,)
        for each in possible:
            if each.name in rows:
                read = {record_of(row) for row in rows[each.name] if issubclass(row, Row)}  # or stored by the mutation
                assert read | set(rows[each.name]) & KIND_OF_ROW.keys() <= KIND_OF_ROW.keys(), each.name
                assert read, each.name
            else:
                assert each.name in PLAIN, f"{name}: {each.name}"
