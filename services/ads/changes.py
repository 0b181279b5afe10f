"""Changes ads on the platform: switches them on and off, sets daily budgets, and reads back what the platform shows.

A write is sent once and never repeated. Where the platform does not confirm it, what the platform shows afterwards says
whether it was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.ads.platform import AdPlatform, AdSession
from integrations.ads.records import EntityState
from integrations.errors import AccessRevoked, IntegrationError, PermissionMissing, Rejected, Throttled
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, raise_data_version
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.placeholders import OWN_ID
from models.audit.entry import record
from models.connections.access_grant import AccessGrant
from models.database import Database, ReadSession, WriteSession
from models.ingestion.entity_reading import forget_readings
from services.account_access import NoAccess, access_of, token_of
from services.billing.freezing import refuse_frozen
from services.billing.quotas import writable_entitlement
from services.connections.grant_tokens import give_up
from services.connections.tools import ConnectionTools
from services.idempotency import Answer, KeyedCall, once

_log = structlog.get_logger(__name__)

Entity = Campaign | AdSet | Ad
E = TypeVar("E", bound=Entity)
_NAMES: Mapping[type, str] = {Campaign: "campaign", AdSet: "ad_set", Ad: "ad"}
_WITH_BUDGET = (Campaign, AdSet)
_GONE = (DeliveryStatus.ARCHIVED, DeliveryStatus.DELETED)
_LARGEST_BUDGET = Decimal(10) ** 11
_WRITE_PERMISSION_MISSING = "The grant lacks the permission {}: connect again and allow it."


class SwitchStatus(StrEnum):
    """What a campaign, an ad set or an ad can be switched to."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class Wanted(Generic[E]):
    """The campaign, ad set or ad that a client means; an id of None belongs to none."""

    kind: type[E]
    entity_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Change:
    """The new value of one field, `status` or `daily_budget`."""

    field: str
    value: SwitchStatus | Decimal

    def is_shown(self, state: EntityState) -> bool:
        """Whether the platform shows the new value."""
        shown = state.switch if self.field == "status" else state.daily_budget
        return shown == self.value


@dataclass(frozen=True, slots=True)
class _Target:
    """An entity that may be changed, with the currency and the token that this takes."""

    entity: Entity
    currency: str
    grant: AccessGrant
    platform: AdPlatform
    token: str

    @property
    def has_budget(self) -> bool:
        return isinstance(self.entity, _WITH_BUDGET)

    def session(self) -> AdSession:
        """A new session with the platform, one for each call: a fault of the last call must not delay the next."""
        return self.platform.account_session(self.token)

    def told(self, text: str, error: IntegrationError) -> str:
        """Our sentence about the platform, followed by what the platform wrote for the person, if it did."""
        name = self.platform.name
        return f"{name} {text} {name} says: {error.advice}" if error.advice else f"{name} {text}"


async def set_status(
    tools: ConnectionTools, viewer: Viewer, wanted: Wanted[E], status: SwitchStatus, *, idempotency_key: str
) -> E:
    """Switches a campaign, ad set or ad on or off; needs MANAGE_ADS.

    Whether it delivers depends on the switches above it as well. Raises Refused: INVALID, NOT_FOUND, FORBIDDEN for a
    disconnected account, QUOTA_EXCEEDED, CONFLICT for the key, ACCESS_TOKEN_INVALID, PERMISSION_MISSING, WRITE_LIMITED,
    UPSTREAM_UNAVAILABLE when nothing was changed, OUTCOME_UNKNOWN.
    """
    require(viewer, Permission.MANAGE_ADS)
    return await _change_once(tools, viewer, wanted, _Change("status", status), key=idempotency_key)


async def set_daily_budget(
    tools: ConnectionTools, viewer: Viewer, wanted: Wanted[E], amount: Decimal, *, idempotency_key: str
) -> E:
    """Sets the daily budget of a campaign or ad set that has one already; needs MANAGE_ADS.

    `amount` is in the account's currency. Raises Refused as set_status does.
    """
    require(viewer, Permission.MANAGE_ADS)
    if not 0 < amount < _LARGEST_BUDGET:
        raise Refused(
            UserErrorCode.INVALID,
            f"A daily budget must be more than 0 and less than {_LARGEST_BUDGET:,}.",
            field="amount",
        )
    return await _change_once(tools, viewer, wanted, _Change("daily_budget", amount), key=idempotency_key)


