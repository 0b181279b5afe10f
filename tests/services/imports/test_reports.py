"""Importing reports: who may, which rows are stored and which are problems, and what a file never changes."""

import asyncio
import gc
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics.metrics.facts import FACT_COLUMNS
from analytics.periods import DateRange
from models.insights.day_marks import mark_gaps
from models.insights.day_swap import DaySwap, StagedRows, delete_insights, replace_slice
from models.insights.tables import GapKind
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.seats import Seats
from services.toolbox import Toolbox
from tests.worlds.ads import NOON
from tests.worlds.datasets import JOBS
from tests.worlds.exports import csv_rows, export_world
from tests.worlds.imports import ImportWorld, import_world, line, report
from tests.worlds.insights import more_insights

DAY = date(2026, 11, 1)
ENTRIES = "select after from audit_log where tenant_id = :tenant and action = 'report.imported'"
ADS = "select name, external_id, status from ad where tenant_id = :tenant and not external_id = any(:known)"
PLACED = """
select ad.name, ad.external_id, ad_set.name as ad_set, campaign.name as campaign, campaign.external_id as above
from ad join ad_set on ad_set.tenant_id = :tenant and ad_set.id = ad.ad_set_id
join campaign on campaign.tenant_id = :tenant and campaign.id = ad.campaign_id
where ad.tenant_id = :tenant and not ad.external_id = any(:known) order by ad.name, campaign.name
"""
MARKS = "select day, status, rows, imported_at from insight_day where tenant_id = :tenant order by day"


@pytest.fixture
async def world(tools: Toolbox) -> ImportWorld:
    return await import_world(tools)


def names_of(world: ImportWorld, place: int) -> tuple[str, str, str]:
    ad = world.insights.ads[place]
    [ad_set] = [each for each in world.insights.ad_sets if each.id == ad.ad_set_id]
    [campaign] = [each for each in world.insights.campaigns if each.id == ad.campaign_id]
    return campaign.name, ad_set.name, ad.name


async def new_ads(world: ImportWorld) -> list[dict[str, Any]]:
    return await world.insights.fetch(ADS, known=[each.external_id for each in world.insights.ads])


async def assert_roll_ups_are_sums(world: ImportWorld) -> None:
    for table, key in (("insight_campaign_day", "day, campaign_id"), ("insight_account_day", "day")):
        sums = ", ".join(f"sum({column}) as {column}" for column in FACT_COLUMNS)
        of_tenant = "where tenant_id = :tenant"
        summed = f"select {key}, {sums} from insight {of_tenant} group by {key} order by {key}"
        stored = f"select {key}, {', '.join(FACT_COLUMNS)} from {table} {of_tenant} order by {key}"
        assert await world.insights.fetch(summed) == await world.insights.fetch(stored) != []


async def test_who_only_reads_imports_nothing_and_an_account_of_nobody_is_not_found(world: ImportWorld) -> None:
    file = report(line("2026-11-01"))
    nothing = (await world.ask(file, account=encode_id("AdAccount", world.insights.ads[0].id))).data["importReport"]
    assert [(each["code"], each["field"]) for each in nothing["userErrors"]] == [("NOT_FOUND", ["adAccountId"])]
    wrong = (await world.ask(file, account="nonsense")).data["importReport"]
    assert [(each["code"], each["field"]) for each in wrong["userErrors"]] == [("INVALID", ["adAccountId"])]
    world.role = Role.VIEWER
    assert (await world.ask(file)).codes == ["FORBIDDEN"]


async def test_a_trial_tells_what_an_import_does_and_the_same_file_twice_changes_nothing(world: ImportWorld) -> None:
    ads = world.insights.ads
    file = report(
        line("2026-11-01", ads[0].external_id),
        line("2026-11-02", names=names_of(world, 1), values="2.5,7,"),
        line("2026-11-03", names=("C", "S", "New")),
        line("2026-11-04", values="-1,1,1"),
    )
    trial = await world.told(file, is_trial=True)
    assert (trial["rowsImported"], trial["rowsSkipped"]) == (3, 1)
    assert trial["problems"] == [{"line": 5, "message": "`-1` is negative, which no number of an ad is."}]
    assert "One ad is not known yet: a refresh will know it." in trial["notes"]
    assert (await world.rows(), await new_ads(world), await world.version()) == ([], [], 0)
    assert await world.told(file) == trial
    rows, version = await world.rows(), await world.version()
    assert [(row["day"].day, row["spend"], row["impressions"], row["purchases"]) for row in rows] == [
        (1, Decimal("1.5"), 100, 2),
        (2, Decimal("2.5"), 7, 0),
        (3, Decimal("1.5"), 100, 2),
    ]
    assert [row["ad_id"] for row in rows[:2]] == [ads[0].id, ads[1].id]
    assert await world.insights.fetch(ENTRIES) == [{"after": {"rows": 3, "days": 3, "new_ads": 1}}]
    queued = await world.insights.fetch(JOBS, lock=f"dataset:{world.insights.account.id}")
    assert [each["status"] for each in queued] == ["todo"]
    await assert_roll_ups_are_sums(world)
    assert await world.done(file) == (3, 1)
    assert (await world.rows(), await world.version()) == (rows, version)
    assert len(await world.insights.fetch(ENTRIES)) == 1


