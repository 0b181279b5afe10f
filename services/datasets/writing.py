"""Writes the data sets of an account into a folder of this machine: read once, cut into a file for each period."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from analytics.enums import EntityLevel
from errors import InternalError, QueryTooComplex
from models.ads.ad_account import AdAccount
from models.database import ReadSession
from models.datasets.dataset import DatasetPeriod
from models.datasets.lines import DAY, MOST_TAG_FIELDS, StoredAdDays, ad_day_columns, copy_ad_days, stored_ad_days
from services.exports.columns import id_kind, in_camel_case
from services.exports.parquet import ParquetTarget, open_parquet
from services.exports.writing import WrittenFile, measured

# Of the layout of the files, which readers may look at: it rises when columns change their meaning.
SCHEMA_VERSION = "1"
_PERIODS = tuple(DatasetPeriod)
_ID_KINDS = {level: id_kind(level) for level in EntityLevel}


@dataclass(frozen=True, slots=True)
class PeriodFile:
    """The file of a period, and how many ad-days it has."""

    file: WrittenFile
    rows: int


async def write_files(
    session: ReadSession, account: AdAccount, folder: Path
) -> Mapping[DatasetPeriod, PeriodFile] | None:
    """A file for each period up to the last day that was read; None while there is none.

    Raises InternalError where a file lacks a row of the account, and QueryTooComplex for more fields of tags than a
    file can have columns.
    """
    stored = await stored_ad_days(session, account.id, [period.days for period in _PERIODS])
    if stored is None:
        return None
    if len(stored.tag_fields) > MOST_TAG_FIELDS:
        raise QueryTooComplex(f"The ads of this account have more than {MOST_TAG_FIELDS:,} fields of tags.")
    columns = [(_name(each.name), each.kind) for each in ad_day_columns(stored.tag_fields)]
    targets = [
        ParquetTarget(folder / period.value, _metadata(account, stored, period), _first_day(stored, period))
        for period in _PERIODS
    ]
    async with open_parquet(folder / "files.json", columns, targets, cut_by=_name(DAY.name)) as lines:
        rows = await copy_ad_days(session, account.id, stored, id_kinds=_ID_KINDS, sink=lines.take)
    if (tuple(lines.rows), rows) != (stored.rows, max(stored.rows)):
        raise InternalError(f"The files have {lines.rows} rows of {rows}, and the account has {stored.rows}.")
    return {
        period: PeriodFile(await measured(target.path), number)
        for period, target, number in zip(_PERIODS, targets, lines.rows, strict=True)
    }


def _name(column: str) -> str:
    return column if column.startswith("tag.") else in_camel_case(column)


def _first_day(stored: StoredAdDays, period: DatasetPeriod) -> date:
    return stored.days.end - timedelta(days=period.days - 1)


def _metadata(account: AdAccount, stored: StoredAdDays, period: DatasetPeriod) -> Mapping[str, str]:
    """What a file says of itself: nothing that changes while its rows stay, since the file stays the same then."""
    first = _first_day(stored, period)
    return {
        "adgraph.ad_account": account.external_id,
        "adgraph.period": period.value,
        "adgraph.first_day": first.isoformat(),
        "adgraph.last_day": stored.days.end.isoformat(),
        "adgraph.missing_days": json.dumps([day.isoformat() for day in stored.missing if day >= first]),
        "adgraph.time_zone": account.time_zone,
        "adgraph.schema_version": SCHEMA_VERSION,
    }
