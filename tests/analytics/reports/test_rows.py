"""What a file says: headings, ways of writing, and each line, or why nothing can be known of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.reports.lines import FileFault, RecordReader
from analytics.reports.rows import Left, LineFault, ReportBounds, ReportRow, RowReader
from analytics.reports.survey import Survey, opening_of, survey_of

BOUNDS = ReportBounds("act_77", "EUR", date(2026, 11, 22))
ENGLISH = "Day,Campaign name,Ad set name,Ad name,Amount spent (EUR),Impressions,Purchases,Reach,ThruPlays"
FRENCH = (
    "Jour;Nom de la campagne;Nom de l\u2019ensemble de publicités;Nom de la publicité;Montant dépensé (EUR);"
    "Impressions;Achats;Couverture;Clics sur un lien"
)


def surveyed(text: str) -> tuple[Survey, list[Any]]:
    lines = text.splitlines(keepends=True)
    opening = opening_of(lines)

    def below() -> list[Any]:
        records = RecordReader(iter(lines), opening.separator, opening.headings.width)
        return [record for record in records if record.line > opening.line]

    return survey_of(opening, below()), below()


def read(text: str, bounds: ReportBounds = BOUNDS) -> list[ReportRow | Left | str]:
    """Each line below the headings as a row, or the text of its fault."""
    survey, records = surveyed(text)
    reader = RowReader(survey, bounds)
    found: list[ReportRow | Left | str] = []
    for record in records:
        try:
            found.append(reader.row(record))
        except LineFault as fault:
            found.append(fault.message)
    return found


def only(text: str, bounds: ReportBounds = BOUNDS) -> ReportRow:
    [row] = read(text, bounds)
    assert isinstance(row, ReportRow), row
    return row


def facts(text: str) -> dict[str, Decimal | None]:
    survey, _ = surveyed(text)
    return dict(zip(RowReader(survey, BOUNDS).facts, only(text).values, strict=True))


def test_a_report_in_english_is_read_with_zeros_for_what_ads_manager_leaves_out() -> None:
    text = f'{ENGLISH}\n2026-11-01,C,S,A,"1,234.50","12,345",,,\n'
    row = only(text)
    assert (row.line, row.day, row.ad.names) == (2, date(2026, 11, 1), ("C", "S", "A"))
    assert facts(text) == {
        "spend": Decimal("1234.50"),
        "impressions": 12345,
        "purchases": 0,
        "reach": None,
        "thruplays": None,
    }


def test_a_report_in_french_is_read_with_its_semicolons_and_commas() -> None:
    text = f"{FRENCH}\n13/11/2026;C;S;A;1\u202f234,50;12\u00a0345;2;7;3\n"
    assert only(text).day == date(2026, 11, 13)
    assert facts(text) == {
        "spend": Decimal("1234.50"),
        "impressions": 12345,
        "purchases": 2,
        "reach": 7,
        "link_clicks": 3,
    }
    assert surveyed(text)[0].notes == (
        "Line 1 has the headings of Ads Manager; columns are separated by semicolons.",
        "Days are written with the day first.",
        "Decimals stand behind a comma.",
    )


def test_headings_may_stand_below_a_title_be_spelt_in_capitals_and_be_unknown() -> None:
    text = (
        '"A title, ""quoted"", of some program"\n\nREPORTING STARTS\tReporting Ends\tAd ID\tLink Clicks\tResults\t'
        "Attribution setting\tLink clicks\n2026-11-01\t2026-11-01\t120\t4\t9\t7-day click\t5\n"
    )
    row = only(text)
    assert (row.line, row.ad.ad_id, row.values) == (4, "120", [Decimal(4)])
    assert surveyed(text)[0].notes == (
        "Line 3 has the headings of Ads Manager; columns are separated by tabs.",
        "Conversions are taken for those of the account's own attribution setting; the file says: 7-day click.",
        "These columns are not read: Results, Link clicks.",
    )


def test_lines_without_a_day_or_an_ad_are_totals() -> None:
    found = read(f"{ENGLISH}\n2026-11-01,,,,9,9,9,9,9\n,C,S,A,9,9,9,9,9\n , ,,,,,,,\n")
    assert found == [Left.TOTALS, Left.TOTALS, Left.BLANK]


LINE = "2026-11-01,C,S,A,1.5,2,3,4,5"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2026-11-23,C,S,A,1.5,2,3,4,5", "The day 2026-11-23 has not come yet."),
        ("1999-12-31,C,S,A,1.5,2,3,4,5", "The day 1999-12-31 is older than any ad."),
        ("2026-11-31,C,S,A,1.5,2,3,4,5", "`2026-11-31` is no day that can be read."),
        ("2026-11-01,C,S,A,1.5,-2,3,4,5", "`-2` is negative, which no number of an ad is."),
        ("2026-11-01,C,S,A,1.5,2.5,3,4,5", "`2.5` is no whole number, as impressions are."),
        ("2026-11-01,C,S,A,NaN,2,3,4,5", "`NaN` is no number that can be read."),
        ("2026-11-01,C,S,A,1e9999,2,3,4,5", "`1e9999` is no number that can be read."),
        ("2026-11-01,C,S,A,1000000000000000,2,3,4,5", "`1000000000000000` is larger than any number of an ad."),
        ("2026-11-01,C,S,A,1,1000000000000,3,4,5", "`1000000000000` is larger than any number of an ad."),
        ("2026-11-01,C,,A,1.5,2,3,4,5", "The line has no ad id, and a name of ad, ad set or campaign is missing."),
        (f"2026-11-01,C,S,{'A' * 1001},1.5,2,3,4,5", "A name is longer than 1,000 characters."),
        (f"2026-11-01,C,S,A,{'9' * 100},2,3,4,5", f"`{'9' * 40}…` is no number that can be read."),
    ],
    ids=lambda each: each[:40],
)
def test_a_line_that_cannot_be_true_is_told_and_costs_no_other(line: str, fault: str) -> None:
    before, found, after = read(f"{ENGLISH}\n{LINE}\n{line}\n{LINE}\n")
    assert found == fault
    assert isinstance(before, ReportRow)
    assert isinstance(after, ReportRow)


def test_names_are_taken_as_they_are() -> None:
    for name in ("=cmd|' /C calc'!A0", "🎯" * 400, "\u202eright to left", "O'Brien", "'"):
        assert only(f"{ENGLISH}\n2026-11-01,C,S,{name},1.5,2,3,4,5\n").ad.ad_name == name


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["01/02/2026,C,S,A,1.5,2,3,4,5", "03/04/2026,C,S,A,1.5,2,3,4,5"], "no line shows which"),
        (['2026-11-01,C,S,A,"1,234",2,3,4,5'], "Numbers such as 1,234"),
        (["13/11/2026,C,S,A,1,2,3,4,5", "11/13/2026,C,S,A,1,2,3,4,5"], "13/11/2026 and 11/13/2026"),
        (['2026-11-01,C,S,A,"1,5",2,3,4,5', "2026-11-01,C,S,A,1.5,2,3,4,5"], "Numbers are written in two ways"),
    ],
    ids=["days", "numbers", "two orders", "two marks"],
)
def test_what_can_be_read_in_two_ways_is_refused(lines: Sequence[str], fault: str) -> None:
    with pytest.raises(FileFault, match=fault):
        surveyed("\n".join([ENGLISH, *lines]))


def test_one_line_that_is_written_in_another_way_costs_itself_alone() -> None:
    days = [f"{day}/11/2026,C,S,A,1.5,2,3,4,5" for day in range(13, 23)]
    *rows, odd = read("\n".join([ENGLISH, *days, "11/14/2026,C,S,A,1.5,2,3,4,5"]))
    assert [row.day.day for row in rows if isinstance(row, ReportRow)] == [*range(13, 23)]
    assert odd == "`11/14/2026` is no day that can be read."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hello\nworld\n", "No line of headings was found"),
        ("Day,Ad ID\n2026-11-01,5\n", "line 1 lacks a number"),
        ("Ad ID,Impressions\n5,5\n", "line 1 lacks a day"),
        ("Day,Ad name,Impressions\n2026-11-01,A,5\n", "line 1 lacks an ad"),
        ("Day,Ad ID,Age,Impressions\n2026-11-01,5,18-24,5\n", "divided by Age"),
    ],
    ids=["no headings", "no number", "no day", "no ad", "breakdown"],
)
def test_a_file_that_is_no_report_of_ad_days_is_refused_with_what_it_lacks(text: str, fault: str) -> None:
    with pytest.raises(FileFault, match=fault):
        opening_of(text.splitlines(keepends=True))


def test_a_line_of_several_days_another_account_or_another_currency_is_a_problem() -> None:
    heading = "Reporting starts,Reporting ends,Account ID,Currency,Ad ID,Impressions\n"
    good, period, account, currency = read(
        f"{heading}2026-11-01,2026-11-01,77,eur,1,5\n2026-11-01,2026-11-02,77,EUR,1,5\n"
        "2026-11-01,2026-11-01,78,EUR,1,5\n2026-11-01,2026-11-01,,USD,1,5\n"
    )
    assert isinstance(good, ReportRow)
    assert period == "The line is of `2026-11-01` to `2026-11-02`: export the report by day."
    assert account == "The line is of another ad account, `78`."
    assert currency == "The line is in `USD`, and the ad account in EUR."


def test_an_id_that_a_spreadsheet_has_shortened_counts_for_nothing() -> None:
    heading = "Day,Ad ID,Campaign name,Ad set name,Ad name,Impressions\n"
    by_name, nothing, odd = read(
        f'{heading}2026-11-01,1.2021E+17,C,S,A,5\n2026-11-01,"1,2E+17",,,,5\n2026-11-01,a b,C,S,A,5\n'
    )
    assert isinstance(by_name, ReportRow)
    assert (by_name.ad.ad_id, by_name.ad.is_shortened) == ("", True)
    assert nothing == "A spreadsheet has shortened the ad's id, and a name of ad, ad set or campaign is missing."
    assert odd == "`a b` is no id of an ad platform."


def test_an_export_is_read_by_its_own_rules() -> None:
    heading = "key,level,entityId,externalId,name,periodStart,periodEnd,currency,spend,clicksAll,ctrLink,reach\n"
    first, week, campaign = read(
        f"{heading}k,AD,e,120,'=name,2026-11-01,2026-11-01,EUR,1.234,5,0.5,\n"
        "k,AD,e,120,name,2026-11-01,2026-11-02,EUR,1.5,5,0.5,3\nk,CAMPAIGN,e,120,name,2026-11-01,2026-11-01,EUR,1,5,,\n"
    )
    assert isinstance(first, ReportRow)
    assert (first.ad.ad_id, first.ad.ad_name, first.values) == ("120", "=name", [Decimal("1.234"), 5, None])
    assert week == "The line is of `2026-11-01` to `2026-11-02`: export the report by day."
    assert campaign == "The line is of the level `CAMPAIGN`: days of ads alone can be read."


def test_decimals_beyond_what_is_stored_are_rounded() -> None:
    assert only(f"{ENGLISH}\n2026-11-01,C,S,A,12.340000000000002,2,3,4,5\n").values[0] == Decimal("12.34")


def test_the_currency_of_a_heading_is_known_whatever_it_is() -> None:
    opening = opening_of([ENGLISH.replace("EUR", "USD") + "\n"])
    assert opening.headings.currencies == ("USD",)
    assert read(f"{ENGLISH}\n{LINE}\n", replace(BOUNDS, currency="USD")) != []