async def test_an_export_of_ad_days_can_be_imported_again(tools: Toolbox, tmp_path: Path) -> None:
    exports = await export_world(tools, tmp_path)
    _, file = await exports.made(groupBy={"level": "AD"}, grain="DAY")
    world = ImportWorld(exports.tools, exports.insights)
    # Those days were refreshed, so that an import changes none of them.
    rows = len(exports.insights.rows)
    assert await world.done(file) == (0, rows)
    async with world.insights.db.write(world.insights.entities.viewer) as session:
        await delete_insights(session, world.insights.account.id)
    assert await world.done(file, is_trial=True) == (rows, 0)
    assert await world.done(file) == (rows, 0)
    await assert_roll_ups_are_sums(world)
    _, again = await exports.made(groupBy={"level": "AD"}, grain="DAY")
    before, after = csv_rows(file), csv_rows(again)
    differing = {name for one, other in zip(before, after, strict=True) for name in one if one[name] != other[name]}
    # An average cannot be summed again.
    assert differing == {"avgWatchSeconds"}


async def test_a_refreshed_day_is_never_touched_and_days_beside_it_are_taken(world: ImportWorld) -> None:
    days = DateRange(DAY, DAY + timedelta(days=1))
    await world.insights.store(days, world.insights.random_rows(DateRange(DAY, DAY)))
    async with world.insights.db.write(world.insights.entities.viewer) as session:
        gap = DAY + timedelta(days=2)
        await mark_gaps(session, world.insights.account.id, {gap: GapKind.REFUSED}, refreshed_at=NOON)
    before, ad_id = await world.rows(), world.insights.ads[0].external_id
    found = await world.told(report(*(line(f"2026-11-0{day}", ad_id) for day in range(1, 5)), line("2026-11-01")))
    assert (found["rowsImported"], found["rowsSkipped"]) == (1, 4)
    assert found["problems"][0] == {
        "line": 2,
        "message": "The day 2026-11-01 was read by a refresh, which an import never changes.",
    }
    assert [each["line"] for each in found["problems"]] == [2, 3, 4, 6]
    rows = await world.rows()
    assert [row for row in rows if row["day"] <= gap] == before
    assert [row["day"].day for row in rows[len(before) :]] == [4]
    # An ad that only refreshed days name is not made.
    assert await new_ads(world) == []
    await assert_roll_ups_are_sums(world)
    marks = {
        row["day"].day: (row["status"], row["rows"], row["imported_at"]) for row in await world.insights.fetch(MARKS)
    }
    assert marks[1][2] is None
    assert marks[4] == ("PROVISIONAL", 1, NOON)


async def test_an_import_waits_for_a_refresh_that_is_storing_and_leaves_its_days_alone(world: ImportWorld) -> None:
    kept = world.insights.random_rows(DateRange(DAY, DAY))
    async with world.insights.db.write(world.insights.entities.viewer) as session:
        swap = DaySwap(world.insights.account.id, DateRange(DAY, DAY), StagedRows(kept), NOON, DAY)
        await replace_slice(session, swap)
        importing = asyncio.create_task(world.told(report(line("2026-11-01", world.insights.ads[0].external_id))))
        await asyncio.wait([importing], timeout=0.3)
    assert [each["line"] for each in (await importing)["problems"]] == [2]
    assert len(await world.rows()) == len(kept)


async def test_a_later_refresh_replaces_imported_days_and_a_vain_one_does_not(world: ImportWorld) -> None:
    ad = world.insights.ads[0]
    file = report(line("2024-02-29", ad.external_id), line("2026-11-02", ad.external_id))
    assert await world.done(file) == (2, 0)
    second = DAY + timedelta(days=1)
    async with world.insights.db.write(world.insights.entities.viewer) as session:
        await mark_gaps(session, world.insights.account.id, {second: GapKind.AGAIN}, refreshed_at=NOON)
    # The corrected file is taken, and the next refresh still reads the day again.
    assert await world.done(report(line("2026-11-02", ad.external_id, values="9,9,9"))) == (1, 0)
    marks = {row["day"]: (row["status"], row["imported_at"]) for row in await world.insights.fetch(MARKS)}
    assert marks == {date(2024, 2, 29): ("SETTLED", NOON), second: ("GAP", NOON)}
    kept = world.insights.random_rows(DateRange(second, second))
    await world.insights.store(DateRange(second, second), kept)
    assert len([row for row in await world.rows() if row["day"] == second]) == len(kept)
    assert await world.done(file) == (1, 1)
    await assert_roll_ups_are_sums(world)


