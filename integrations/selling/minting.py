"""The mint of OAuth tokens as every marketplace has it: its refusals and its answers in our words; calls nothing."""

from integrations.errors import AccessRevoked, Barred, IntegrationError, InvalidResponse, Rejected, VendorError
from integrations.http import Reply
from integrations.selling.records import SellerTokens
from integrations.selling.replies import LONGEST_TEXT, body_of, unreadable
from integrations.selling.values import Fields
from telemetry.redaction import redact_text

CLIENT_FAULTS = range(400, 429)


def refusal_of(reply: Reply, vendor: str, settings: str) -> IntegrationError:
    """What OAuth's own shape of an error says: `{"error": "invalid_grant", "error_description": ...}`.

    `settings` names where the operator writes the keys of the app.
    """
    fields = Fields.of(body_of(reply))
    error, words = fields.text("error"), fields.text("error_description") or ""
    told = VendorError(reply.status, text=redact_text(f"{error}: {words}")[:LONGEST_TEXT])
    if error is None:
        return unreadable(reply, vendor)
    if error in ("invalid_client", "unauthorized_client"):
        return Barred(f"{vendor} does not accept the keys of this installation: see {settings}.", said=told)
    return Rejected(f"{vendor} did not accept the answer of its dialog.", said=told)


def renewal_refusal(error: Rejected, vendor: str, consent_over: tuple[str, ...]) -> IntegrationError:
    """AccessRevoked where OAuth's word for the error is one of `consent_over`.

    Any other refusal is a fault of the call or of this installation, about which the seller can do nothing.
    """
    if error.said is None or error.said.text.partition(":")[0] not in consent_over:
        return error
    reason = f"The seller's consent at {vendor} has ended or was withdrawn. Connect the seller again."
    return AccessRevoked(reason, said=error.said)


def minted_tokens(minted: Fields, vendor: str, *, lasting_s: int, scopes: tuple[str, ...] = ()) -> SellerTokens:
    """The tokens of an answer; an access token that names no end lasts for `lasting_s`. Raises InvalidResponse."""
    access = minted.text("access_token")
    if access is None:
        # Not shown: an answer of the mint may have the other token.
        raise InvalidResponse(f"{vendor} sent no access token.")
    return SellerTokens(
        access,
        minted.whole("expires_in") or lasting_s,
        minted.text("refresh_token"),
        minted.whole("refresh_token_expires_in"),
        scopes,
    )
