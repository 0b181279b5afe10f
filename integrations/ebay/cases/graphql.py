"""One operation of eBay's GraphQL APIs: asked, and its answer told from a refusal; must not know what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.cases.operations import CaseOperation
from integrations.errors import IntegrationError, InvalidResponse, ObjectMissing, Unavailable, VendorError
from integrations.selling.records import RecordProblem
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from telemetry.redaction import redact_text

# The header is needed; which market it names changes nothing about whose cases are read (unconfirmed).
_ANY_MARKET = "EBAY_US"
_LONGEST_TEXT = 500
# What an error's `extensions` say of faults that pass by themselves (names of common servers; unconfirmed for eBay's).
_PASSING = ("INTERNAL", "UNAVAILABLE", "TIMEOUT")


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """The member of the union, and what eBay could not tell beside it."""

    member: Fields
    problems: tuple[RecordProblem, ...] = ()


async def asked(
    rest: EbayRest, operation: CaseOperation, wanted: Mapping[str, Any], *, market: str | None
) -> GraphAnswer:
    """Raises RefusedFields or ObjectMissing for every member but those that the operation names as an answer."""
    ask = RestAsk(
        "POST",
        "/graphql",
        body={"query": operation.text, "variables": {"input": wanted}},
        headers={"X-EBAY-C-MARKETPLACE-ID": market or _ANY_MARKET},
        is_idempotent=not operation.is_change,
        is_signed=operation.is_signed,
    )
    answer = (await rest.call_at(rest.app.graphql_url, ask)).fields
    errors = answer.parts("errors")
    member = answer.part("data").part(operation.name)
    if not member.raw:
        raise _failure(errors)
    name = member.text("__typename")
    if name not in operation.members:
        raise _refusal(name, member)
    return GraphAnswer(member, tuple(RecordProblem(f"eBay: {_text(error)}") for error in errors))


def _refusal(name: str | None, member: Fields) -> IntegrationError:
    """For a member that says no, or that nobody here knows."""
    said = redact_text(member.text("errorMessage") or "")[:_LONGEST_TEXT]
    reason = said or f"It answered {name or 'without saying what'}."
    told = VendorError(200, text=f"{name} {member.text('errorCode')}: {reason}", advice=said)
    if name is not None and name.endswith("NotFoundError"):
        return ObjectMissing("eBay does not know the object, or the seller cannot see it.", said=told)
    return RefusedFields(f"eBay refuses this: {reason}", problems=[RecordProblem(reason)], said=told)


def _failure(errors: list[Fields]) -> IntegrationError:
    """For an answer without data."""
    if not errors:
        return InvalidResponse("eBay sent an answer that cannot be read.")
    said = VendorError(200, text="; ".join(_text(error) for error in errors)[:_LONGEST_TEXT])
    codes = " ".join(str(value) for error in errors for value in error.part("extensions").raw.values()).upper()
    if any(word in codes for word in _PASSING):
        return Unavailable("eBay has a temporary fault; try again in a few minutes.", said=said)
    return RefusedFields(f"eBay refuses this question: {_text(errors[0])}", said=said)


def _text(error: Fields) -> str:
    return redact_text(error.text("message") or "It gave no reason.")[:_LONGEST_TEXT]
