"""Meta's fields become records in our names, units and zones."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.meta.entities import (
    AdAccountRow,
    CampaignRow,
    CreativeRow,
    LinkData,
    StorySpec,
    VideoData,
    ad_account_record,
    campaign_record,
    creative_record,
    instant,
    major_units,
)


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
    assert ad_account_record(row).status == status


def test_a_status_that_meta_adds_later_is_unknown() -> None:
    row = CampaignRow("1", "A", "2026-10-01T12:00:00+0000", "2026-10-01T12:00:00+0000", effective_status="SLEEPING")
    assert campaign_record(row, "EUR").status == "UNKNOWN"


@pytest.mark.parametrize(
    ("row", "asset_key", "kind"),
    [
        (CreativeRow("1", video_id="7", image_hash="h"), "video:7", "VIDEO"),
        (CreativeRow("1", object_story_spec=StorySpec(video_data=VideoData("8"))), "video:8", "VIDEO"),
        (CreativeRow("1", image_hash="h"), "image:h", "IMAGE"),
        (CreativeRow("1", object_story_spec=StorySpec(link_data=LinkData(image_hash="g"))), "image:g", "IMAGE"),
        (
            CreativeRow(
                "1", effective_object_story_id="9_9", object_story_spec=StorySpec(link_data=LinkData([{}, {}]))
            ),
            "story:9_9",
            "CAROUSEL",
        ),
        (CreativeRow("1", object_type="STATUS"), "creative:1", "OTHER"),
    ],
)
def test_an_asset_is_its_video_else_its_image_else_its_story(row: CreativeRow, asset_key: str, kind: str) -> None:
    record = creative_record(row)
    assert (record.asset_key, record.kind) == (asset_key, kind)
