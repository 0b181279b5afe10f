"""Attacks 2 and 15: inputs that name a tenant, a role, a plan or a verified address which the server is to decide."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)

from tests.isolation.worlds import SCHEMA

DECIDED_BY_THE_SERVER = {
    "tenant", "tenantId", "userId", "ownerId", "createdBy", "role", "plan", "emailVerified", "isStaff", "permissions",
    "status", "trialEndsAt", "prefix", "secret", "expiresAt", "createdAt",
}  # fmt: skip
# What a client chooses all the same, and who checks that they may.
CHOSEN = {
    ("LoginInput", "tenantId"): "one of the person's own",
    ("switchTenant", "tenantId"): "one of the person's own",
    ("inviteMember", "role"): "at most one's own",
    ("changeMemberRole", "role"): "at most one's own, of somebody not above",
    ("changeMemberRole", "userId"): "a member of the active tenant",
    ("removeMember", "userId"): "a member of the active tenant",
    ("CreateApiKeyInput", "role"): "at most ADMIN and one's own",
    ("CreateApiKeyInput", "expiresAt"): "the maker's to choose",
    ("createCheckoutSession", "plan"): "it is paid for",
    ("setCampaignStatus", "status"): "of the platform",
    ("setAdSetStatus", "status"): "of the platform",
    ("setAdStatus", "status"): "of the platform",
    ("setProductStatus", "status"): "of the products' own states",
    ("InsightsFilterInput", "status"): "of which ads, ad sets or campaigns an export has rows",
    ("OrderInput", "status"): "of the order, as the shop tells it",
    ("adminSetUserDisabled", "userId"): "staff of the installation",
    ("adminDeleteUser", "userId"): "staff of the installation",
}


_Part = GraphQLArgument | GraphQLInputField


def written() -> Iterator[tuple[str, str]]:
    """Every name that a mutation takes, as an argument or anywhere in its input objects."""
    assert isinstance(SCHEMA.mutation_type, GraphQLObjectType)
    for name, field in SCHEMA.mutation_type.fields.items():
        yield from _of(name, field.args)


def _of(
    owner: str, parts: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]
) -> Iterator[tuple[str, str]]:
    for name, part in parts.items():
        yield owner, name
        kind = get_named_type(part.type)
        if isinstance(kind, GraphQLInputObjectType) and kind.name != owner:
            yield from _of(kind.name, kind.fields)


def test_no_input_decides_what_the_server_decides() -> None:
    offered = {(owner, name) for owner, name in written() if name in DECIDED_BY_THE_SERVER}
    assert offered - CHOSEN.keys() == set()
    assert ("LoginInput", "tenantId") in offered