async def _change_once(tools: ConnectionTools, viewer: Viewer, wanted: Wanted[E], change: _Change, *, key: str) -> E:
    """Applies the change once for the idempotency key; answers the row as it is now."""
    meant = {"id": wanted.entity_id, "value": _plain(change.value)}
    call = KeyedCall(f"{_NAMES[wanted.kind]}.{change.field}", key, meant)
    await once(tools.db, tools.clock, viewer, call, partial(_apply, tools, viewer, wanted, change))
    async with tools.db.read(viewer) as session:
        return await _load_entity(session, viewer, wanted)


async def _load_entity(session: ReadSession, viewer: Viewer, wanted: Wanted[E]) -> E:
    """The tenant's row; raises Refused NOT_FOUND."""
    entity = await session.get(wanted.kind, (viewer.tenant_id, wanted.entity_id)) if wanted.entity_id else None
    if entity is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such campaign, ad set or ad.", field="entity_id")
    return entity


async def _apply(tools: ConnectionTools, viewer: Viewer, wanted: Wanted[E], change: _Change) -> Answer:
    """Writes to the platform, reads back and stores what it shows; raises Refused unless it shows the new value."""
    target = await _load_target(tools, viewer, wanted)
    _refuse_unfit_budget(target, change)
    is_confirmed = await _write_to_platform(tools.db, tools.clock, viewer, target, change)
    state = await _fetch_state(target)
    name = target.platform.name
    if state is None:
        await _note_unknown(tools.db, viewer, target, change)
        raise Refused(
            UserErrorCode.OUTCOME_UNKNOWN,
            f"Nobody knows whether {name} made the change: it did not answer."
            " Look in Ads Manager before you repeat it.",
        )
    await _store_state(tools.db, viewer, target, change, state=state)
    if change.is_shown(state):
        return {"id": str(target.entity.id)}
    if is_confirmed:
        raise Refused(
            UserErrorCode.OUTCOME_UNKNOWN,
            f"{name} confirmed the change but does not show it yet: look again in a minute.",
        )
    raise Refused(
        UserErrorCode.UPSTREAM_UNAVAILABLE,
        f"{name} did not confirm the change and does not show it: look again in a minute, then repeat it.",
    )


async def _load_target(tools: ConnectionTools, viewer: Viewer, wanted: Wanted[E]) -> _Target:
    """The entity with its token; raises Refused where anything known to us forbids the change."""
    async with tools.db.read(viewer) as session:
        await writable_entitlement(tools.clock, tools.vendors.billing, session)
        entity = await _load_entity(session, viewer, wanted)
        account = await session.get_one(AdAccount, (entity.tenant_id, entity.ad_account_id))
        access = await access_of(session, account)
    if entity.external_id.startswith(OWN_ID):
        message = "Only an import knows of it, and no refresh has found it on the platform: refresh the ad account."
        raise Refused(UserErrorCode.INVALID, message, field="entity_id")
    if entity.status in _GONE or entity.deleted_upstream_at is not None:
        raise Refused(
            UserErrorCode.INVALID,
            "What is archived or deleted on the platform cannot be changed any more.",
            field="entity_id",
        )
    refuse_frozen(account, field="entity_id")
    if isinstance(access, NoAccess):
        raise access.refused(field="entity_id")
    platform = tools.vendors.ads[account.platform]
    if platform.write_scope not in access.scopes:
        missing = _WRITE_PERMISSION_MISSING.format(platform.write_scope)
        raise Refused(UserErrorCode.PERMISSION_MISSING, missing, field="entity_id")
    try:
        return _Target(entity, account.currency, access, platform, token_of(tools.cipher, access))
    except AccessRevoked as error:
        raise _no_access(error.reason) from error


def _refuse_unfit_budget(target: _Target, change: _Change) -> None:
    """Raises Refused INVALID for a budget of what has none, and for one that the currency cannot express."""
    if isinstance(change.value, SwitchStatus):
        return
    if isinstance(target.entity, Ad) or target.entity.daily_budget is None:
        raise Refused(
            UserErrorCode.INVALID,
            "There is no daily budget here: it is on the campaign or on its ad sets, or it is a lifetime budget.",
            field="entity_id",
        )
    if change.value % target.session().smallest_amount(target.currency):
        told = f"This amount has more decimal places than {target.currency} has."
        raise Refused(UserErrorCode.INVALID, told, field="amount")


