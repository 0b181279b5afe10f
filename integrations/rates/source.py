"""Fetches the file of exchange rates from the address that the installation names; reads nothing of it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from integrations.errors import Rejected, Unavailable, VendorError
from integrations.http import HttpClient, Patience, Reply, Request, TryAgain
from integrations.rates.unpacking import MOST_BYTES

# Nobody waits for it, and the next day asks again.
RATES_PATIENCE = Patience(total_s=60, attempt_s=30, attempts=3, body_bytes=MOST_BYTES)
_OK, _TOO_MANY, _SERVER_FAULT = 200, 429, 500


@dataclass(frozen=True, slots=True)
class RateSource:
    """A file at an address, whose query may have a credential."""

    url: str = field(repr=False)
    http: HttpClient = field(repr=False)

    async def fetch(self) -> bytes:
        """The file as it comes; raises an IntegrationError."""
        parts = urlsplit(self.url)
        address, query = parts._replace(query="", fragment="").geturl(), parse_qsl(parts.query, keep_blank_values=True)
        return await self.http.call(Request("The source of rates", "GET", address, dict(query)), _body)


def _body(reply: Reply) -> bytes:
    if reply.status == _OK:
        return reply.body
    said = VendorError(reply.status)
    if reply.status == _TOO_MANY or reply.status >= _SERVER_FAULT:
        raise TryAgain(Unavailable("The source of rates does not answer at the moment.", said=said))
    raise Rejected(f"The source of rates answers with the status {reply.status} and no file.", said=said)
