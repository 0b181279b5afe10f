"""Each of Meta's errors asks for one reaction, and reaches us over HTTP as the outcome that stands for it."""

import msgspec
import pytest
from structlog.testing import capture_logs

from integrations.errors import (
    AccessRevoked,
    Barred,
    IntegrationError,
    NotReady,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Relief,
    Throttled,
    TooMuchData,
    TooOld,
    Unavailable,
)
from integrations.meta.faults import RULES, TEXTS, ErrorBody, FaultRule, Reaction, outcome_of, rule_for
from integrations.meta.graph import Graph
from integrations.meta.wording import advice_of
from sandbox.meta.trouble.faults import FaultKind
from tests.integrations.meta.conftest import MetaWorld

# What Meta's documentation and experience ask for: written down a second time, by code, so that the table can be wrong.
EXPECTED: dict[Reaction, list[tuple[int, int | None]]] = {
    Reaction.RETRY: [(1, None), (1, 99), (2, None), (2, 1504043), (2, 1504044), (960, None), (104, None)],
    # Its text says so, never its code alone.
    Reaction.SHRINK: [],
    Reaction.GO_ASYNC: [(2, 1504038), (100, 1504018)],
    Reaction.ORDER_AGAIN: [(-2, 2490547)],
    Reaction.SPLIT: [(-3, 1504045), (100, 1487534)],
    Reaction.WAIT: [(2601, 1815107)],
    Reaction.FAIL: [(2, 1504041), (2, 1504042), (100, None), (2500, None), (987654, None)],
    Reaction.BACK_OFF_APP: [(4, None), (4, 1504022), (4, 1504039), (32, None), (341, None), (613, None), (613, 1996)],
    Reaction.BACK_OFF_ACCOUNT: [
        *[(17, 2446079), (613, 1487742), (80000, 2446079), (80003, 2446079), (80004, 2446079), (80014, 2446079)],
        *[(code, None) for code in (80001, 80002, 80005, 80006, 80008, 80009)],
    ],
    Reaction.DEFER_WRITE: [(17, 1885172), (613, 1487632), (613, 1487225), (613, 5044001)],
    Reaction.FIX_PERMISSION: [(10, None), (200, None), (294, None), (299, None), (100, 3191001), (3, None)],
    Reaction.MISSING: [(100, 33), (803, None)],
    Reaction.CLAMP: [(3018, None)],
    Reaction.REAUTHORISE: [
        (102, None),
        *[(190, subcode) for subcode in (None, 458, 459, 460, 463, 464, 467, 492, 493)],
    ],
    Reaction.ALERT: [(368, None), (2635, None)],
}
ANYTHING: msgspec.json.Decoder[object] = msgspec.json.Decoder(dict[str, object])
ROWS = [(code, subcode, reaction) for reaction, rows in EXPECTED.items() for code, subcode in rows]
OUTCOMES: dict[Reaction, tuple[type[IntegrationError], object]] = {
    Reaction.RETRY: (Unavailable, None),
    Reaction.SHRINK: (TooMuchData, Relief.SMALLER_PAGE),
    Reaction.GO_ASYNC: (TooMuchData, Relief.REPORT),
    Reaction.ORDER_AGAIN: (TooMuchData, Relief.ANOTHER_REPORT),
    Reaction.SPLIT: (TooMuchData, Relief.SMALLER_PART),
    Reaction.WAIT: (NotReady, None),
    Reaction.FAIL: (Rejected, None),
    Reaction.BACK_OFF_APP: (Throttled, "app"),
    Reaction.BACK_OFF_ACCOUNT: (Throttled, "account"),
    Reaction.DEFER_WRITE: (Throttled, "write"),
    Reaction.FIX_PERMISSION: (PermissionMissing, None),
    Reaction.MISSING: (ObjectMissing, None),
    Reaction.CLAMP: (TooOld, None),
    Reaction.REAUTHORISE: (AccessRevoked, None),
    Reaction.ALERT: (Barred, None),
}


