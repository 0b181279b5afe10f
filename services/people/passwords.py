"""New passwords, which people set while they are signed in, or with a link that was mailed to them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from auth.authenticator import Authenticator
from auth.one_time_tokens import About, look_at, make, take
from auth.passwords import PasswordHasher, weakness
from auth.permissions import person_id_of, require_recent_sign_in
from auth.token_cipher import CipherError
from auth.viewer import Viewer
from errors import Refused, Unauthenticated, UserErrorCode
from models.acting import Origin, TenantScope
from models.audit.entry import INSTALLATION, log_scope, record
from models.database import WriteSession
from models.mail import delete_mail, mail_by_id
from models.people.one_time_token import TokenPurpose, count_tokens_since
from models.people.user import User, user_by_email, user_by_id, user_for_update
from models.people.user_password import password_recipe, store_password
from models.people.ways_in import forget_identities, revoke_sessions_of, void_links_of
from models.queue.enqueue import enqueue
from services.mail import MailTools, keep_sealed, opened, post, require_mail
from services.people.email_addresses import normalized_email
from services.people.letters import password_changed_letter, reset_letter
from services.people.own_account import lock_person
from services.people.password_checks import check_password
from services.people.reclaiming import end_keys
from services.people.tools import AccountTools
from services.tools import Credentials

RESET_TASK = "accounts.answer_reset_request"
VALID_FOR = timedelta(hours=1)
# How many links an account gets while one is valid, so that nobody can flood another person with them.
MOST_LETTERS = 3
_PURPOSE = TokenPurpose.PASSWORD_RESET


@dataclass(frozen=True, slots=True)
class _PasswordChange:
    """`reason` is why the other sessions end; `kept_session` is the one that does not."""

    new_hash: str
    reason: str
    kept_session: UUID | None = None


def require_passwords(credentials: Credentials) -> None:
    """Raises Refused where people sign in without passwords."""
    if not credentials.has_passwords:
        raise Refused(
            UserErrorCode.NOT_CONFIGURED, "This installation has no passwords: sign in with Facebook or Google."
        )


async def set_password(tools: AccountTools, viewer: Viewer, *, current: str | None, password: str) -> UUID:
    """Sets the viewer's password and ends their other sessions; answers the person's id.

    The first password needs a recent sign-in in place of `current`. Raises Refused: NOT_CONFIGURED,
    INVALID_CREDENTIALS, WEAK_PASSWORD, CONFLICT when the password was changed meanwhile.
    """
    require_passwords(tools.credentials)
    async with tools.db.read(None) as reading:
        user = await user_by_id(reading, person_id_of(viewer))
    if user is None:
        raise Unauthenticated
    recipe = await _check_current(tools, viewer, user, current)
    change = _PasswordChange(
        await _hashed(tools.credentials.passwords, user, password), "password_set", viewer.session_id
    )
    async with tools.db.write(log_scope(viewer)) as session:
        locked = await lock_person(session, viewer)
        if await password_recipe(session, user.id) != recipe:
            raise Refused(UserErrorCode.CONFLICT, "The password was changed in between: try again.")
        ended = await _store_new_password(tools, session, locked, change)
        record(session, viewer, action="password.set", target_type="User", target_id=user.id)
    _forget(tools.credentials.authenticator, ended)
    return user.id


async def request_password_reset(tools: AccountTools, email: str) -> None:
    """Stores the request, encrypted, and queues it. Raises Refused NOT_CONFIGURED.

    Only the worker looks up whether the address has an account, so the caller cannot tell from the time of the answer.
    """
    require_passwords(tools.credentials)
    require_mail(tools.vendors.mailer)
    async with tools.db.write(None) as session:
        request_id = await keep_sealed(tools.clock, tools.cipher, session, normalized_email(email) or "")
        await enqueue(session, RESET_TASK, request_id=str(request_id))


async def answer_reset_request(tools: AccountTools, request_id: UUID) -> None:
    """Mails a link to the requested address, if its account may sign in and has got fewer than MOST_LETTERS lately."""
    async with tools.db.write(None) as session:
        request = await mail_by_id(session, request_id)
        if request is None or not await delete_mail(session, request_id):
            return
        try:
            address = opened(tools.cipher, request)
        except CipherError:
            return
        user = await user_by_email(session, address)
        if user is not None and user.disabled_at is None and user.deleted_at is None:
            await _send_link(tools, session, user, address)


async def reset_password(tools: AccountTools, origin: Origin, *, token: str, password: str) -> UUID:
    """Sets the password of the token's account and ends all of its sessions; answers the person's id.

    The address is verified by it, since the link was mailed there. Raises Refused: NOT_CONFIGURED, TOKEN_INVALID,
    TOKEN_EXPIRED, WEAK_PASSWORD, after which the token can still be used.
    """
    require_passwords(tools.credentials)
    now = tools.clock()
    async with tools.db.read(None) as reading:
        found = await look_at(reading, token, purpose=_PURPOSE, now=now)
        user = await user_by_id(reading, found.user_id) if found.user_id else None
    if user is None or user.email != found.email or user.disabled_at is not None:
        raise Refused(
            UserErrorCode.TOKEN_INVALID, "The account behind this link has changed: ask for a new link.", field="token"
        )
    change = _PasswordChange(await _hashed(tools.credentials.passwords, user, password), "password_reset")
    async with tools.db.write(TenantScope(INSTALLATION, user.id)) as session:
        await take(session, token, purpose=_PURPOSE, now=now)
        locked = await user_for_update(session, user.id)
        if locked is None or locked.email != found.email:
            raise Refused(
                UserErrorCode.TOKEN_INVALID,
                "The account behind this link has changed: ask for a new link.",
                field="token",
            )
        is_reclaimed = locked.email_verified_at is None
        if is_reclaimed:
            # Nobody had proven the address, so somebody else may have registered it: no provider's account that they
            # linked may sign in any longer.
            await forget_identities(session, locked.id)
            locked.email_verified_at = now
        locked.token_version += 1
        await _store_new_password(tools, session, locked, change)
        caller = TenantScope(INSTALLATION, user.id, origin)
        record(session, caller, action="password.reset", target_type="User", target_id=user.id)
    tools.credentials.authenticator.forget_person(user.id)
    if is_reclaimed:
        await end_keys(tools, user.id)
    return user.id


async def _check_current(tools: AccountTools, viewer: Viewer, user: User, current: str | None) -> str | None:
    """The recipe of the current password; None for a viewer without one, who needs a recent sign-in."""
    checked = await check_password(tools.db, tools.credentials.passwords, user.id, current or "")
    if checked.recipe is None:
        require_recent_sign_in(viewer, tools.clock())
    elif not checked.is_right:
        raise Refused(UserErrorCode.INVALID_CREDENTIALS, "This is not your current password.", field="current")
    return checked.recipe


async def _hashed(passwords: PasswordHasher, user: User, password: str) -> str:
    problem = weakness(password, email=user.email or "", name=user.name)
    if problem:
        raise Refused(UserErrorCode.WEAK_PASSWORD, problem, field="password")
    return await passwords.hash(password)


async def _store_new_password(
    tools: MailTools, session: WriteSession, user: User, change: _PasswordChange
) -> list[UUID]:
    """Stores the new hash, and ends the other sessions and open links of the account; answers the ended sessions."""
    now = tools.clock()
    await store_password(session, user.id, change.new_hash)
    ended = await revoke_sessions_of(session, user.id, now=now, reason=change.reason, but=change.kept_session)
    await void_links_of(session, user.id, now=now)
    if user.email is not None and user.email_verified_at is not None:
        await post(tools, session, password_changed_letter(user.email, user.name))
    return list(ended)


async def _send_link(tools: MailTools, session: WriteSession, user: User, address: str) -> None:
    now = tools.clock()
    if await count_tokens_since(session, user.id, purpose=_PURPOSE, since=now - VALID_FOR) >= MOST_LETTERS:
        return
    token = await make(session, About(_PURPOSE, address, user_id=user.id), now=now, expires_at=now + VALID_FOR)
    await post(
        tools, session, reset_letter(address, user.name, url=f"{tools.addresses.app_url}/reset-password#token={token}")
    )


def _forget(authenticator: Authenticator, ended: list[UUID]) -> None:
    for session_id in ended:
        authenticator.forget(session_id)
