"""A row that is refused even for its id ends no list: what lies behind it is asked for by the time of its change."""

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from integrations.ads.list_memory import Loss
from integrations.ads.records import AdRecord, AdSetRecord, CampaignRecord
from integrations.errors import PermissionMissing
from integrations.meta.change_windows import ChangeWindow
from integrations.meta.client import MetaSession
from sandbox.meta.trouble.faults import FaultKind
from sandbox.meta.trouble.limits import RefusedObject
from tests.integrations.meta.conftest import MetaWorld

ACCOUNT = "act_1001"
EDGES = ("campaigns", "adsets", "ads")
WORDS = {"campaigns": "campaigns", "adsets": "ad sets", "ads": "ads"}
Record = CampaignRecord | AdSetRecord | AdRecord


@pytest.fixture(autouse=True)
def unspoilt(meta: MetaWorld) -> Iterator[None]:
    yield
    meta.server.admin.sandbox.refused_objects.clear()


def listing(session: MetaSession, edge: str, since: datetime | None = None) -> AsyncIterator[Record]:
    if edge == "campaigns":
        return session.campaigns(ACCOUNT, currency="EUR", changed_since=since)
    if edge == "adsets":
        return session.ad_sets(ACCOUNT, currency="EUR", changed_since=since)
    return session.ads(ACCOUNT, changed_since=since)


async def read(session: MetaSession, edge: str, since: datetime | None = None) -> dict[str, Record]:
    return {record.external_id: record async for record in listing(session, edge, since)}


def refuse(meta: MetaWorld, *records: Record, code: int = 100, status: int = 400) -> None:
    for record in records:
        meta.server.admin.refuse_object(RefusedObject(record.external_id, code=code, status=status))


def moment(record: Record) -> str:
    assert record.updated_at is not None
    return record.updated_at.strftime("%Y-%m-%d %H:%M:%S UTC")


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("place", [0, -1, 2])
async def test_a_row_without_an_id_costs_itself_alone(meta: MetaWorld, edge: str, place: int) -> None:
    whole = await read(meta.session(), edge)
    refused = [*whole.values()][place]
    refuse(meta, refused)
    session = meta.session()
    found = await read(session, edge)
    assert found == {key: record for key, record in whole.items() if record is not refused}
    [loss] = session.lists.losses
    assert (loss.kind, loss.object_id, loss.changed) == (WORDS[edge], None, f"at {moment(refused)}")
    assert session.calls <= 75


async def test_where_such_rows_are_is_remembered_until_they_move_or_are_shown(meta: MetaWorld) -> None:
    whole = await read(meta.session(), "ads")
    refused = [*whole.values()][3::9][:3]
    refuse(meta, *refused)
    first = meta.session()
    found = await read(first, "ads")
    again = meta.session()
    again.lists.unnamed |= deepcopy(first.lists.unnamed)
    assert await read(again, "ads") == found
    assert {loss.changed for loss in again.lists.losses} == {loss.changed for loss in first.lists.losses}
    assert (again.calls <= 15 < first.calls, again.lists.is_changed) == (True, False)
    meta.server.admin.sandbox.refused_objects.pop(refused[0].external_id)
    healed = meta.session()
    healed.lists.unnamed |= deepcopy(first.lists.unnamed)
    assert (await read(healed, "ads")).keys() == {*found, refused[0].external_id}
    assert (sum(map(len, healed.lists.unnamed.values())), healed.lists.is_changed) == (2, True)


async def test_a_second_is_remembered_of_its_own_list_alone(meta: MetaWorld) -> None:
    whole = await read(meta.session(), "ads")
    refused = [*whole.values()][3]
    refuse(meta, refused)
    session = meta.session()
    await read(session, "ads")
    [(listing_asked, seconds)] = [(name, each) for name, each in session.lists.unnamed.items() if each]
    assert (listing_asked, len(seconds)) == (f"{ACCOUNT}/ads", 1)
    # A list of the same kind, such as that of archived ads, may show all that was changed in the same second.
    session.lists.note_unnamed(f"{ACCOUNT}/ads?archived", *seconds, is_there=False)
    assert session.lists.unnamed[f"{ACCOUNT}/ads"] == seconds != set()


async def test_five_such_rows_are_passed_and_more_of_them_are_told(meta: MetaWorld) -> None:
    whole = await read(meta.session(), "ads")
    refused = [*whole.values()][3::4][:5]
    refuse(meta, *refused)
    session = meta.session()
    found = await read(session, "ads")
    assert whole.keys() - found.keys() == {record.external_id for record in refused}
    assert {loss.changed for loss in session.lists.losses} == {f"at {moment(record)}" for record in refused}
    assert session.calls <= 5 * 75


async def test_where_most_rows_are_refused_the_search_ends_and_tells_the_times_that_it_left(meta: MetaWorld) -> None:
    whole = await read(meta.session(), "ads")
    answered = [*whole.values()][::10]
    refuse(meta, *(record for record in whole.values() if record not in answered))
    session = meta.session()
    found = await read(session, "ads")
    assert found.keys() <= {record.external_id for record in answered}
    # Of both lists, that of what is archived included.
    assert session.calls <= 2 * (5 * 70 + 30)
    told = [loss.changed or "" for loss in session.lists.losses]
    assert any(words.startswith("from ") for words in told)
    assert all(words for words in told)


