"""A single call to Meta's Graph API: address, token, proof, decoding, usage; must not know what is asked."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import structlog

from integrations.ads.spoiled import Spoiled
from integrations.ads.usage import Usage
from integrations.errors import IntegrationError, InvalidResponse, Misshapen, TimedOut, Unavailable
from integrations.http import HttpClient, Reply, Request, TryAgain
from integrations.meta.decoding import Decoder, Tolerant, read
from integrations.meta.faults import ErrorBody, outcome_of, rule_for
from integrations.meta.usage import regain_s, usages

_log = structlog.get_logger(__name__)
T = TypeVar("T")
VENDOR = "Meta"
_OK = 200
_SERVER_FAULT = 500
# Pauses before the next question after faults of Meta's servers: 0.5 s, doubled with each fault in a row up to 2 s.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class MetaApp:
    """What Meta has given the installation, and Meta's addresses, which are without the version of the API."""

    app_id: str
    app_secret: str = field(repr=False)
    api_version: str
    graph_url: str
    dialog_url: str
    # Where the dialog sends the browser back to: exactly the address that is registered for the app.
    redirect_uri: str

    @property
    def graph(self) -> str:
        return f"{self.graph_url.rstrip('/')}/{self.api_version}"

    @property
    def token(self) -> str:
        """The app's own token."""
        return f"{self.app_id}|{self.app_secret}"

    def proof(self, token: str) -> str:
        """The parameter appsecret_proof, which shows Meta that the user of a token also knows the app's secret."""
        return hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class _ErrorEnvelope(msgspec.Struct, frozen=True):
    error: ErrorBody | None = None


_ERROR: Tolerant[_ErrorEnvelope] = Tolerant("error", _ErrorEnvelope, _ErrorEnvelope)


class Graph:
    """Calls with one token, or without any. Raises IntegrationErrors, whose texts have no credential."""

    __slots__ = ("_app", "_faults", "_http", "_token", "calls", "spoiled", "usage")

    def __init__(self, app: MetaApp, http: HttpClient, token: str | None) -> None:
        self._app = app
        self._http = http
        self._token = token
        # How many calls in a row have ended with a fault of Meta's servers.
        self._faults = 0
        # How many answers have come so far, those to repeated calls included.
        self.calls = 0
        # The latest reading of each limit, by its kind and ad account.
        self.usage: dict[tuple[str, str | None], Usage] = {}
        # The values of all answers so far that could not be read.
        self.spoiled: list[Spoiled] = []

    async def get(self, path: str, query: Mapping[str, str], decoder: Decoder[T]) -> T:
        request = Request(
            VENDOR,
            "GET",
            f"{self._app.graph}/{path}",
            query={**query, **self._proof()},
            headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
        )
        return await self._call(request, decoder)

    async def post(self, path: str, form: Mapping[str, str], decoder: Decoder[T], *, is_idempotent: bool) -> T:
        """Sends parameters in the body: for writes, and for parameters that must not be in an address."""
        request = Request(
            VENDOR,
            "POST",
            f"{self._app.graph}/{path}",
            form={**form, **({"access_token": self._token} if self._token else {}), **self._proof()},
            is_idempotent=is_idempotent,
        )
        return await self._call(request, decoder)

    async def _call(self, request: Request, decoder: Decoder[T]) -> T:
        """Makes the call, after a pause if the last one ended with a fault of Meta's servers.

        Every question waits then, even one that was made smaller because of the fault: otherwise a fault of a few
        seconds would let the caller divide its question down to single rows.
        """
        if self._faults:
            await self._http.rest(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self._faults - 1)))
        try:
            answer = await self._http.call(request, lambda reply: self._read(reply, decoder))
        except IntegrationError as error:
            self._faults = self._faults + 1 if _is_server_fault(error) else 0
            raise
        self._faults = 0
        return answer

    def _proof(self) -> dict[str, str]:
        return {"appsecret_proof": self._app.proof(self._token)} if self._token else {}

    def _read(self, reply: Reply, decoder: Decoder[T]) -> T:
        self.calls += 1
        # The headers of errors are read too: only they tell how long to wait.
        readings = usages(reply.headers)
        self.usage.update({(reading.kind, reading.external_account_id): reading for reading in readings})
        is_json = False
        if reply.status == _OK:
            try:
                return read(decoder, reply.body, self.spoiled)
            except msgspec.ValidationError:
                is_json = True  # JSON of another shape, such as an error that comes with status 200
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                pass  # no JSON at all
        raise _failure(reply, readings, is_json=is_json)


def _is_server_fault(error: IntegrationError) -> bool:
    return isinstance(error, TimedOut) or (error.said is not None and error.said.http_status >= _SERVER_FAULT)


def _failure(reply: Reply, readings: tuple[Usage, ...], *, is_json: bool) -> Exception:
    try:
        body = read(_ERROR, reply.body, []).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        body = None
    if body is not None:
        if rule_for(body).is_alert:
            _log.error("vendor_alert", vendor=VENDOR, code=body.code, subcode=body.error_subcode)
        outcome, may_pass = outcome_of(body, http_status=reply.status, regain_s=regain_s(readings))
        return TryAgain(outcome) if may_pass else outcome
    if reply.status >= _SERVER_FAULT:
        return TryAgain(Unavailable("Meta does not answer at the moment; try again in a few minutes."))
    unreadable = Misshapen if is_json else InvalidResponse
    return TryAgain(unreadable("Meta sent an answer that cannot be read."))