@pytest.mark.parametrize(("code", "subcode", "reaction"), ROWS)
async def test_each_row_of_the_table_holds_over_http(
    meta: MetaWorld, code: int, subcode: int | None, reaction: Reaction
) -> None:
    meta.spoil(FaultKind.ERROR, "act_1001", times=None, code=code, subcode=subcode, message="It went wrong.")
    graph = Graph(meta.platform.app, meta.platform.http, "SANDBOX-SYSTEM-USER")
    with pytest.raises(IntegrationError) as caught, capture_logs() as lines:
        await graph.get("act_1001", {}, ANYTHING)
    kind, detail = OUTCOMES[reaction]
    assert type(caught.value) is kind
    assert getattr(caught.value, "relief", getattr(caught.value, "scope", None)) is detail
    # Only a retry repeats the call at once, and is answered four times.
    assert graph.calls == (4 if reaction is Reaction.RETRY else 1)
    is_abuse = code == 613 and subcode in (None, 1996)
    assert any(line["event"] == "vendor_alert" for line in lines) == (reaction is Reaction.ALERT or is_abuse)


def test_no_line_of_the_table_is_left_out() -> None:
    seen = {id(rule_for(ErrorBody("", code, subcode))) for code, subcode, _ in ROWS}
    blanket = (*range(200, 300), *range(80000, 80015))
    assert [key for key, rule in RULES.items() if id(rule) not in seen and key[0] not in blanket] == []


@pytest.mark.parametrize(("text", "rule"), TEXTS)
async def test_a_text_decides_where_meta_uses_one_code_for_several_things(
    meta: MetaWorld, text: str, rule: FaultRule
) -> None:
    meta.spoil(FaultKind.ERROR, "act_1001", times=None, code=100, message=f"(#100) Please {text} and so on")
    with pytest.raises(IntegrationError) as caught:
        await meta.session().ad_account("act_1001")
    assert type(caught.value) is OUTCOMES[rule.reaction][0]


def outcome(code: int, subcode: int | None = None, message: str = "") -> IntegrationError:
    return outcome_of(ErrorBody(message, code, subcode), http_status=400, regain_s=None)[0]


def test_an_unknown_code_may_call_itself_transient() -> None:
    body = ErrorBody("later", 987654, None, is_transient=True)
    error, may_pass = outcome_of(body, http_status=500, regain_s=None)
    assert type(error) is Unavailable
    assert may_pass


def test_a_heavy_question_is_not_repeated_because_it_calls_itself_transient() -> None:
    assert rule_for(ErrorBody("timed out", 2, 1504038, is_transient=True)).reaction is Reaction.GO_ASYNC


def test_a_throttle_says_how_long_and_who_waits() -> None:
    account, _ = outcome_of(ErrorBody("", 17, 2446079), http_status=400, regain_s=1140)
    app, abuse = outcome(4), outcome(613)
    assert isinstance(account, Throttled)
    assert isinstance(app, Throttled)
    assert isinstance(abuse, Throttled)
    assert (account.retry_after_s, app.retry_after_s, abuse.retry_after_s) == (1140, 300, 3600)


async def test_a_throttle_waits_as_long_as_the_headers_of_the_error_say(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.ERROR, "act_1001", code=80000, subcode=2446079, regain_s=240)
    with pytest.raises(Throttled) as caught:
        await meta.session().ad_account("act_1001")
    assert caught.value.retry_after_s == 240


@pytest.mark.parametrize(
    ("subcode", "word"),
    [
        (458, "removed"),
        (459, "security check"),
        (460, "password"),
        (463, "expired"),
        (464, "not confirmed"),
        (467, "session"),
        (492, "role"),
        (493, "90 days"),
        (None, "no longer"),
    ],
)
@pytest.mark.parametrize("code", [102, 190])
def test_a_lost_access_says_what_happened(code: int, subcode: int | None, word: str) -> None:
    error = outcome(code, subcode)
    assert isinstance(error, AccessRevoked)
    assert word in error.reason
    assert error.is_expired == (subcode in (463, 493))


