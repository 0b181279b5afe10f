"""Letter: a message to one person, and the e-mail made of it: plain text, and the same as simple HTML."""

from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from html import escape

from integrations.errors import Rejected

_PAGE = (
    '<!doctype html><html><body style="font-family:sans-serif;line-height:1.5;color:#1c1e21;max-width:34em">'
    "{}</body></html>\n"
)
_BUTTON = '<p><a href="{url}" style="color:#0a58ca;font-weight:bold">{label}</a></p><p style="color:#606770">{url}</p>'


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a letter; `url` may contain a one-time token, so it is left out of the repr."""

    label: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person: the paragraphs, then the link, then `closing`."""

    to: str = field(repr=False)
    subject: str
    paragraphs: tuple[str, ...] = field(repr=False)
    link: Link | None = None
    closing: str | None = None


@dataclass(frozen=True, slots=True)
class Postmark:
    """Sender, id and date of an e-mail.

    `message_id` is the same for every try, so that a mailbox recognises a letter that came twice.
    """

    sender: str
    message_id: str
    at: datetime


def email_of(letter: Letter, postmark: Postmark) -> EmailMessage:
    """The e-mail of a letter; raises Rejected for an address or a subject that an e-mail cannot have."""
    local_part, _, domain = letter.to.rpartition("@")
    message = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    try:
        message["From"] = postmark.sender
        message["To"] = Address(username=local_part, domain=domain)
        message["Subject"] = letter.subject
    except (ValueError, MessageError) as error:
        raise Rejected("No e-mail can be sent to this address.") from error
    message["Date"] = format_datetime(postmark.at)
    message["Message-ID"] = postmark.message_id
    message["Auto-Submitted"] = "auto-generated"
    text = _text(letter)
    # Not encoded where that is possible, so that the link can be read in one piece in the file of a FolderMailer.
    message.set_content(text, cte="7bit" if text.isascii() else None)
    message.add_alternative(_html(letter), subtype="html")
    return message


def _text(letter: Letter) -> str:
    link = [f"{letter.link.label}:\n{letter.link.url}"] if letter.link else []
    return "\n\n".join([*letter.paragraphs, *link, *([letter.closing] if letter.closing else [])]) + "\n"


def _html(letter: Letter) -> str:
    parts = [f"<p>{escape(paragraph)}</p>" for paragraph in letter.paragraphs]
    if letter.link:
        parts.append(_BUTTON.format(url=escape(letter.link.url), label=escape(letter.link.label)))
    if letter.closing:
        parts.append(f"<p>{escape(letter.closing)}</p>")
    return _PAGE.format("".join(parts))
