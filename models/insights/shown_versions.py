"""Reads what answers about insights depend on besides their question: one row for all that the tenant has stored."""

from typing import NamedTuple

from sqlalchemy import text

from models.database import ReadSession

# Columns of an account that answers show: a change that forgets to raise `data_version` is noticed all the same.
_SHOWN = "name, status, currency, time_zone, disconnected_at, frozen_at, last_refreshed_at"
# The parts lie on different nodes where tables are on shards, so each is read by itself. A concatenation of rows that
# is in the order of their ids is hashed by Postgres: a tenant may have 10,000 accounts.
_VERSIONS = text(f"""
    with accounts as materialized (
        select md5(coalesce(string_agg(concat_ws('|', id, data_version, {_SHOWN}), ',' order by id), '')) as version,
            coalesce(array_agg(distinct time_zone order by time_zone), '{{}}') as time_zones
        from ad_account where tenant_id = :tenant_id
    ), formulas as materialized (
        select md5(coalesce(string_agg(concat_ws('|', id, updated_at), ',' order by id), '')) as version
        from custom_metric where tenant_id = :tenant_id
    ), ground as materialized (
        select currency from tenant where id = :tenant_id
    ), rates as materialized (
        select coalesce(max(version), 0) as version from fx_rate
    )
    select accounts.version, accounts.time_zones, formulas.version, ground.currency, rates.version
    from accounts, formulas, ground, rates
""")  # noqa: S608 - names of our own columns


class ShownVersions(NamedTuple):
    """Each is another one after a change of what it stands for; `time_zones` are those of the accounts."""

    accounts: str
    time_zones: tuple[str, ...]
    formulas: str
    currency: str
    rates: int


async def shown_versions(session: ReadSession) -> ShownVersions | None:
    """The versions of all that the tenant's answers about insights show; None for a tenant that is gone."""
    found = await (await session.connection()).execute(_VERSIONS, {"tenant_id": session.tenant_id})
    row = found.one_or_none()
    return None if row is None else ShownVersions(row[0], tuple(row[1]), row[2], row[3], row[4])
