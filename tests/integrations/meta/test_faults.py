"""Each of Meta's errors has one meaning."""

import pytest

from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    ObjectMissing,
    PermissionMissing,
    RateLimited,
    Rejected,
    TooMuchData,
    Unavailable,
)
from integrations.meta.faults import ErrorBody, outcome_of


def outcome(code: int, subcode: int | None = None, message: str = "", *, transient: bool = False) -> IntegrationError:
    body = ErrorBody(message, code, subcode, transient)
    return outcome_of(body, http_status=400, regain_s=None)[0]


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (1, None, Unavailable),
        (1, 99, TooMuchData),
        (2, 1504043, Unavailable),
        (2, 1504038, TooMuchData),
        (4, 1504022, RateLimited),
        (10, None, PermissionMissing),
        (17, 2446079, RateLimited),
        (100, None, Rejected),
        (100, 33, ObjectMissing),
        (100, 1487534, TooMuchData),
        (100, 3191001, PermissionMissing),
        (102, None, AccessRevoked),
        (190, 463, AccessRevoked),
        (200, None, PermissionMissing),
        (294, None, PermissionMissing),
        (368, None, Rejected),
        (613, None, RateLimited),
        (613, 1487742, RateLimited),
        (2601, 1815107, Unavailable),
        (2635, None, Rejected),
        (80000, None, RateLimited),
        (80014, None, RateLimited),
        (987654, None, Rejected),
    ],
)
def test_a_code_has_one_meaning(code: int, subcode: int | None, kind: type[IntegrationError]) -> None:
    assert type(outcome(code, subcode)) is kind


def test_the_text_decides_where_meta_uses_one_code_for_several_things() -> None:
    assert type(outcome(1, None, "Please reduce the amount of data you're asking for")) is TooMuchData


def test_an_unknown_code_may_call_itself_transient() -> None:
    body = ErrorBody("later", 987654, None, is_transient=True)
    error, may_pass = outcome_of(body, http_status=500, regain_s=None)
    assert type(error) is Unavailable
    assert may_pass


def test_only_transient_faults_may_pass() -> None:
    assert outcome_of(ErrorBody("", 2), http_status=500, regain_s=None)[1]
    assert not outcome_of(ErrorBody("", 190), http_status=400, regain_s=None)[1]


def test_a_throttle_says_how_long_and_who_waits() -> None:
    account, _ = outcome_of(ErrorBody("", 17, 2446079), http_status=400, regain_s=1140)
    app = outcome(4)
    assert isinstance(account, RateLimited)
    assert isinstance(app, RateLimited)
    assert (account.retry_after_s, account.scope) == (1140, "account")
    assert (app.retry_after_s > 0, app.scope) == (True, "app")


@pytest.mark.parametrize(
    ("subcode", "word"), [(458, "removed"), (460, "password"), (463, "expired"), (None, "no longer")]
)
def test_a_lost_access_says_what_happened(subcode: int | None, word: str) -> None:
    assert word in outcome(190, subcode).message


def test_the_vendors_text_is_kept_for_logs_without_credentials() -> None:
    error = outcome(190, None, "Cannot parse access token EAAGm0PX4ZCpsBAKZC")
    assert error.said is not None
    assert (error.said.code, error.said.text) == (190, "Cannot parse access token ***")
    assert "EAA" not in error.message
