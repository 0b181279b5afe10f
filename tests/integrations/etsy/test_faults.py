"""What Etsy's refusals mean: by status, by words, and whatever else a gateway sends in their place."""

import json

import pytest

from integrations.errors import (
    AccessRevoked,
    Barred,
    IntegrationError,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
)
from integrations.etsy.faults import outcome_of, problems_in
from integrations.http import Reply
from integrations.selling.refusals import RefusedFields

OLD = "Shared secret is required in x-api-key header."


def reply(status: int, body: object = "", **headers: str) -> Reply:
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, text.encode())


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": "invalid_token", "error_description": "access token is expired"}, AccessRevoked),
        (401, "", AccessRevoked),
        (401, {"error": "API key not found, or not active, or incorrect shared secret for API key."}, Barred),
        (403, {"error": OLD}, Barred),
        (403, {"error": "Invalid API key: should be in the format 'keystring:shared_secret'."}, Barred),
        (403, {"error": "insufficient_scope", "error_description": "Insufficient scope"}, PermissionMissing),
        (401, {"error": "insufficient_scope"}, PermissionMissing),
        (403, {"error": "This shop is suspended."}, Barred),
        (403, {"error": "You are not the owner."}, RefusedFields),
        (403, "<html>Please enable JS</html>", Unavailable),
        (404, {"error": "Could not find a Shop Receipt"}, ObjectMissing),
        (404, "<html>no such page</html>", Unavailable),
        (400, {"error": "A readiness_state_id is required for physical listings."}, RefusedFields),
        (409, {"error": "Conflict"}, RefusedFields),
        (400, {}, InvalidResponse),
        (400, {"error": None}, InvalidResponse),
        (400, [], InvalidResponse),
        (302, "", Unavailable),
        (500, {"error": "Server Error"}, Unavailable),
        (503, "<html>busy</html>", Unavailable),
        (429, "", Throttled),
    ],
)
def test_each_refusal_is_told_apart(status: int, body: object, kind: type[IntegrationError]) -> None:
    outcome, _ = outcome_of(reply(status, body))
    assert type(outcome) is kind


def test_an_access_token_that_ended_is_renewed_and_a_bad_key_is_no_fault_of_the_seller() -> None:
    ended, _ = outcome_of(reply(401, {"error": "invalid_token", "error_description": "access token is invalid"}))
    assert isinstance(ended, AccessRevoked)
    assert ended.is_expired
    barred, _ = outcome_of(reply(403, {"error": OLD}))
    assert "ETSY_KEYSTRING" in str(barred)


@pytest.mark.parametrize(
    ("headers", "body", "wait_s", "is_repeated"),
    [
        ({"x_remaining_this_second": "0"}, {"error": "Exceeded per second rate limit"}, 1, True),
        ({"x_remaining_today": "9000", "Retry_After": "1"}, {"error": "Exceeded per second rate limit"}, 1, True),
        ({"x_remaining_today": "0", "Retry_After": "86400"}, {"error": "Exceeded daily rate limit"}, 86_400, False),
        ({"x_remaining_today": "0", "x_remaining_this_second": "0"}, "", 3600, False),
        ({}, "", 3600, False),
        ({"Retry_After": "soon"}, "<html></html>", 3600, False),
        ({"Retry_After": "9" * 30}, "", 3600, False),
        ({"Retry_After": "0"}, "", 1, False),
        ({"Retry_After": "999999"}, "", 86_400, False),
    ],
)
def test_the_limit_of_a_second_passes_and_that_of_a_day_is_waited_for(
    headers: dict[str, str], body: object, wait_s: int, is_repeated: bool
) -> None:
    outcome, may_repeat = outcome_of(reply(429, body, **headers))
    assert isinstance(outcome, Throttled)
    assert (outcome.retry_after_s, outcome.scope, may_repeat) == (wait_s, "app", is_repeated)


def test_only_faults_of_etsy_itself_are_repeated_at_once() -> None:
    assert outcome_of(reply(500, {"error": "Server Error"}))[1]
    assert not outcome_of(reply(403, "<html></html>"))[1]
    assert not outcome_of(reply(400, {"error": "no"}))[1]


def test_a_list_of_complaints_names_the_parts_of_the_draft() -> None:
    body = [
        {"path": "/title/1", "type": "invalid_characters", "message": "contains invalid characters"},
        {"path": "/images", "type": "array_too_short", "message": "cannot be less than 1 items"},
        {"path": None, "message": "when_made is not known"},
        {"type": "odd"},
        7,
        None,
    ]
    outcome, _ = outcome_of(reply(400, body))
    assert isinstance(outcome, RefusedFields)
    fields = [problem.field for problem in outcome.problems]
    assert fields == ["title", "image_urls", "condition", None, None, None]
    assert outcome.problems[0].message == "title: contains invalid characters"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("A readiness_state_id is required for physical listings.", "policies.PROCESSING"),
        ("A shipping_profile_id is required for physical listings.", "policies.SHIPPING"),
        ("There was a problem with /quantity : cannot be empty", "quantity"),
        ("A tracking number is required", "tracking_code"),
        ("Something odd", None),
    ],
)
def test_words_name_the_part_that_they_are_about(words: str, field: str | None) -> None:
    assert [problem.field for problem in problems_in({"error": words})] == [field]


@pytest.mark.parametrize(
    "body", [None, 7, "text", [], {}, {"error": 7.5}, {"error": {}}, {"error": [[]]}, {"error": ["a"]}]
)
def test_odd_bodies_are_no_exception(body: object) -> None:
    assert all(problem.message for problem in problems_in(body))


def test_no_credential_is_shown() -> None:
    outcome, _ = outcome_of(reply(400, {"error": "bad Bearer 12345.abcdefghijklmnopqrstuvwxyz0123456789"}))
    assert isinstance(outcome, Rejected)
    assert "abcdefghijklmnopqrstuvwxyz0123456789" not in repr(outcome.said) + str(outcome)
