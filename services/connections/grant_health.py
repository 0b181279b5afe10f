"""Checks grants once a day: asks the platform whether the token is still good, and renews it before it ends."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from errors import DatabaseUnavailable
from integrations.ads.records import TokenInfo
from integrations.errors import AccessRevoked, IntegrationError
from models.acting import TenantScope
from models.audit.entry import record
from models.connections.access_grant import (
    AccessGrant,
    AccessGrantStatus,
    access_grant_for_update,
    claim_unchecked_grant,
    unchecked_grants,
)
from services.account_access import token_context, token_of
from services.connections.grant_tokens import give_up, health, missing_scopes
from services.connections.tools import ConnectionTools
from services.refreshes.behind_grants import resume_jobs, stop_jobs

_log = structlog.get_logger(__name__)

CHECK_EVERY = timedelta(hours=24)
# A token is renewed from 30 days before its end. People are warned 14 days before it (EXPIRING_WITHIN), so that two
# weeks of failing renewals pass without troubling anybody.
RENEW_WITHIN = timedelta(days=30)
# How many grants one look over all tenants takes.
_MOST_AT_ONCE = 200
_SCOPE_WITHDRAWN = "The permission {scopes} was taken back: connect again and allow it."


@dataclass(frozen=True, slots=True)
class _Checked:
    """A grant as it was when it was claimed, and what the platform says of its token, or of the renewed one."""

    grant: AccessGrant
    token: str
    info: TokenInfo
    is_renewed: bool


async def check_grants(tools: ConnectionTools) -> int:
    """Checks every grant that was not checked for a day; answers how many. With many workers each is checked once."""
    checked, more = 0, True
    while more:
        async with tools.db.sweep(reason="find grants to check") as session:
            found = await unchecked_grants(session, tools.clock() - CHECK_EVERY, most=_MOST_AT_ONCE)
        done = [await _check(tools, TenantScope(tenant_id), grant_id) for tenant_id, grant_id in found]
        checked += sum(done)
        # A full list of which this worker could claim nothing belongs to other workers, which are checking it now.
        more = len(found) == _MOST_AT_ONCE and any(done)
    return checked


async def _check(tools: ConnectionTools, scope: TenantScope, grant_id: UUID) -> bool:
    """Checks one grant; False when another worker has claimed it."""
    now = tools.clock()
    async with tools.db.write(scope) as session:
        grant = await claim_unchecked_grant(session, grant_id, now - CHECK_EVERY)
        if grant is None:
            return False
        grant.checked_at = now
    try:
        await _store_checked(tools, scope, await _fetch_token_info(tools, grant))
    except AccessRevoked as error:
        await give_up(tools.db, tools.clock, scope, grant, error.reason)
    except DatabaseUnavailable:
        raise
    except IntegrationError as error:
        # The grant is checked again tomorrow. The dates at which it ends are known from earlier checks.
        _log.warning("grant_check_failed", grant_id=str(grant_id), error=type(error).__name__)
    return True


async def _fetch_token_info(tools: ConnectionTools, grant: AccessGrant) -> _Checked:
    """Asks the platform about the grant's token, and for a longer one when it ends soon.

    A renewal that fails, or that brings no better token, leaves the old one. Raises AccessRevoked with what the person
    has to do, and other IntegrationErrors.
    """
    token = token_of(tools.cipher, grant)
    platform = tools.vendors.ads[grant.platform]
    session = platform.account_session(token)
    await session.confirm_token()
    info = await session.token_info()
    if info.expires_at is None or info.expires_at - tools.clock() > RENEW_WITHIN:
        return _Checked(grant, token, info, is_renewed=False)
    try:
        fresh = await platform.renewed_token(token)
        fresh_info = await platform.account_session(fresh).token_info()
    except IntegrationError as error:
        _log.warning("grant_not_renewed", grant_id=str(grant.id), error=type(error).__name__)
        return _Checked(grant, token, info, is_renewed=False)
    lasts_longer = fresh_info.expires_at is None or fresh_info.expires_at > info.expires_at
    if not (fresh_info.is_valid and fresh_info.external_user_id == grant.external_user_id and lasts_longer):
        return _Checked(grant, token, info, is_renewed=False)
    return _Checked(grant, fresh, fresh_info, is_renewed=True)


async def _store_checked(tools: ConnectionTools, scope: TenantScope, checked: _Checked) -> None:
    """Records the check, unless somebody has connected or revoked the grant meanwhile; stops or resumes refreshes."""
    now, info, platform = tools.clock(), checked.info, tools.vendors.ads[checked.grant.platform]
    async with tools.db.write(scope) as session:
        grant = await access_grant_for_update(session, checked.grant.id)
        if grant is None or grant.token_enc != checked.grant.token_enc:
            return
        before, actor = grant.status, TenantScope(grant.tenant_id)
        if checked.is_renewed:
            grant.token_enc = tools.cipher.encrypt(token_context(grant.tenant_id, grant.id), checked.token)
            record(
                session,
                actor,
                action="access_grant.token_renewed",
                target_type="AccessGrant",
                target_id=grant.id,
                before={"expires_at": grant.expires_at},
                after={"expires_at": info.expires_at},
            )
        grant.scopes, grant.missing_scopes = list(info.scopes), missing_scopes(platform, info)
        grant.expires_at, grant.data_access_expires_at = info.expires_at, info.data_access_expires_at
        withdrawn = [scope for scope in platform.required_scopes if scope not in info.scopes]
        if withdrawn:
            grant.status = AccessGrantStatus.NEEDS_REAUTH
            grant.reason = _SCOPE_WITHDRAWN.format(scopes=", ".join(withdrawn))
            await stop_jobs(session, grant.id, reason=grant.reason, now=now)
            return
        grant.status, grant.reason = AccessGrantStatus.ACTIVE, None
        grant.status, grant.reason = health(grant, now)
        if before is AccessGrantStatus.NEEDS_REAUTH and grant.status is not AccessGrantStatus.NEEDS_REAUTH:
            # The token works again, for example after the person has passed a security check of the platform.
            await resume_jobs(session, actor, grant.id, now=now)
