"""Sign-in with Google: the address of its dialog, and the exchange of the dialog's code for the person."""

import hashlib
import hmac
from urllib.parse import parse_qsl

import msgspec
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from integrations.errors import Rejected
from integrations.google.id_tokens import Expected, UntrustedToken, key_id, person_of
from integrations.google.provider import VENDOR, GoogleProvider, read
from integrations.google.records import Issued
from integrations.http import Request
from integrations.sign_in import VouchedPerson

_log = structlog.get_logger(__name__)

SCOPE = "openid email profile"
_ISSUED = msgspec.json.Decoder(Issued)


async def authorization_url(google: GoogleProvider, *, state: str, code_verifier: str) -> str:
    """The dialog's address; raises IntegrationErrors when Google cannot be asked for it."""
    url = prepare_grant_uri(
        (await google.discovery()).authorization_endpoint,
        client_id=google.app.client_id,
        response_type="code",
        redirect_uri=google.app.redirect_uri,
        scope=SCOPE,
        state=state,
        nonce=_nonce(code_verifier),
        code_challenge=create_s256_code_challenge(code_verifier),
        code_challenge_method="S256",
    )
    return str(url)


async def is_answer_of_google(google: GoogleProvider, issuer: str | None) -> bool:
    """Whether the `iss` of the dialog's answer is Google (RFC 9207); it may be absent unless Google promises it."""
    if issuer is None:
        return not (await google.discovery()).authorization_response_iss_parameter_supported
    return hmac.compare_digest(issuer.encode(), google.app.issuer.encode())


async def person_for_code(google: GoogleProvider, *, code: str, code_verifier: str) -> VouchedPerson:
    """The person who signed in at the dialog that gave this code; a code works once.

    Raises Rejected for a code that is used, late or not ours, and for a token that proves nobody's identity;
    Unavailable when Google does not answer.
    """
    token = await _exchange(google, code, code_verifier)
    app = google.app
    expected = Expected(app.issuer, app.client_id, _nonce(code_verifier), now=google.clock())
    try:
        key = await google.key(key_id(token))
        if key is None:
            raise UntrustedToken("kid")  # noqa: TRY301 - handled as every other reason
        return person_of(token, key, expected)
    except UntrustedToken as untrusted:
        _log.warning("id_token_refused", vendor=VENDOR, rule=str(untrusted))
        raise Rejected("Google's token is not one for this sign-in.") from untrusted


async def _exchange(google: GoogleProvider, code: str, code_verifier: str) -> str:
    app, discovery = google.app, await google.discovery()
    body = prepare_token_request(
        "authorization_code", redirect_uri=app.redirect_uri, code=code, code_verifier=code_verifier
    )
    client = ClientAuth(app.client_id, app.client_secret, "client_secret_post")
    _, _, body = client.prepare("POST", "", {}, body)
    # A call whose answer was lost has used the code up: repeating it cannot succeed.
    request = Request(VENDOR, "POST", discovery.token_endpoint, form=dict(parse_qsl(body)), is_idempotent=False)
    return (await google.http.call(request, lambda reply: read(reply, _ISSUED))).id_token


def _nonce(code_verifier: str) -> str:
    """The dialog's nonce, derived from its code verifier, so that no second secret has to be stored.

    The verifier cannot be computed from the nonce.
    """
    return hmac.new(code_verifier.encode(), b"nonce", hashlib.sha256).hexdigest()
