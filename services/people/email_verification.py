"""Verifies e-mail addresses by a link that is mailed to them.

A new address becomes that of the account when its link is opened; until then the account keeps its old one.
"""

from datetime import timedelta
from uuid import UUID

from auth.one_time_tokens import About, look_at, make, take
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import Origin, TenantScope
from models.audit.entry import INSTALLATION, log_scope, record
from models.database import WriteSession
from models.people.one_time_token import TokenPurpose, count_tokens_since
from models.people.user import User, change_email_unless_taken, user_for_update
from services.mail import MailTools, post, require_mail
from services.people.letters import address_changed_letter, verification_letter
from services.people.own_account import lock_person
from services.people.tools import AccountTools

VALID_FOR = timedelta(hours=24)
# How many letters an account gets within an hour, so that nobody can flood another person with them.
MOST_LETTERS = 5
_WITHIN = timedelta(hours=1)
_PURPOSE = TokenPurpose.EMAIL_VERIFICATION


async def request_email_verification(tools: AccountTools, viewer: Viewer) -> UUID:
    """Mails a link to the viewer's address, unless it is verified already; answers the person's id.

    Raises Refused: NOT_CONFIGURED, INVALID without an address, CONFLICT after too many letters.
    """
    require_mail(tools.vendors.mailer)
    async with tools.db.write(log_scope(viewer)) as session:
        user = await lock_person(session, viewer)
        if user.email is None:
            raise Refused(UserErrorCode.INVALID, "Your account has no e-mail address: add one first.")
        if user.email_verified_at is None:
            await send_verification(tools, session, user, address=user.email)
            record(session, viewer, action="email.verification_requested", target_type="User", target_id=user.id)
    return user.id


async def send_verification(tools: MailTools, session: WriteSession, user: User, *, address: str) -> None:
    """Mails a link for the address, in the caller's transaction; raises Refused CONFLICT after too many letters."""
    now = tools.clock()
    if await count_tokens_since(session, user.id, purpose=_PURPOSE, since=now - _WITHIN) >= MOST_LETTERS:
        raise Refused(
            UserErrorCode.CONFLICT,
            "You got several letters within the last hour: look for them, also among spam, or try again later.",
            retry_after_s=int(_WITHIN.total_seconds()),
        )
    token = await make(session, About(_PURPOSE, address, user_id=user.id), now=now, expires_at=now + VALID_FOR)
    await post(
        tools,
        session,
        verification_letter(address, user.name, url=f"{tools.addresses.app_url}/verify-email#token={token}"),
    )


async def verify_email(tools: AccountTools, origin: Origin, token: str) -> UUID:
    """Makes the token's address that of the account, and verified; answers the person's id.

    Raises Refused: TOKEN_INVALID, TOKEN_EXPIRED, EMAIL_TAKEN when another account has the address by now.
    """
    now = tools.clock()
    async with tools.db.read(None) as reading:
        found = await look_at(reading, token, purpose=_PURPOSE, now=now)
    person_id = found.user_id or INSTALLATION
    caller = TenantScope(INSTALLATION, person_id, origin)
    async with tools.db.write(caller) as session:
        await take(session, token, purpose=_PURPOSE, now=now)
        user = await user_for_update(session, person_id)
        if user is None or found.email is None or user.disabled_at is not None or user.deleted_at is not None:
            raise Refused(UserErrorCode.TOKEN_INVALID, "The account behind this link has ended.", field="token")
        if user.email != found.email:
            await _change_address(tools, session, user, found.email)
        user.email_verified_at = now
        record(session, caller, action="email.verified", target_type="User", target_id=user.id)
    return user.id


async def _change_address(tools: MailTools, session: WriteSession, user: User, address: str) -> None:
    """Stores the new address, and writes to the old one, if it was verified, that it no longer counts."""
    before = user.email if user.email_verified_at is not None else None
    if not await change_email_unless_taken(session, user, address):
        raise Refused(UserErrorCode.EMAIL_TAKEN, "Another account has this address by now.", field="token")
    if before is not None:
        await post(tools, session, address_changed_letter(before, user.name))