async def test_what_changed_since_is_read_around_it_as_well(meta: MetaWorld) -> None:
    ordered = sorted((await read(meta.session(), "ads")).values(), key=moment)
    since, refused = ordered[len(ordered) // 2].updated_at, ordered[-3]
    changed = await read(meta.session(), "ads", since)
    refuse(meta, refused, ordered[0])
    session = meta.session()
    assert await read(session, "ads", since) == {
        key: record for key, record in changed.items() if record is not refused and record != refused
    }
    assert [loss.changed for loss in session.lists.losses] == [f"at {moment(refused)}"]
    rules = [call.params["filtering"] for call in meta.server.admin.log()[-session.calls :]]
    assert all("GREATER_THAN" in rule for rule in rules)


async def test_what_was_changed_in_the_same_second_is_told_with_it(meta: MetaWorld) -> None:
    whole = await read(meta.session(), "campaigns")
    first, second, *_ = whole
    objects = meta.server.admin.sandbox.dataset.objects
    kept = objects[second].fields["updated_time"]
    objects[second].fields["updated_time"] = objects[first].fields["updated_time"]
    try:
        refuse(meta, whole[first])
        session = meta.session()
        assert whole.keys() - (await read(session, "campaigns")).keys() == {first, second}
        assert [loss.changed for loss in session.lists.losses] == [f"at {moment(whole[first])}"]
    finally:
        objects[second].fields["updated_time"] = kept


@pytest.mark.parametrize("is_ignored", [True, False])
async def test_where_meta_takes_no_such_filter_the_list_ends_before_it(meta: MetaWorld, *, is_ignored: bool) -> None:
    whole = await read(meta.session(), "ads")
    refused = [*whole.values()][7]
    refuse(meta, refused)
    params, body = {"filtering": "*LESS_THAN*"}, '{"data":[{"id":"7"}]}'
    kind = FaultKind.OTHER_BODY if is_ignored else FaultKind.ERROR
    meta.spoil(kind, path="*/ads", code=100, message=body, times=None, params=params)
    session = meta.session()
    found = await read(session, "ads")
    assert {*[*whole][:7]} <= found.keys() < whole.keys()
    assert session.lists.losses == [Loss("ads", session.lists.losses[0].message)], "the rest of the list"
    assert session.calls <= 20


async def test_windows_that_answer_nothing_are_not_believed(meta: MetaWorld) -> None:
    params = {"filtering": "*LESS_THAN*"}
    meta.spoil(FaultKind.OTHER_BODY, path="*/ads", message='{"data":[]}', times=None, params=params)
    meta.spoil(FaultKind.ERROR, path="*/ads", code=100, times=None, params={"effective_status": ""})
    session = meta.session()
    await read(session, "ads")
    assert [loss.changed for loss in session.lists.losses] == [None], "the rest of the list"


@pytest.mark.parametrize("place", [0, 5])
async def test_a_row_that_may_not_be_read_does_not_look_like_a_missing_permission(meta: MetaWorld, place: int) -> None:
    whole = await read(meta.session(), "ads")
    refused = [*whole.values()][place]
    refuse(meta, refused, code=200, status=403)
    session = meta.session()
    found = await read(session, "ads")
    assert whole.keys() - found.keys() == {refused.external_id}


@pytest.mark.parametrize("code", [3, 10, 200, 294])
@pytest.mark.parametrize("edge", [*EDGES, "adcreatives"])
async def test_a_permission_that_is_missing_for_a_list_is_believed_at_once(
    meta: MetaWorld, edge: str, code: int
) -> None:
    meta.spoil(FaultKind.ERROR, path=f"*/{edge}", code=code, status=403, times=None)
    session = meta.session()
    with pytest.raises(PermissionMissing):
        async for _ in session.creatives(ACCOUNT) if edge == "adcreatives" else listing(session, edge):
            pass
    assert session.calls <= 3
    assert session.lists.losses == []


def test_the_halves_of_a_window_are_all_of_it_down_to_a_second() -> None:
    windows = [ChangeWindow(after=100, before=110)]
    seconds = list[int]()
    while windows:
        window = windows.pop()
        halves = window.halves()
        if halves is None:
            assert window.after is not None
            seconds.append(window.after + 1)
        else:
            windows += halves
    assert sorted(seconds) == [*range(101, 110)]


def test_seconds_are_set_apart_within_a_window_alone() -> None:
    window = ChangeWindow(100, 110)
    assert window.around([100, 110, 3]) == [window]
    assert window.around([109, 104]) == [
        ChangeWindow(100, 104),
        ChangeWindow(103, 105),
        ChangeWindow(104, 109),
        ChangeWindow(108, 110),
    ]
    assert [each.second for each in window.around([104])] == [None, 104, None]
    assert ChangeWindow().around([7])[0] == ChangeWindow(None, 7)


def test_all_time_is_halved_in_thirty_steps() -> None:
    now, window, steps = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()), ChangeWindow(), 0
    while halves := window.halves():
        window = next(half for half in halves if (half.after or 0) < now < (half.before or 2 * now))
        steps += 1
    assert (str(window), steps) == ("at 2026-11-21 00:00:00 UTC", 30)


def test_a_window_is_called_by_its_first_and_last_second() -> None:
    day = datetime(2026, 11, 21, tzinfo=UTC)
    ends = [None, *(int((day + timedelta(seconds=offset)).timestamp()) for offset in (0, 10)), None]
    assert [str(ChangeWindow(*pair)) for pair in pairwise(ends)] == [
        "to 2026-11-20 23:59:59 UTC",
        "from 2026-11-21 00:00:01 UTC to 2026-11-21 00:00:09 UTC",
        "from 2026-11-21 00:00:11 UTC",
    ]
