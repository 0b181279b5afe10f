"""Cursors: what they hold comes back, and nothing else is believed."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from errors import BadInput
from models.ads.campaign import Campaign, DeliveryStatus
from models.ids import new_id
from models.keyset import Ordering

BY_NAME = Ordering("campaign:NAME_ASC", Campaign.name_key, Campaign.id)
BY_CREATION = Ordering("campaign:CREATED_ASC", Campaign.created_at, Campaign.id)


def campaign(**given: object) -> Campaign:
    return Campaign(id=new_id(), status=DeliveryStatus.ACTIVE, **given)  # type: ignore[arg-type]  # any column


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(some.text(alphabet=some.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_cursor_leads_back_to_its_row(name: str) -> None:
    row = campaign(name_key=name)
    assert BY_NAME.position(BY_NAME.cursor(row)) == (name, row.id)


@given(some.datetimes(timezones=some.just(UTC)))
def test_an_instant_keeps_its_microseconds(created_at: datetime) -> None:
    row = campaign(name="", created_at=created_at)
    assert BY_CREATION.position(BY_CREATION.cursor(row)) == (created_at, row.id)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "ä",
        "e30",
        packed("[]"),
        packed("null"),
        packed('["campaign:CREATED_ASC"]'),
        packed('["campaign:CREATED_ASC", "2026-01-01T00:00:00", "0195d7a4-0000-7000-8000-000000000000"]'),
        packed('["campaign:CREATED_ASC", "0001-01-01T00:00:00+14:00", "0195d7a4-0000-7000-8000-000000000000"]'),
        packed('["campaign:CREATED_ASC", "yesterday", "0195d7a4-0000-7000-8000-000000000000"]'),
        packed('["campaign:CREATED_ASC", "2026-01-01T00:00:00Z", "no uuid"]'),
        packed('["campaign:NAME_ASC", "a", "0195d7a4-0000-7000-8000-000000000000"]'),
    ],
)
def test_what_nobody_here_wrote_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput):
        BY_CREATION.position(cursor)


def test_a_name_that_postgres_cannot_hold_is_refused() -> None:
    with pytest.raises(BadInput):
        BY_NAME.position(packed('["campaign:NAME_ASC", "a\\u0000b", "0195d7a4-0000-7000-8000-000000000000"]'))
