"""Chores: what every worker does again and again. Several may do so at once, since each row is locked by one worker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from errors import DatabaseUnavailable
from services.billing.price_check import check_prices
from services.billing.stripe_sync import reconcile_billing
from services.channel_jobs.daily_checks import tick_checks
from services.channel_jobs.of_channels import tend_channel_jobs
from services.channel_jobs.syncing import tick_channels
from services.channel_jobs.throttling import forget_old_channel_limits
from services.channels.message_upkeep import forget_old_messages, resume_messages
from services.connections.grant_health import check_grants
from services.datasets.upkeep import delete_ended_datasets
from services.exports.upkeep import expire_exports, resume_exports, sweep_files
from services.idempotency import forget_old_keys
from services.ingestion.throttling import forget_old_limits
from services.insights.months import sum_months
from services.installation.retention import forget_old_audit_entries, forget_old_refresh_tokens, forget_old_sessions
from services.listings.sold_products import suggest_archiving
from services.listings.suggesting import expire_old_suggestions
from services.mail import forget_old_mails
from services.people.one_time_tokens import forget_old_tokens
from services.products.removal import erase_deleted_products
from services.rates import renew_rates
from services.refreshes.behind_grants import stop_jobs_without_access
from services.refreshes.schedules import tick_schedules
from services.relay.attention import tell_of_missing_agents
from services.relay.lapsing import lapse_leases
from services.tenants.deletion import resume_erasures
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """A chore, done every `every_s` seconds by each worker; `work` answers how much it did."""

    name: str
    every_s: float
    work: Callable[[Toolbox], Awaitable[int]]


def _forget_old_sessions(tools: Toolbox) -> Awaitable[int]:
    return forget_old_sessions(tools.db, tools.clock, session_days=tools.retention.session_days)


def _forget_old_audit_entries(tools: Toolbox) -> Awaitable[int]:
    return forget_old_audit_entries(tools.db, tools.clock, audit_days=tools.retention.audit_days)


CHORES: tuple[Chore, ...] = (
    Chore("schedules", 15, lambda tools: tick_schedules(tools.db, tools.clock, tools.vendors.billing)),
    Chore("grant_jobs", 30, lambda tools: stop_jobs_without_access(tools.db, tools.clock)),
    Chore("channel_syncs", 15, tick_channels),
    Chore("channel_checks", 60, lambda tools: tick_checks(tools.db, tools.clock)),
    Chore("seller_messages", 600, lambda tools: resume_messages(tools.db, tools.clock)),
    Chore("old_seller_messages", 3600, lambda tools: forget_old_messages(tools.db, tools.clock)),
    Chore("suggestions", 3600, lambda tools: expire_old_suggestions(tools.db, tools.clock)),
    Chore("long_sold", 86_400, lambda tools: suggest_archiving(tools.db, tools.clock)),
    Chore("relay_leases", 15, lapse_leases),
    Chore("relay_agents", 30, tell_of_missing_agents),
    Chore("channel_jobs", 15, lambda tools: tend_channel_jobs(tools.db, tools.clock)),
    Chore("grants", 300, check_grants),
    Chore("months", 600, lambda tools: sum_months(tools.db, tools.clock)),
    Chore("billing", 900, lambda tools: reconcile_billing(tools.db, tools.clock, tools.vendors.billing)),
    Chore("prices", 86_400, lambda tools: check_prices(tools.vendors.billing)),
    Chore("rates", 86_400, lambda tools: renew_rates(tools.db, tools.clock, tools.vendors.rates)),
    Chore("tenant_erasures", 300, lambda tools: resume_erasures(tools.db, tools.clock)),
    Chore("exports", 300, lambda tools: resume_exports(tools.db, tools.clock)),
    Chore("old_files", 3600, expire_exports),
    Chore("old_datasets", 300, delete_ended_datasets),
    Chore("nameless_files", 86_400, sweep_files),
    Chore("deleted_products", 86_400, erase_deleted_products),
    Chore("one_time_tokens", 3600, lambda tools: forget_old_tokens(tools.db, tools.clock)),
    Chore("idempotency_keys", 3600, lambda tools: forget_old_keys(tools.db, tools.clock)),
    Chore("limits", 3600, lambda tools: forget_old_limits(tools.db, tools.clock)),
    Chore("channel_limits", 3600, lambda tools: forget_old_channel_limits(tools.db, tools.clock)),
    Chore("mails", 3600, lambda tools: forget_old_mails(tools.db, tools.clock)),
    Chore("sessions", 3600, _forget_old_sessions),
    Chore("refresh_tokens", 3600, lambda tools: forget_old_refresh_tokens(tools.db, tools.clock)),
    Chore("audit_entries", 3600, _forget_old_audit_entries),
)


async def keep_doing(tools: Toolbox, chore: Chore) -> None:
    """Does the chore until it is cancelled; where the database is away, the next round does the work."""
    while True:
        try:
            if done := await chore.work(tools):
                _log.info("chore_done", chore=chore.name, count=done)
        except DatabaseUnavailable:
            _log.warning("chore_postponed", chore=chore.name)
        await asyncio.sleep(chore.every_s)
