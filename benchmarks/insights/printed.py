"""Ad-days and their parts as the sandbox prints them and the product reads them, to be multiplied; stores nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from analytics.enums import Breakdown
from analytics.metrics.facts import FACT_COLUMNS
from benchmarks.graph_pages import LAST_DAY
from integrations.ads.questions import Asking
from integrations.meta.insights import ad_days, broken_down
from integrations.meta.records import InsightRecord
from models.copying import escaped
from sandbox.meta.calls import GraphCall
from sandbox.meta.config import SandboxConfig
from sandbox.meta.insights.report import open_report
from sandbox.meta.paging import START
from sandbox.meta.state import open_sandbox

_ACCOUNT, _DAYS, _MOST = "act_1001", 60, 100_000
# What is copied of a row: its number, the values of a breakdown, the facts and the raw lists.
COLUMNS = ("number", "value", *FACT_COLUMNS, "actions", "action_values")


@dataclass(frozen=True, slots=True)
class PrintedDays:
    """Lines of COPY in the order of COLUMNS; parts have the number of their ad-day, whose number of lines is `days`."""

    days: int
    lines: bytes
    parts: bytes


def printed_days(breakdown: Breakdown = Breakdown.COUNTRY) -> PrintedDays:
    """Some thousand ad-days of one account, and their parts."""
    whole, parts = _records(()), _records((breakdown,))
    numbers = {record.identity[:2]: number for number, record in enumerate(whole)}
    return PrintedDays(
        len(whole),
        _lines((number, "", record) for number, record in enumerate(whole)),
        _lines((numbers[part.ad_external_id, part.day], part.values((breakdown,))[0], part) for part in parts),
    )


def _records(breakdowns: Sequence[Breakdown]) -> list[Any]:
    sandbox = open_sandbox(SandboxConfig(app_id="1", app_secret="1", admin_token="1", today=LAST_DAY))
    since, asking = LAST_DAY - timedelta(days=_DAYS), Asking()
    if breakdowns:
        params = broken_down.broken_down_query(since, LAST_DAY, breakdowns, asking)
        params["breakdowns"] = f'["{breakdowns[0].lower()}"]'
    else:
        params = ad_days.insights_query(since, LAST_DAY, asking)
    call = GraphCall("GET", f"{_ACCOUNT}/insights", params, None, "", "v26.0")
    page = open_report(sandbox, call, thing=sandbox.dataset.objects[_ACCOUNT]).page(START, limit=_MOST)
    assert page.following is None
    decoder: Any = broken_down.DECODER if breakdowns else ad_days.DECODER
    return list(decoder.decode(msgspec.json.encode({"data": page.rows})).data)


def _lines(rows: Iterable[tuple[int, str, InsightRecord]]) -> bytes:
    return "".join(_line(*row) for row in rows).encode()


def _line(number: int, value: str, record: InsightRecord) -> str:
    facts = record.facts(missing=(), is_video=None, odd=[])
    raw = (None, None) if value else (record.raw_actions, record.raw_action_values)
    values = [number, value, *(facts[name] for name in FACT_COLUMNS), *map(escaped, raw)]
    return "\t".join("\\N" if each is None else str(each) for each in values) + "\n"
