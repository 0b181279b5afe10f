"""Changes of a person's own name and e-mail address."""

from auth.permissions import require_recent_sign_in
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import log_scope, record
from models.database import WriteSession
from models.people.user import User, user_by_email
from models.people.ways_in import void_links_of
from services.mail import MailTools, require_mail
from services.people.email_addresses import normalized_email
from services.people.email_verification import send_verification
from services.people.names import checked_name
from services.people.own_account import lock_person
from services.people.tools import AccountTools


async def update_profile(tools: AccountTools, viewer: Viewer, *, name: str | None, email: str | None) -> Viewer:
    """Changes the name at once, and mails a link to a new address, which counts when that link is opened.

    So a typo in an address locks nobody out. A new address needs a recent sign-in. Raises Refused: INVALID,
    EMAIL_TAKEN, NOT_CONFIGURED, CONFLICT.
    """
    async with tools.db.write(log_scope(viewer)) as session:
        user = await lock_person(session, viewer)
        before = {"name": user.name}
        if name is not None:
            user.name = checked_name(name, what="A name", field="name")
        if email is not None:
            await _ask_new_address(tools, session, viewer, user, email)
        after = {"name": user.name, "asked_for_new_address": email is not None}
        record(
            session, viewer, action="user.updated", target_type="User", target_id=user.id, before=before, after=after
        )
    return viewer


async def _ask_new_address(tools: MailTools, session: WriteSession, viewer: Viewer, user: User, email: str) -> None:
    require_mail(tools.vendors.mailer)
    require_recent_sign_in(viewer, tools.clock())
    address = normalized_email(email)
    if address is None:
        raise Refused(UserErrorCode.INVALID, "This is not an e-mail address.", field="email")
    if address == user.email:
        return
    if await user_by_email(session, address) is not None:
        raise Refused(UserErrorCode.EMAIL_TAKEN, "Another account has this e-mail address.", field="email")
    # Only the last address that was asked for can become the account's.
    await void_links_of(session, user.id, now=tools.clock())
    await send_verification(tools, session, user, address=address)
