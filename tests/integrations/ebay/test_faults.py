"""Which of our errors stands for which of eBay's answers, and what a seller is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ebay.faults import outcome_of
from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
)
from integrations.http import Reply
from integrations.selling.refusals import RefusedFields


def reply(status: int, *ids: int, **more: object) -> Reply:
    errors = [{"errorId": each, "message": f"m{each}", **more} for each in ids]
    return Reply(status, {}, msgspec.json.encode({"errors": errors}))


@pytest.mark.parametrize(
    ("answer", "kind", "may_repeat"),
    [
        (reply(500, 25001), Unavailable, True),
        (reply(400, 25001), Unavailable, True),
        (reply(400, 25025), Unavailable, True),
        (reply(503), Unavailable, True),
        (reply(401, 1001), AccessRevoked, False),
        (reply(403, 1100), PermissionMissing, False),
        (reply(403), PermissionMissing, False),
        (reply(403, 215120), Rejected, False),
        (reply(401, 215122), Rejected, False),
        (reply(404), ObjectMissing, False),
        (reply(404, 25713), ObjectMissing, False),
        (reply(400, 25702), ObjectMissing, False),
        (reply(429), Throttled, False),
        (reply(400, 25003), RefusedFields, False),
        (reply(409, 34918), RefusedFields, False),
        (reply(400), InvalidResponse, False),
        (Reply(400, {}, b"<html>"), Unavailable, False),
        (Reply(403, {}, b"\xef\xbb\xbf \n<!DOCTYPE HTML><title>Access Denied"), Unavailable, False),
        (Reply(404, {}, b"<HTML>"), Unavailable, False),
        (Reply(404, {}, b'<?xml version="1.0"?>'), ObjectMissing, False),
        (Reply(429, {}, b"<html>"), Throttled, False),
        (Reply(502, {}, b"<html>"), Unavailable, True),
    ],
)
def test_each_answer_has_its_error(answer: Reply, kind: type[IntegrationError], may_repeat: bool) -> None:
    outcome, may = outcome_of(answer, "sell.inventory")
    assert (type(outcome), may) == (kind, may_repeat)


@pytest.mark.parametrize(("told", "seconds"), [("", 900), ("7", 7), ("0", 1), ("999999", 86_400), ("soon", 900)])
def test_the_pause_is_sane_whatever_the_header_says(told: str, seconds: int) -> None:
    outcome, _ = outcome_of(Reply(429, {"Retry-After": told}, b""), "sell.inventory")
    assert isinstance(outcome, Throttled)
    assert outcome.retry_after_s == seconds


@pytest.mark.parametrize(
    ("error", "field"),
    [
        ({"errorId": 25003}, "price"),
        ({"errorId": 25007}, "policies.SHIPPING"),
        ({"errorId": 25002, "parameters": [{"name": "0", "value": "The item specific Brand is missing."}]}, "aspects"),
        ({"errorId": 25709, "parameters": [{"name": "merchantLocationKey", "value": "x"}]}, "policies.LOCATION"),
        ({"errorId": 25002, "longMessage": "Something else."}, None),
        ({"errorId": "25004"}, "quantity"),
        ({}, None),
    ],
)
def test_a_problem_names_the_part_of_the_draft(error: dict[str, object], field: str | None) -> None:
    outcome, _ = outcome_of(Reply(400, {}, msgspec.json.encode({"errors": [error]})), "sell.inventory")
    assert isinstance(outcome, RefusedFields)
    assert [problem.field for problem in outcome.problems] == [field]
    assert outcome.problems[0].message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ERROR = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("errorId", "message", "longMessage", "domain", "parameters"), JSON)
)


@given(st.sampled_from([200, 302, 400, 401, 403, 404, 409, 429, 500]), JSON | st.fixed_dictionaries({"errors": JSON}))
def test_no_body_of_an_error_breaks_the_reading(status: int, body: object) -> None:
    outcome, _ = outcome_of(Reply(status, {}, msgspec.json.encode(body)), "sell.inventory")
    assert isinstance(outcome, IntegrationError)


@given(st.lists(ERROR, max_size=30))
def test_no_entry_of_an_error_breaks_the_reading(errors: list[dict[str, object]]) -> None:
    outcome, _ = outcome_of(Reply(400, {}, msgspec.json.encode({"errors": errors})), "sell.inventory")
    assert isinstance(outcome, IntegrationError)
    assert str(outcome)