@pytest.mark.parametrize(
    ("code", "message", "named", "unnamed"),
    [
        (200, "(#200) Requires business_management permission to manage the object", "business_management", "ads_read"),
        (294, "(#294) Needs the extended permission for ads_management", "ads_management", "ads_read"),
        (200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission", "ads_read", "pages_"),
        (10, "(#10) Application does not have permission for this action", "role on the ad account", "ads_read"),
        (3, "(#3) Application does not have the capability to make this API call.", "capability", "connect again"),
    ],
)
def test_a_missing_permission_is_the_one_that_meta_names(code: int, message: str, named: str, unnamed: str) -> None:
    error = outcome(code, None, message)
    assert isinstance(error, PermissionMissing)
    assert named in error.message
    assert unnamed not in error.message


async def test_what_meta_writes_for_the_person_is_told_and_nothing_else_of_it(meta: MetaWorld) -> None:
    meta.spoil(
        FaultKind.ERROR,
        "act_1001",
        code=100,
        subcode=2446289,
        message="Invalid parameter",
        times=None,
        user_title="Ad Creative Is Incomplete",
        user_message="The reel is gone.",
    )
    with pytest.raises(Rejected) as caught:
        await meta.session().ad_account("act_1001")
    assert caught.value.message.endswith(" Meta says: Ad Creative Is Incomplete: The reel is gone.")
    assert "Invalid parameter" not in caught.value.message


@pytest.mark.parametrize(
    ("title", "text", "told"),
    [
        (None, None, ""),
        ("", "  ", ""),
        ({"a": 1}, ["b"], ""),
        ("Budget is too low.", "Raise it.", "Budget is too low: Raise it."),
        ("Only a title.", None, "Only a title."),
        (7, "Only a text.", "Only a text."),
        ("With\0 NUL", "half \ud800 and\nlines", "With NUL: half and lines"),
        ("Odd", "access_token=EAAGm0PX4ZCpsBAKZC", "Odd: access_token=***"),
        ("Long", "x" * 5000, "Long: " + "x" * 493 + "…"),
    ],
)
def test_advice_is_one_printable_line(title: object, text: object, told: str) -> None:
    assert advice_of(title, text) == told


@pytest.mark.parametrize(
    "odd",
    [
        {"message": None, "is_transient": None, "error_user_title": {"a": []}, "error_user_msg": 5},
        {"message": {"text": "no"}, "fbtrace_id": 7, "error_user_msg": None, "error_data": "{}"},
        {"error_user_title": "", "error_user_msg": "x" * 100_000, "code": "100"},
    ],
)
def test_an_error_with_odd_parts_is_still_that_error(odd: dict[str, object]) -> None:
    body = msgspec.json.decode(
        msgspec.json.encode({"code": 100, "error_subcode": 33} | odd), type=ErrorBody, strict=False
    )
    assert type(outcome_of(body, http_status=400, regain_s=None)[0]) is ObjectMissing


def test_no_refusal_that_repeating_cannot_mend_asks_to_try_again() -> None:
    for code, subcode, reaction in ROWS:
        message = outcome(code, subcode).message
        assert message
        assert "smaller parts" not in message
        if OUTCOMES[reaction][0] in (Rejected, Barred, TooOld, PermissionMissing, TooMuchData):
            assert "try again" not in message.lower()


def test_the_vendors_text_is_kept_for_logs_without_credentials() -> None:
    error = outcome(190, None, "Cannot parse access token EAAGm0PX4ZCpsBAKZC")
    assert error.said is not None
    assert (error.said.code, error.said.text) == (190, "Cannot parse access token ***")
    assert "EAA" not in error.message
