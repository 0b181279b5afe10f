"""The table of exchange rates by currency and day, for the whole installation, and how it is written; knows no amount.

A day without publication has a row too, with the rate of the last one: a question joins by currency and day alone. The
carried rows are written with the rate that they carry, so a rate that comes late or is corrected brings its own.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Date, Index, Numeric, String, bindparam, func, text
from sqlmodel import Field, select

from analytics.rates import DECIMAL_PLACES, EURO, RATE_LASTS_DAYS, WHOLE_DIGITS, PublishedRate
from models.columns import Row
from models.database import WriteSession

PER_EUR = Numeric(WHOLE_DIGITS + DECIMAL_PLACES, DECIMAL_PLACES)


class FxRate(Row, table=True):
    """One euro is `per_eur` units of `currency` on `day`, by what was published on `published_on`.

    `version` grows with each load: it is that of the load which changed the row last.
    """

    __tablename__ = "fx_rate"
    __table_args__ = (
        CheckConstraint(f"currency <> '{EURO}'", name="currency"),
        CheckConstraint("per_eur > 0", name="per_eur"),
        Index(None, "version"),
        CheckConstraint(f"day - published_on between 0 and {RATE_LASTS_DAYS}", name="published_on"),
    )

    currency: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    per_eur: Decimal = Field(sa_type=PER_EUR)
    published_on: date
    version: int = Field(sa_type=BigInteger)


# So many are made parameters before others of the process get a turn.
_AT_ONCE = 10_000
# Only one load at a time: two would take the same version. Whoever reads is not kept waiting.
_LOCK = text("lock table fx_rate in share row exclusive mode")
_NEXT_VERSION = select(func.coalesce(func.max(FxRate.version), 0) + 1)

# Rates that are stored already are left out first, since a file usually has one new day behind years of old ones.
_STORE = text("""
    insert into fx_rate (currency, day, per_eur, published_on, version)
    select given.currency, given.day, given.per_eur, given.day, :version
    from unnest(:currencies, :days, :rates) as given (currency, day, per_eur)
    left join fx_rate as known
      on known.currency = given.currency and known.day = given.day and known.published_on = given.day
    where known.per_eur is distinct from given.per_eur
    on conflict (currency, day) do update
    set per_eur = excluded.per_eur, published_on = excluded.published_on, version = excluded.version
""").bindparams(
    bindparam("currencies", type_=ARRAY(String())),
    bindparam("days", type_=ARRAY(Date())),
    bindparam("rates", type_=ARRAY(PER_EUR)),
)
# A rate is carried as far as it lasts, or to the next publication. What an earlier rate had carried beyond that ends
# sooner, so nothing of it is left.
_CARRY = text(f"""
    insert into fx_rate (currency, day, per_eur, published_on, version)
    select rate.currency, rate.day + ahead, rate.per_eur, rate.day, rate.version
    from fx_rate as rate
    cross join lateral (
        select min(later.day) - rate.day - 1 as free_days from fx_rate as later
        where later.currency = rate.currency and later.published_on = later.day
          and later.day between rate.day + 1 and rate.day + {RATE_LASTS_DAYS}
    ) as next_one
    cross join generate_series(1, coalesce(next_one.free_days, {RATE_LASTS_DAYS})) as ahead
    where rate.version = :version and rate.published_on = rate.day
    on conflict (currency, day) do update
    set per_eur = excluded.per_eur, published_on = excluded.published_on, version = excluded.version
""")  # noqa: S608 - a number of ours


async def store_rates(session: WriteSession, rates: Sequence[PublishedRate]) -> int:
    """Stores rates, each of another currency and day, beside those that are there; answers how many are new or changed.

    Needs a session of the system role. Days that `rates` lack keep what they have.
    """
    connection = await session.connection()
    await connection.execute(_LOCK)
    version = (await connection.execute(_NEXT_VERSION)).scalar_one()
    changed = 0
    for start in range(0, len(rates), _AT_ONCE):
        some = rates[start : start + _AT_ONCE]
        given = {
            "currencies": [rate.currency for rate in some],
            "days": [rate.day for rate in some],
            "rates": [rate.per_eur for rate in some],
        }
        changed += (await connection.execute(_STORE, {"version": version, **given})).rowcount
    if changed:
        await connection.execute(_CARRY, {"version": version})
    return changed
