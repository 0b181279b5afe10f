"""Letters of the product: stored and queued with what they are about, sent by the worker, kept for a day at most.

The queue knows a letter's id only. Its text is encrypted in its row, since it may have a one-time link in it, and the
row is deleted when the letter is sent.
"""

from datetime import timedelta
from email.utils import parseaddr
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from analytics.clock import Clock
from auth.token_cipher import CipherError, TokenCipher, secret_context
from errors import Refused, UserErrorCode
from integrations.errors import Rejected
from integrations.mail.letter import Letter, Postmark
from integrations.mail.mailer import Mailer
from models.database import Database, WriteSession
from models.ids import new_id
from models.installation.retention import delete_mails_before
from models.mail import OutgoingMail, delete_mail, mail_by_id
from models.queue.enqueue import enqueue
from services.batches import delete_in_batches
from services.tools import HasAddresses, HasCipher, HasClock, HasVendors

_log = structlog.get_logger(__name__)

MAIL_TASK = "mails.send"
KEPT_FOR = timedelta(days=1)


class MailTools(HasClock, HasCipher, HasVendors, HasAddresses, Protocol):
    """What writes and posts a letter: the mail server is one of the vendors, links lead to `addresses.app_url`."""


async def post(tools: MailTools, session: WriteSession, letter: Letter) -> None:
    """Queues the letter in the caller's transaction; where no mail is configured, nothing happens."""
    if tools.vendors.mailer is not None:
        mail_id = await keep_sealed(tools.clock, tools.cipher, session, msgspec.json.encode(letter).decode())
        await enqueue(session, MAIL_TASK, mail_id=str(mail_id))


async def keep_sealed(clock: Clock, cipher: TokenCipher, session: WriteSession, content: str) -> UUID:
    """Stores a text for a job, encrypted for its row alone; answers the row's id."""
    mail_id = new_id()
    sealed = cipher.encrypt(_context(mail_id), content)
    session.add(OutgoingMail(id=mail_id, content_enc=sealed, created_at=clock()))
    await session.flush()
    return mail_id


def opened(cipher: TokenCipher, mail: OutgoingMail) -> str:
    """The text that `keep_sealed` stored; raises CipherError when its key is no longer configured."""
    return cipher.decrypt(_context(mail.id), mail.content_enc)


def require_mail(mailer: Mailer | None) -> Mailer:
    """The mailer; raises Refused NOT_CONFIGURED where this installation sends no mail."""
    if mailer is None:
        raise Refused(UserErrorCode.NOT_CONFIGURED, "This installation sends no e-mail: its operator sets SMTP_URL.")
    return mailer


async def send_mail(db: Database, cipher: TokenCipher, mailer: Mailer | None, mail_id: UUID) -> None:
    """Hands the letter to the mail server and deletes it, also when it is refused for good or cannot be decrypted.

    A letter is sent at least once: when a worker dies between the two, another one sends it again, with the same id of
    the message. Raises IntegrationError when a later try may succeed.
    """
    async with db.read(None) as session:
        mail = await mail_by_id(session, mail_id)
    if mail is None or mailer is None:
        return
    try:
        letter = msgspec.json.decode(opened(cipher, mail), type=Letter)
        await mailer.send(letter, _postmark(mailer, mail))
    except Rejected as error:
        _log.warning("mail_refused", mail_id=str(mail_id), code=error.said.http_status if error.said else None)
    except CipherError:
        _log.warning("mail_unreadable", mail_id=str(mail_id))
    async with db.write(None) as session:
        await delete_mail(session, mail_id)


async def forget_old_mails(db: Database, clock: Clock) -> int:
    """Deletes letters that could not be sent for a day, whose links have expired by then; answers how many."""
    return await delete_in_batches(partial(db.write, None), delete_mails_before, clock() - KEPT_FOR)


def _postmark(mailer: Mailer, mail: OutgoingMail) -> Postmark:
    domain = parseaddr(mailer.sender)[1].rpartition("@")[2]
    return Postmark(mailer.sender, f"<{mail.id}@{domain}>", mail.created_at)


def _context(mail_id: UUID) -> str:
    return secret_context("outgoing_mail", "content_enc", None, mail_id)