async def _write_to_platform(db: Database, clock: Clock, viewer: Viewer, target: _Target, change: _Change) -> bool:
    """Sends the change once. True when the platform confirmed it, False when nobody knows whether it was done.

    Raises Refused when the platform refused it, so that nothing was changed.
    """
    session, external_id = target.session(), target.entity.external_id
    try:
        if isinstance(change.value, SwitchStatus):
            await session.set_status(external_id, change.value)
        else:
            await session.set_daily_budget(external_id, change.value, currency=target.currency)
    except Throttled as error:
        raise Refused(
            UserErrorCode.WRITE_LIMITED,
            target.told("limits changes for a while; nothing was changed.", error),
            retry_after_s=error.retry_after_s,
        ) from error
    except PermissionMissing as error:
        raise Refused(UserErrorCode.PERMISSION_MISSING, error.message, field="entity_id") from error
    except AccessRevoked as error:
        await give_up(db, clock, viewer, target.grant, error.reason)
        raise _no_access(error.reason) from error
    except Rejected as error:
        refused = target.told("refused the change; nothing was changed.", error)
        raise Refused(UserErrorCode.INVALID, refused) from error
    except IntegrationError as error:
        _log.warning("ad_change_unconfirmed", error=type(error).__name__)
        return False
    return True


async def _fetch_state(target: _Target) -> EntityState | None:
    """What the platform shows of the entity now; None when it does not answer."""
    try:
        return await target.session().entity_state(
            target.entity.external_id, currency=target.currency, has_budget=target.has_budget
        )
    except IntegrationError as error:
        _log.warning("ad_change_not_read_back", error=type(error).__name__)
        return None


async def _store_state(db: Database, viewer: Viewer, target: _Target, change: _Change, *, state: EntityState) -> None:
    """Stores what the platform shows; records the change in the audit log when the platform shows it."""
    async with db.write(viewer) as session:
        key = (viewer.tenant_id, target.entity.id)
        entity = await session.get(type(target.entity), key, with_for_update=True)
        if not isinstance(entity, Campaign | AdSet | Ad):
            return
        before = _shown(entity, change)
        entity.updated_at = state.updated_at or entity.updated_at
        if "status" not in state.untold and entity.status != state.status:
            entity.status = DeliveryStatus(state.status)
            if not isinstance(entity, Ad):
                # Everything below it has another status now as well. The next refresh would only look there if this
                # status differed from the stored one, which it does no more: it lists everything instead.
                await forget_readings(session, entity.ad_account_id)
        if not isinstance(entity, Ad) and "daily_budget" not in state.untold:
            entity.daily_budget = state.daily_budget
        await raise_data_version(session, [entity.ad_account_id])
        if change.is_shown(state):
            after = {**_shown(entity, change), "set_to": _plain(change.value)}
            _record(session, viewer, target, change, states=(before, after))


async def _note_unknown(db: Database, viewer: Viewer, target: _Target, change: _Change) -> None:
    """Records in the audit log a change of which nobody knows whether it was made."""
    async with db.write(viewer) as session:
        after = {"set_to": _plain(change.value), "outcome": "unknown"}
        _record(session, viewer, target, change, states=(_shown(target.entity, change), after))


def _record(
    session: WriteSession,
    viewer: Viewer,
    target: _Target,
    change: _Change,
    *,
    states: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    kind = type(target.entity)
    record(
        session,
        viewer,
        action=f"{_NAMES[kind]}.{change.field}_set",
        target_type=kind.__name__,
        target_id=target.entity.id,
        before=states[0],
        after=states[1],
    )


def _shown(entity: Entity, change: _Change) -> dict[str, Any]:
    return {change.field: _plain(getattr(entity, change.field))}


def _plain(value: object) -> str | None:
    """The value as the audit log stores it; 12.50 and 12.5 are the same text."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else None if value is None else str(value)


def _no_access(reason: str) -> Refused:
    return Refused(UserErrorCode.ACCESS_TOKEN_INVALID, reason, field="entity_id")
