"""Mailers: send letters to an SMTP server, or in development write them into a folder; never into the log."""

import asyncio
import os
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from integrations.errors import Rejected, TimedOut, Unavailable, VendorError
from integrations.mail.letter import Letter, Postmark, email_of

# By the scheme of an SMTP URL: whether the connection begins with TLS, whether STARTTLS is required, the default port.
SCHEMES = {"smtps": (True, False, 465), "smtp": (False, True, 587), "smtp+insecure": (False, False, 25)}
_TOTAL_S = 30.0
_REFUSED_FOR_GOOD = 500


class Mailer(Protocol):
    @property
    def sender(self) -> str: ...

    async def send(self, letter: Letter, postmark: Postmark) -> None:
        """Returns when the letter was accepted for delivery; raises an IntegrationError.

        Rejected means that the letter will never be accepted. After any other error a later try may succeed.
        """
        ...


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server. `smtps` begins with TLS, `smtp` requires STARTTLS, `smtp+insecure` has no TLS."""

    scheme: str
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """The server of a URL `scheme://user:password@host:port`, with user and password percent-encoded."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or SCHEMES[parts.scheme][2],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends each letter over a connection of its own. The server's texts are not passed on: they repeat addresses."""

    server: SmtpServer
    sender: str
    total_s: float = _TOTAL_S

    async def send(self, letter: Letter, postmark: Postmark) -> None:
        message = email_of(letter, postmark)
        try:
            async with asyncio.timeout(self.total_s):
                await self._hand_over(message, letter.to)
        except TimeoutError as error:
            raise TimedOut(f"The mail server did not answer within {self.total_s:.0f} seconds.") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = max(refused.code for refused in error.recipients)
            kind = Rejected if code >= _REFUSED_FOR_GOOD else Unavailable
            raise kind("The mail server did not take the address.", said=VendorError(http_status=code)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            said = VendorError(http_status=getattr(error, "code", 0), text=type(error).__name__)
            raise Unavailable("The mail server did not take the letter.", said=said) from None

    async def _hand_over(self, message: EmailMessage, recipient: str) -> None:
        uses_tls, must_start_tls, _ = SCHEMES[self.server.scheme]
        await aiosmtplib.send(
            message,
            sender=parseaddr(self.sender)[1],
            recipients=[recipient],
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password,
            use_tls=uses_tls,
            start_tls=must_start_tls,
            timeout=self.total_s,
        )


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Writes each letter to a file that only its owner can read; by name the newest file comes last."""

    folder: Path
    sender: str = "Adgraph <adgraph@localhost>"

    async def send(self, letter: Letter, postmark: Postmark) -> None:
        name = f"{postmark.at:%Y%m%dT%H%M%S.%f}-{postmark.message_id.strip('<>').partition('@')[0]}.eml"
        await asyncio.to_thread(_write, self.folder / name, bytes(email_of(letter, postmark)))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(path)
