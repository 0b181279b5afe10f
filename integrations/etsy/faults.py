"""What Etsy's refusals mean as our errors; carries no reaction out.

Etsy has no codes of errors: a status, and words that are for people. Where the words decide, the table says which.
Sources: Etsy's reference, and what is quoted in issues of etsy/open-api and of public sellers' systems.
"""

from collections.abc import Sequence
from typing import Any

from integrations.errors import (
    AccessRevoked,
    Barred,
    IntegrationError,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Throttled,
    Unavailable,
    VendorError,
)
from integrations.etsy.app import SETTINGS, VENDOR
from integrations.http import Reply
from integrations.selling.records import RecordProblem
from integrations.selling.refusals import RefusedFields
from integrations.selling.replies import LONGEST_TEXT, body_of, pause_s
from integrations.selling.values import Fields
from telemetry.redaction import redact_text

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_FAULT = 401, 403, 404, 429, 500
# The day's calls come back one by one, 24 hours after each was made.
_PAUSE_S, _SHORT_PAUSE_S = 3600, 1
_MOST_PROBLEMS = 20

_KEY_WORDS = ("api key", "api_key", "x-api-key", "shared secret", "invalid_client")
_SCOPE_WORDS = ("insufficient_scope", "insufficient scope", "scope")
# Unconfirmed: nobody quotes what Etsy says of an app or a shop that it has shut out.
_BARRED_WORDS = ("suspended", "banned", "application is disabled", "app is disabled")
_FROZEN_SHOP = "Etsy has suspended this shop or this application: see the messages that Etsy has sent."
# Which part of a draft, or of a parcel, the words are about. The first that fits counts.
_FIELDS: tuple[tuple[str, str], ...] = (
    ("readiness", "policies.PROCESSING"),
    ("processing", "policies.PROCESSING"),
    ("shipping_profile", "policies.SHIPPING"),
    ("shipping profile", "policies.SHIPPING"),
    ("return_policy", "policies.RETURN"),
    ("return policy", "policies.RETURN"),
    ("taxonomy", "category_id"),
    ("category", "category_id"),
    ("who_made", "condition"),
    ("when_made", "condition"),
    ("is_supply", "condition"),
    ("image", "image_urls"),
    ("photo", "image_urls"),
    ("tracking", "tracking_code"),
    ("carrier", "carrier"),
    ("property", "aspects"),
    ("attribute", "aspects"),
    ("sku", "sku"),
    ("price", "price"),
    ("quantity", "quantity"),
    ("title", "title"),
    ("description", "description"),
)


def outcome_of(reply: Reply) -> tuple[IntegrationError, bool]:
    """Our error for a reply that is none of success, and whether the same call may succeed when repeated at once."""
    body = body_of(reply)
    problems = problems_in(body)
    said = _said(reply, problems)
    if reply.status == _TOO_MANY:
        return _throttled(reply, said)
    if reply.status >= _SERVER_FAULT:
        return Unavailable("Etsy has a temporary fault; try again in a few minutes.", said=said), True
    if reply.status == _UNAUTHORIZED and not _speaks_of(said, _KEY_WORDS + _SCOPE_WORDS):
        # An access token ends after an hour; whether the consent did is told by the next mint.
        reason = "Etsy no longer accepts the access. Connect the shop again."
        return AccessRevoked(reason, is_expired=True, said=said), False
    if body is None:
        # A page of a gateway, which says nothing of what was asked for: neither that it is missing nor refused.
        return Unavailable("Etsy's gateway did not let the call through; try again later.", said=said), False
    return _lasting(reply, problems, said), False


def problems_in(body: object) -> list[RecordProblem]:
    """What an answer complains of, in Etsy's words.

    It comes as `{"error": "..."}`, with OAuth's `error_description`, or as a list of
    `{"path": "/title/1", "type": "...", "message": "..."}`.
    """
    if isinstance(body, list):
        return [_listed(Fields.of(each)) for each in body[:_MOST_PROBLEMS]]
    fields = Fields.of(body)
    told = [fields.text("error"), fields.text("error_description"), fields.text("error_msg")]
    nested: Any = fields.raw.get("error")
    if isinstance(nested, list | dict):
        return problems_in(nested if isinstance(nested, list) else {"error": Fields.of(nested).text("message")})
    text = _shown(": ".join(each for each in told if each))
    return [RecordProblem(text, field_of(text))] if text else []


def field_of(words: str) -> str | None:
    """The part of a draft that Etsy's words name; None if none is known."""
    said = words.lower()
    return next((ours for word, ours in _FIELDS if word in said), None)


def _listed(raw: Fields) -> RecordProblem:
    path, message = raw.text("path") or "", raw.text("message") or raw.text("type") or "is refused"
    name = path.strip("/").partition("/")[0]
    text = _shown(f"{name}: {message}" if name else message)
    return RecordProblem(text, field_of(name or message))


def _lasting(reply: Reply, problems: Sequence[RecordProblem], said: VendorError) -> IntegrationError:
    """For what stays as it is when the call is repeated."""
    if reply.status in (_UNAUTHORIZED, _FORBIDDEN):
        if _speaks_of(said, _KEY_WORDS):
            return Barred(f"Etsy does not accept the keys of this installation: see {SETTINGS}.", said=said)
        if _speaks_of(said, _SCOPE_WORDS):
            lacking = "The seller's consent lacks a permission that this needs: connect the shop again."
            return PermissionMissing(lacking, said=said)
        if _speaks_of(said, _BARRED_WORDS):
            return Barred(_FROZEN_SHOP, said=said)
    if reply.status == _NOT_FOUND:
        return ObjectMissing("Etsy does not know the object, or the seller cannot see it.", said=said)
    if not problems:
        return InvalidResponse("Etsy sent an answer that cannot be read.", said=said)
    return RefusedFields(f"Etsy refuses this: {problems[0].message}", problems=problems, said=said)


def _throttled(reply: Reply, said: VendorError) -> tuple[Throttled, bool]:
    """The limit of a second passes while the call is repeated, that of a day does not.

    Both are of the whole app. Etsy names a pause for the longer one alone, and not always.
    """
    told_s = pause_s(reply, otherwise=0)
    is_short = "second" in said.text.lower() or reply.headers.get("x-remaining-this-second", "").strip() == "0"
    is_short &= told_s <= _SHORT_PAUSE_S and reply.headers.get("x-remaining-today", "").strip() != "0"
    wait_s = pause_s(reply, otherwise=_SHORT_PAUSE_S if is_short else _PAUSE_S)
    message = f"{VENDOR} limits the calls of this installation for a while."
    return Throttled(message, retry_after_s=wait_s, scope="app", said=said), is_short


def _said(reply: Reply, problems: Sequence[RecordProblem]) -> VendorError:
    return VendorError(
        reply.status,
        text="; ".join(each.message for each in problems)[:LONGEST_TEXT],
        trace_id=reply.headers.get("x-etsy-request-uuid"),
        advice=problems[0].message if problems else "",
    )


def _speaks_of(said: VendorError, words: Sequence[str]) -> bool:
    return any(word in said.text.lower() for word in words)


def _shown(text: str) -> str:
    return redact_text(text)[:LONGEST_TEXT]
