"""Every field that is asked for may come as a value, null, absent, empty or of another type; none costs the rest."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, get_args, get_origin

import msgspec
import pytest

from analytics.enums import Breakdown, EntityLevel
from analytics.meta.ad_day_facts import base_facts_from_row
from analytics.periods import DateRange
from integrations.ads.questions import Asking
from integrations.ads.spoiled import AD_DAY
from integrations.meta.client import MetaSession
from integrations.meta.creatives import CreativeRow
from integrations.meta.decoding import UNTOLD
from integrations.meta.records import InsightRecord, raw_actions
from sandbox.meta.trouble.odd_values import FORMS, KEYS, Form, label_of
from tests.integrations.meta.conftest import MetaWorld
from tests.integrations.meta.test_client import UNTIL
from tests.worlds.vendors import rows_of

ACCOUNT = "act_1001"
Sent = dict[tuple[str, str], set[Form]]


async def read_everything(session: MetaSession, known: dict[str, list[Any]] | None = None) -> dict[str, list[Any]]:
    """Each question that a refresh may put, answered; those by ids about `known` things."""
    lists: dict[str, AsyncIterator[Any]] = {
        "campaigns": session.campaigns(ACCOUNT, currency="EUR"),
        "ad sets": session.ad_sets(ACCOUNT, currency="EUR"),
        "ads": session.ads(ACCOUNT),
        "creatives": session.creatives(ACCOUNT),
    }
    found: dict[str, list[Any]] = {name: [each async for each in listing] for name, listing in lists.items()}
    for _ in FORMS:
        found.setdefault("accounts", []).extend([each async for each in session.ad_accounts()])
    ids = {name: [each.external_id for each in (known or found)[name]] for name in lists}
    found["by ids"] = [
        *await session.campaigns_by_ids(ids["campaigns"], currency="EUR"),
        *await session.ad_sets_by_ids(ids["ad sets"], currency="EUR"),
        *await session.ads_by_ids(ids["ads"]),
        *await session.creatives_by_ids(ids["creatives"]),
    ]
    found["rows"] = [row async for page in session.insights(ACCOUNT, UNTIL - timedelta(days=2), UNTIL) for row in page]
    pages = session.broken_down(ACCOUNT, UNTIL, UNTIL, (Breakdown.AGE,))
    found["rows"] += [row async for page in pages for row in rows_of(page)]
    week = [DateRange(UNTIL - timedelta(days=6), UNTIL)]
    for level in (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN):
        found["people"] = [row async for rows in session.people(ACCOUNT, level, week, daily=True) for row in rows]
    return found


def asked_for(meta: MetaWorld, since: int) -> set[tuple[str, str]]:
    calls = [call for call in meta.server.admin.log()[since:] if call.method == "GET" and "fields" in call.params]
    return {
        (label_of(call.path, call.params), name.partition("{")[0])
        for call in calls
        for name in call.params["fields"].split(",")
    }


def paths(kind: type[msgspec.Struct], path: str = "") -> Iterator[str]:
    """The fields of a row that are looked at, and those within them."""
    for each in msgspec.structs.fields(kind):
        if each.encode_name == UNTOLD:
            continue
        where = f"{path}.{each.encode_name}" if path else each.encode_name
        yield where
        for option in get_args(each.type) or (each.type,):
            inner = get_args(option)[0] if get_origin(option) in (list, tuple) else option
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                yield from paths(inner, where)


@pytest.fixture
def spread(meta: MetaWorld) -> Iterator[None]:
    yield
    meta.server.admin.spread_odd_values(is_on=False)


@pytest.mark.usefixtures("spread")
@pytest.mark.parametrize("with_keys", [False, True])
async def test_every_field_that_is_asked_for_takes_every_form(meta: MetaWorld, *, with_keys: bool) -> None:
    session, before = meta.session(), len(meta.server.admin.log())
    whole = await read_everything(session)
    assert session.take_spoiled() == []
    meta.server.admin.spread_odd_values(with_keys=with_keys)
    found = await read_everything(session, whole)
    assert session.take_spoiled()
    for name, records in whole.items():
        # Without its keys nobody can tell a row: a few of each list, and nothing else, are lost.
        assert len(found[name]) == len(records) or (with_keys and len(found[name]) >= len(records) // 3), name
    for row in found["rows"]:
        assert all(value == value for value in base_facts_from_row(row).values())  # noqa: PLR0124 - no NaN
        assert "NaN" not in (raw_actions(row.actions) or "")
    sent: Sent = meta.server.admin.sandbox.odd_values.sent
    silent = {of for of in asked_for(meta, before) if of[1] not in KEYS and sent.get(of, set()) != set(FORMS)}
    assert silent == set()
    for kind, label in ((CreativeRow, "adcreatives"), (InsightRecord, "insights of ad, whole")):
        looked_at = {(label, path) for path in paths(kind) if path.rpartition(".")[2] not in KEYS}
        assert {of for of in looked_at if sent.get(of, set()) != set(FORMS)} == set()


@pytest.mark.usefixtures("spread")
@pytest.mark.parametrize("with_keys", [False, True])
async def test_rows_of_report_runs_take_every_form(meta: MetaWorld, *, with_keys: bool) -> None:
    async def read() -> list[InsightRecord]:
        pages = session.insights(ACCOUNT, UNTIL - timedelta(days=2), UNTIL, asking=Asking(by_report=True))
        return [row async for page in pages for row in rows_of(page)]

    session = meta.session()
    whole = await read()
    assert session.take_spoiled() == []
    meta.server.admin.spread_odd_values(with_keys=with_keys)
    found = await read()
    assert len(found) == len(whole) or (with_keys and len(whole) // 3 <= len(found) < len(whole))
    assert {each.kind for each in session.take_spoiled()} == {AD_DAY}
    sent: Sent = meta.server.admin.sandbox.odd_values.sent
    label = "insights of ad, whole"
    looked_at = {(label, path) for path in paths(InsightRecord) if path.rpartition(".")[2] not in KEYS}
    assert {of for of in looked_at if sent.get(of, set()) != set(FORMS)} == set()


@pytest.mark.usefixtures("spread")
async def test_single_objects_take_every_form(meta: MetaWorld) -> None:
    session = meta.session()
    campaign = (await anext(session.campaigns(ACCOUNT, currency="EUR"))).external_id
    meta.server.admin.spread_odd_values()
    for _ in FORMS:
        assert (await session.ad_account(ACCOUNT)).external_id == ACCOUNT
    sent: Sent = meta.server.admin.sandbox.odd_values.sent
    assert all(forms == set(FORMS) for (label, name), forms in sent.items() if label == "object" and name not in KEYS)
    meta.server.admin.spread_odd_values()
    # What a thing is set to has to be known after a change: it is the first value in its turn here.
    state = await meta.session("SANDBOX-SYSTEM-USER").entity_state(campaign, currency="EUR", has_budget=True)
    assert state.switch