async def test_a_second_file_adds_to_a_day_and_replaces_the_lines_of_the_same_ads(world: ImportWorld) -> None:
    first, second = world.insights.ads[0].external_id, world.insights.ads[1].external_id
    heading = "Day,Ad ID,Reach,Impressions\n"
    await world.done(f"{heading}2026-11-01,{first},5,10\n2026-11-01,{second},6,12\n")
    await world.done(f"{heading}2026-11-01,{first},7,14\n")
    people = "select reach from unique_insight where tenant_id = :tenant order by reach"
    assert [row["impressions"] for row in sorted(await world.rows(), key=lambda row: row["impressions"])] == [12, 14]
    assert [row["reach"] for row in await world.insights.fetch(people)] == [6, 7]
    assert [row["rows"] for row in await world.insights.fetch(MARKS)] == [2]
    await assert_roll_ups_are_sums(world)


async def test_ads_that_nobody_knows_are_made_once_where_the_file_says(world: ImportWorld) -> None:
    campaign, ad_set, _ = names_of(world, 0)
    heading = "Day,Campaign ID,Campaign name,Ad set name,Ad ID,Ad name,Impressions\n"
    file = heading + "".join(
        f"2026-11-0{day},{rest}\n"
        for day in (1, 2)
        for rest in (f",{campaign},{ad_set},,New,1", ",Old,Gone,,New,2", "777,Old,Gone,888,Other,3", ",,,999,,4")
    )
    assert await world.done(file) == (8, 0)
    assert await world.done(file) == (8, 0)
    placed = await world.insights.fetch(
        PLACED,
        known=[each.external_id for each in world.insights.ads],
    )
    found = [(each["name"], each["ad_set"], each["campaign"]) for each in placed]
    assert found == [
        ("Ad 999", "Imported", "Imported"),
        ("New", "Gone", "Old"),
        ("New", ad_set, campaign),
        ("Other", "Gone", "Old"),
    ]
    ids = [each["external_id"] for each in placed]
    assert (ids[0], ids[3], placed[3]["above"]) == ("999", "888", "777")
    assert ids[1].startswith("import:")
    assert ids[2].startswith("import:")
    assert {each["status"] for each in await new_ads(world)} == {"UNKNOWN"}
    assert len(await world.rows()) == 8


async def test_an_ad_that_lines_put_into_several_places_is_made_in_the_first_one(world: ImportWorld) -> None:
    heading = "Day,Campaign name,Ad set name,Ad ID,Ad name,Impressions\n"
    file = f"{heading}2026-11-01,Old,S,999,A,1\n2026-11-02,New,S,999,B,1\n"
    assert await world.done(file, is_trial=True) == await world.done(file) == (2, 0)
    [placed] = await world.insights.fetch(PLACED, known=[each.external_id for each in world.insights.ads])
    assert (placed["name"], placed["ad_set"], placed["campaign"]) == ("A", "S", "Old")
    [campaign] = {row["campaign_id"] for row in await world.rows()}
    [made] = await world.insights.fetch("select id from campaign where tenant_id = :tenant and name = 'Old'")
    assert made["id"] == campaign


async def test_of_many_new_ads_with_one_name_none_takes_an_older_placeholder_over(world: ImportWorld) -> None:
    assert await world.done(report(line("2026-11-01", names=("C", "S", "Twin")))) == (1, 0)
    names = ["Twin", *(f"Other {number}" for number in range(600)), "Twin"]
    lines = [line("2026-11-02", str(5_000 + place), names=("C", "S", name)) for place, name in enumerate(names)]
    assert await world.done(report(*lines)) == (602, 0)
    twins = sorted(each["external_id"] for each in await new_ads(world) if each["name"] == "Twin")
    assert twins[:2] == ["5000", "5601"]
    assert twins[2].startswith("import:")


async def test_an_ad_that_cannot_be_known_is_a_problem(world: ImportWorld) -> None:
    [twin] = await world.insights.entities.ads(world.insights.ad_sets[0], world.insights.ads[0].name)
    other = await more_insights(world.insights.entities, store=False)
    names = ",".join(names_of(world, 0))
    heading = "Day,Campaign ID,Campaign name,Ad set name,Ad name,Ad ID,Impressions\n"
    found = await world.told(
        f"{heading}2026-11-01,,{names},,1\n2026-11-01,,{names},{twin.external_id},1\n"
        f"2026-11-01,,{names},{other.ads[0].external_id},1\n2026-11-01,{other.campaigns[0].external_id},C,S,A,5,1\n"
        "2026-11-01,,X,Y,Z,6,1\n2026-11-02,,X,Y,Z,7,1\n2026-11-03,,X,Y,Z,,1\n"
    )
    assert (found["rowsImported"], found["rowsSkipped"]) == (3, 4)
    several = "Several ads have these names: add the column Ad ID to the report."
    assert {each["line"]: each["message"] for each in found["problems"]} == {
        2: several,
        4: f"The ad {other.ads[0].external_id} is of another ad account.",
        5: f"The campaign {other.campaigns[0].external_id} is of another ad account.",
        8: several,
    }
    assert {row["ad_account_id"] for row in await world.rows()} == {world.insights.account.id}


