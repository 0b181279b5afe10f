"""Meta's fields become records in our names, units and zones."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.ads.spoiled import Spoiled
from integrations.meta.creatives import (
    Card,
    CreativeRow,
    FeedImage,
    FeedSpec,
    FeedText,
    FeedVideo,
    StoryData,
    StorySpec,
    creative_record,
)
from integrations.meta.entities import AdAccountRow, CampaignRow, ad_account_record, campaign_record
from integrations.meta.values import instant, major_units


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        ("45000", "EUR", Decimal(450)),
        ("60000", "JPY", Decimal(60000)),
        # Not ISO 4217: Meta counts these in whole units, and the dinars in hundredths.
        ("5000", "HUF", Decimal(5000)),
        ("1999", "KWD", Decimal("19.99")),
        ("1", "USD", Decimal("0.01")),
        ("0", "USD", None),
        (None, "USD", None),
    ],
)
def test_budgets_are_in_the_major_unit_by_metas_own_table(
    minor: str | None, currency: str, major: Decimal | None
) -> None:
    assert major_units(minor, currency) == major


def test_instants_are_utc() -> None:
    assert instant("2026-10-01T12:00:00-0700") == datetime(2026, 10, 1, 19, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-10-01T12:00:00", "yesterday", ""])
def test_an_instant_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(text)


@pytest.mark.parametrize(("code", "status"), [(1, "ACTIVE"), (9, "IN_GRACE_PERIOD"), (202, "CLOSED"), (77, "UNKNOWN")])
def test_account_statuses_are_named(code: int, status: str) -> None:
    row = AdAccountRow("act_1", "EUR", "Europe/Berlin", "Name", code)
    assert ad_account_record(row, []).status == status


def test_a_status_that_meta_adds_later_is_unknown() -> None:
    row = CampaignRow("1", "A", "2026-10-01T12:00:00+0000", "2026-10-01T12:00:00+0000", effective_status="SLEEPING")
    assert campaign_record(row, [], currency="EUR").status == "UNKNOWN"


@pytest.mark.parametrize(
    ("row", "asset_key", "kind"),
    [
        (CreativeRow("1", video_id="7", image_hash="h"), "video:7", "VIDEO"),
        (CreativeRow("1", object_story_spec=StorySpec(video_data=StoryData(video_id="8"))), "video:8", "VIDEO"),
        (CreativeRow("1", image_hash="h"), "image:h", "IMAGE"),
        (CreativeRow("1", object_story_spec=StorySpec(link_data=StoryData(image_hash="g"))), "image:g", "IMAGE"),
        (
            CreativeRow(
                "1",
                effective_object_story_id="9_9",
                object_story_spec=StorySpec(link_data=StoryData(child_attachments=[Card(), Card()])),
            ),
            "story:9_9",
            "CAROUSEL",
        ),
        (CreativeRow("1", object_type="STATUS"), "creative:1", "OTHER"),
    ],
)
def test_an_asset_is_its_video_else_its_image_else_its_story(row: CreativeRow, asset_key: str, kind: str) -> None:
    record = creative_record(row, [])
    assert (record.asset_key, record.kind) == (asset_key, kind)


FEED = FeedSpec([FeedText("body")], [FeedText(None), FeedText("title")], [FeedImage("g")])
LINK = StoryData(message="text", name="headline", image_hash="h")
CARDS = StoryData(message="text", child_attachments=[Card("card", image_hash="c"), Card("other", video_id="9")])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (CreativeRow("1", title="top", body="said", object_story_spec=StorySpec(LINK)), ("top", "said", "h", None)),
        (CreativeRow("1", object_story_spec=StorySpec(link_data=LINK)), ("headline", "text", "h", None)),
        (CreativeRow("1", object_story_spec=StorySpec(template_data=LINK)), ("headline", "text", "h", None)),
        (
            CreativeRow("1", object_story_spec=StorySpec(video_data=StoryData("text", title="of it", video_id="7"))),
            ("of it", "text", None, "7"),
        ),
        (CreativeRow("1", object_story_spec=StorySpec(link_data=CARDS)), ("card", "text", "c", "9")),
        (CreativeRow("1", asset_feed_spec=FEED), ("title", "body", "g", None)),
        (CreativeRow("1", asset_feed_spec=FeedSpec(videos=[FeedVideo("7")])), (None, None, None, "7")),
    ],
)
def test_texts_pictures_and_videos_are_found_where_meta_puts_them(
    row: CreativeRow, expected: tuple[str | None, ...]
) -> None:
    record = creative_record(row, [])
    assert (record.title, record.body, record.image_hash, record.video_id) == expected


def test_dynamic_creatives_of_one_picture_are_one_asset() -> None:
    records = [creative_record(CreativeRow(number, asset_feed_spec=FEED), []) for number in "12"]
    assert {(record.asset_key, record.kind) for record in records} == {("image:g", "DYNAMIC")}
    several = FeedSpec(images=[FeedImage("g"), FeedImage("h"), FeedImage("g")])
    assert creative_record(CreativeRow("3", asset_feed_spec=several), []).asset_key == "creative:3"


@pytest.mark.parametrize("text", ["1969-12-31T15:59:59-0800", "1970-01-01T01:00:00+0100", "1970-01-02T00:00:00+0000"])
def test_the_beginning_of_1970_is_no_time(text: str) -> None:
    row = CampaignRow("1", "A", text, text, "ACTIVE", "OUTCOME_SALES", start_time=text, stop_time=text)
    spoiled: list[Spoiled] = []
    record = campaign_record(row, spoiled, currency="EUR")
    assert (record.starts_at, record.ends_at, record.created_at, record.updated_at) == (None,) * 4
    assert spoiled == []
    # There is no start and no end; of the others, which everything has, it says nothing.
    assert record.untold == {"created_at", "updated_at"}


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-10-01T12:00:00", "0001-01-01T00:00:00+0100", "many", "-5", "1e99", "1.5"]
)
def test_a_text_that_is_no_budget_and_no_time_is_left_out_and_told(text: str) -> None:
    spoiled: list[Spoiled] = []
    row = CampaignRow(
        "1",
        effective_status="ACTIVE",
        objective="OUTCOME_SALES",
        daily_budget=text,
        lifetime_budget="700",
        stop_time=text,
    )
    record = campaign_record(row, spoiled, currency="EUR")
    assert (record.name, record.daily_budget, record.lifetime_budget, record.ends_at) == ("1", None, Decimal(7), None)
    missing = Spoiled("campaign", "name", "1", is_missing=True)
    assert spoiled == [missing, Spoiled("campaign", "daily_budget", "1"), Spoiled("campaign", "stop_time", "1")]
    assert record.untold == {"name", "daily_budget", "ends_at", "created_at", "updated_at"}


UNREAD_POST = ("object_story_spec",)


@pytest.mark.parametrize(
    ("row", "untold"),
    [
        (CreativeRow("1", "A", "title", "body", video_id="7"), set()),
        # What is found before the place that could not be read is right.
        (CreativeRow("1", "A", "title", "body", video_id="7", image_hash="h", untold=UNREAD_POST), {"kind"}),
        (CreativeRow("1", "A", video_id="7", untold=UNREAD_POST), {"kind", "title", "body", "image_hash"}),
        (
            CreativeRow("1", "A", untold=UNREAD_POST),
            {"asset_key", "kind", "title", "body", "video_id", "image_hash"},
        ),
        (CreativeRow("1", "A", "title", "body", untold=("thumbnail_url",), image_hash="h"), {"thumbnail_url"}),
        (
            CreativeRow("1", None, "title", "body", untold=("asset_feed_spec",), image_hash="h"),
            {"name", "kind", "video_id"},
        ),
    ],
)
def test_a_creative_knows_what_it_was_not_told(row: CreativeRow, untold: set[str]) -> None:
    assert creative_record(row, []).untold == untold
