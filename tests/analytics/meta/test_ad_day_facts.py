"""One ad-day as Meta reports it, turned into base facts; numbers are those of real rows."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from analytics.meta.ad_day_facts import base_facts_from_row
from analytics.metrics.facts import BASE_FACTS, FACT_COLUMNS, UNIQUE_COLUMNS


def entry(action_type: str, value: Any, **windows: Any) -> SimpleNamespace:
    empty = dict.fromkeys(("click_1d", "click_7d", "click_28d", "view_1d"))
    return SimpleNamespace(action_type=action_type, value=value, **(empty | windows))


def facts_of(odd: list[str] | None = None, /, **fields: Any) -> dict[str, Any]:
    options = {name: fields.pop(name) for name in ("windows", "missing", "is_video") if name in fields}
    row = SimpleNamespace(**({"impressions": "1000", "spend": "10"} | fields))
    return base_facts_from_row(row, odd=odd, **options)


PURCHASES_OF_2024 = [
    entry(action_type, "13")
    for action_type in (
        "onsite_web_purchase",
        "web_in_store_purchase",
        "onsite_web_app_purchase",
        "offsite_conversion.fb_pixel_purchase",
        "purchase",
        "omni_purchase",
    )
]


def test_every_column_is_answered_once() -> None:
    assert set(facts_of()) == {*FACT_COLUMNS, *UNIQUE_COLUMNS}


def test_one_purchase_under_six_names_counts_once() -> None:
    assert facts_of(actions=PURCHASES_OF_2024)["purchases"] == 13


def test_the_row_of_2019_without_the_plain_key_counts_one_purchase() -> None:
    actions = [entry("omni_purchase", "1"), entry("offsite_conversion.fb_pixel_purchase", "1")]
    assert facts_of(actions=actions)["purchases"] == 1


def test_the_pixel_counts_when_nothing_better_is_there() -> None:
    assert facts_of(actions=[entry("offsite_conversion.fb_pixel_purchase", "2")])["purchases"] == 2


def test_the_best_tier_counts_even_when_it_is_zero() -> None:
    assert facts_of(actions=[entry("omni_purchase", "0"), entry("purchase", "4")])["purchases"] == 0


def test_pixel_and_server_events_do_not_double_leads() -> None:
    actions = [entry("offsite_conversion.fb_pixel_lead", "7"), entry("lead", "7")]
    assert facts_of(actions=actions)["leads"] == 7


def test_the_value_comes_from_the_same_tiers() -> None:
    values = [entry("purchase", "99"), entry("omni_purchase", "120.50")]
    assert facts_of(action_values=values)["purchase_value"] == Decimal("120.50")


def test_a_missing_action_is_zero_where_there_was_delivery() -> None:
    facts = facts_of()
    assert (facts["purchases"], facts["link_clicks"], facts["comments"]) == (0, 0, 0)


def test_a_missing_action_is_unknown_without_delivery() -> None:
    facts = facts_of(impressions=None, spend="0")
    assert (facts["purchases"], facts["link_clicks"]) == (None, None)


def test_a_late_conversion_counts_without_delivery() -> None:
    facts = facts_of(impressions=None, spend=None, actions=[entry("omni_purchase", "1")])
    assert facts["purchases"] == 1


def test_a_field_that_could_not_be_read_is_unknown() -> None:
    facts = facts_of(missing=("actions",))
    assert (facts["purchases"], facts["purchases_click_7d"], facts["comments"]) == (None, None, None)
    assert facts["link_clicks"] == 0


def test_windows_are_kept_apart_and_absent_ones_are_zero() -> None:
    facts = facts_of(actions=[entry("omni_purchase", "5", click_1d="1", click_7d="4")])
    windows = [facts[f"purchases_{window}"] for window in ("click_1d", "click_7d", "click_28d", "view_1d")]
    assert windows == [1, 4, 0, 0]


def test_a_window_that_was_not_asked_for_is_unknown() -> None:
    facts = facts_of(windows=("click_7d",), actions=[entry("omni_purchase", "5", click_7d="4")])
    assert (facts["purchases"], facts["purchases_click_7d"], facts["purchases_click_1d"]) == (5, 4, None)


def test_video_facts_of_an_image_are_null_not_zero() -> None:
    facts = facts_of(actions=[entry("link_click", "5")])
    assert (facts["video_starts"], facts["video_views_3s"], facts["watch_seconds"]) == (None, None, None)


def test_a_video_shows_by_its_lists_and_its_missing_quarters_are_zero() -> None:
    facts = facts_of(video_play_actions=[entry("video_view", "10")])
    assert (facts["video_starts"], facts["video_p25"], facts["thruplays"]) == (10, 0, 0)


def test_a_known_video_without_plays_has_zeros() -> None:
    assert facts_of(is_video=True)["video_starts"] == 0


def test_watch_time_is_plays_times_their_average() -> None:
    facts = facts_of(
        video_play_actions=[entry("video_view", "10")], video_avg_time_watched_actions=[entry("video_view", "3")]
    )
    assert facts["watch_seconds"] == 30


def test_people_are_never_taken_as_nobody() -> None:
    assert facts_of()["reach"] is None
    assert facts_of(reach="797")["reach"] == 797


def test_modelled_conversions_keep_their_fraction() -> None:
    assert facts_of(actions=[entry("omni_purchase", "1.25")])["purchases"] == Decimal("1.25")


def test_numbers_are_understood_as_text_and_as_numbers() -> None:
    for given in ("12.34", 12.34, Decimal("12.34")):
        assert facts_of(spend=given)["spend"] == Decimal("12.34")
    assert facts_of(clicks="7.0")["clicks_all"] == 7


def test_facts_name_the_fields_to_ask_for() -> None:
    assert {"spend", "actions", "action_values", "reach", "video_avg_time_watched_actions"} <= {
        fact.source.field for fact in BASE_FACTS
    }


def test_every_action_type_is_read_into_its_fact() -> None:
    for fact in BASE_FACTS:
        for action_type in fact.source.tiers:
            fields = {name: [entry(action_type, "7")] for name in (fact.source.field, fact.source.times) if name}
            assert facts_of(is_video=True, **fields)[fact.name] == (49 if fact.source.times else 7)


def test_a_type_that_comes_several_times_happened_that_often_together() -> None:
    purchases = [entry("purchase", "2", click_7d="2"), entry("purchase", "3"), entry("omni_purchase", "9")]
    assert facts_of(actions=purchases[:2])["purchases"] == 5
    assert facts_of(actions=purchases[:2])["purchases_click_7d"] == 2
    assert facts_of(actions=purchases)["purchases"] == 9
    assert (
        facts_of(outbound_clicks=[entry("outbound_click", "1"), entry("outbound_click", "4")])["outbound_clicks"] == 5
    )
    plays = {"video_play_actions": [entry("video_view", "10"), entry("video_view", "2")]}
    watched = facts_of(**plays, video_avg_time_watched_actions=[entry("video_view", "3"), entry("video_view", "5")])
    assert (watched["video_starts"], watched["watch_seconds"]) == (12, 40)


@pytest.mark.parametrize("value", ["many", "NaN", "Infinity", "1e16", "-1e400", "²", "1_000", Decimal("NaN"), 10**16])
def test_a_number_that_is_none_is_unknown_alone(value: Any) -> None:
    odd: list[str] = []
    lists = {
        "actions": [entry("omni_purchase", value, click_1d=value), entry("comment", "2")],
        "outbound_clicks": [entry("outbound_click", value), entry("outbound_click", "1")],
        "video_avg_time_watched_actions": [entry("video_view", value)],
        "video_play_actions": [entry("video_view", "2")],
    }
    facts = facts_of(odd, clicks=value, **lists)
    unknown = ("clicks_all", "purchases", "purchases_click_1d", "outbound_clicks", "watch_seconds")
    assert [facts[name] for name in unknown] == [None] * 5
    assert (facts["comments"], facts["purchases_click_7d"], facts["video_starts"]) == (2, 0, 2)
    assert set(odd) == {"clicks", *lists} - {"video_play_actions"}


@pytest.mark.parametrize("value", ["1000000000000000", "999999999999999.999999", "-3.5", 10**15, Decimal("1e15")])
def test_large_numbers_are_exact(value: Any) -> None:
    odd: list[str] = []
    facts = facts_of(odd, action_values=[entry("purchase", value)])
    assert (facts["purchase_value"], odd) == (Decimal(value), [])


def test_null_is_nothing() -> None:
    facts = facts_of(actions=None, outbound_clicks=None, action_values=[entry("purchase", None)])
    assert (facts["purchases"], facts["outbound_clicks"], facts["purchase_value"]) == (0, 0, 0)