async def test_several_lines_of_one_ad_and_day_are_all_problems_of_which_the_first_hundred_are_told(
    world: ImportWorld,
) -> None:
    ad = world.insights.ads[1]
    lines = [line("2026-11-02", ad.external_id), line("2026-11-02", names=names_of(world, 1))]
    found = await world.told(report(*["rubbish"] * 150, *lines, line("2026-11-03", ad.external_id)))
    assert (found["rowsImported"], found["rowsSkipped"]) == (1, 152)
    assert [each["line"] for each in found["problems"]] == [*range(2, 102)]
    assert [row["day"].day for row in await world.rows()] == [3]
    [first, second] = (await world.told(report(*lines)))["problems"]
    assert (first["line"], second["line"], first["message"]) == (
        2,
        3,
        "The file has several lines of this ad on 2026-11-02, so none of them is taken.",
    )


async def test_the_encoding_is_found_out_and_told(world: ImportWorld) -> None:
    text = report(line("2026-11-01", names=("Été", "Ünter", "Ålesund")))
    sent = {
        "UTF-8": text.encode(),
        "UTF-8 with a byte order mark": text.encode("utf-8-sig"),
        "UTF-16": text.encode("utf-16"),
        "Windows-1252, since it is no UTF-8": text.replace("\n", "\r\n").encode("cp1252"),
    }
    for told, content in sent.items():
        found = await world.told(content)
        assert (found["rowsImported"], found["notes"][0]) == (1, f"The text is {told}.")
    assert (await world.told(text.encode("utf-16-le")))["rowsImported"] == 1
    assert [each["name"] for each in await new_ads(world)] == ["Ålesund"]
    # One byte that was spoilt is a problem of its line.
    spoilt = text.encode() + line("2026-11-02", names=("C", "S", "A?")).encode().replace(b"?", b"\xe9")
    assert await world.done(spoilt) == (1, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"PK\x03\x04rest", "The file is a spreadsheet, a document or an archive: save it as CSV, and send that."),
        (b"," * 100_000, "No line of headings was found"),
        (b"\0" * 100_000, "No line of headings was found"),
        (bytes(range(256)) * 100, "No line of headings was found"),
        (report().replace("EUR", "USD").encode(), "The file's amounts are in USD, and those of the ad account in EUR."),
        (
            report("2026-11-01,2026-11-30,C,S,A,,1,1,1", "2026-11-01,2026-11-30,C,S,B,,1,1,1").encode(),
            "Each line is of several days together",
        ),
    ],
    ids=["empty", "blank", "spreadsheet", "commas", "zeros", "bytes", "currency", "period"],
)
async def test_a_file_of_which_no_line_can_be_read_is_refused(world: ImportWorld, content: bytes, words: str) -> None:
    assert words in await world.refused(content)
    assert (await world.rows(), await world.version()) == ([], 0)


async def test_a_file_that_is_refused_in_its_middle_leaves_no_reader_behind(
    world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    monkeypatch.setattr("analytics.reports.lines.MOST_LINES", 3)
    assert "lines: send it in parts" in await world.refused(report(*["rubbish"] * 30))
    gc.collect()
    assert left == []


async def test_a_report_without_a_line_is_no_error(world: ImportWorld) -> None:
    found = await world.told(report())
    assert (found["rowsImported"], found["rowsSkipped"], found["userErrors"]) == (0, 0, [])
    assert "No line below the headings has numbers of an ad." in found["notes"]


async def test_one_import_of_a_team_runs_at_once(world: ImportWorld) -> None:
    world.tools = replace(world.tools, imports=Seats(of_process=2, of_tenant=1))
    with world.tools.imports.taken(world.insights.entities.tenant_id, refusal="", retry_after_s=1):
        answer = await world.ask(report(line("2026-11-01")))
        assert answer.codes == ["RATE_LIMITED"]
    assert await world.done(report(line("2026-11-02"))) == (1, 0)


async def test_a_frozen_account_takes_no_file(tools: Toolbox) -> None:
    world = await import_world(tools, frozen_at=NOON)
    [error] = (await world.told(report(line("2026-11-01"))))["userErrors"]
    assert (error["code"], error["field"]) == ("QUOTA_EXCEEDED", ["adAccountId"])
