"""Credentials are masked wherever they stand, in the shapes in which they turn up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.redaction import MASK, is_plain, masked, redact

SECRET = "EAAGm0PX4ZCpsBAKZCsecretsecret"


@pytest.mark.parametrize(
    "text",
    [
        f"https://graph.facebook.com/v26.0/act_1/insights?limit=500&access_token={SECRET}&after=QVFI",
        f"?appsecret_proof={SECRET}",
        f"client_secret={SECRET}&grant_type=x",
        f"code={SECRET}",
        f"fb_exchange_token={SECRET}",
        f"input_token={SECRET}",
        f"access_token%3D{SECRET}",
        f'{{"access_token": "{SECRET}", "token_type": "bearer"}}',
        f"{{'access_token': '{SECRET}'}}",
        f"Authorization: Bearer {SECRET}",
        f"Cannot parse access token {SECRET}",
    ],
)
def test_a_credential_is_masked_in_every_shape(text: str) -> None:
    assert SECRET not in redact(text)


def test_an_app_token_is_masked_without_a_name() -> None:
    assert redact("token 123456789|abcdefabcdefabcdef is wrong") == "token *** is wrong"


@pytest.mark.parametrize("text", ['{"code": 190, "error_subcode": 463}', "code=100", "limit=500&after=QVFIUm"])
def test_error_codes_and_cursors_stay_readable(text: str) -> None:
    assert redact(text) == text


# What libraries say of a request, an answer or a connection within the text of an error.
NAMED = [
    "Authorization: Basic hunter2==",
    "authorization: token hunter2",
    "Cookie: a=b; session=hunter2",
    "Set-Cookie: sid=hunter2; Path=/",
    "X-Api-Key: hunter2",
    "{'Authorization': 'Basic hunter2', 'Cookie': 'session=hunter2'}",
    "[(b'cookie', b'session=hunter2')]",
    '{"access_token": "hunter2", "password":"it\'s hunter2"}',
    r'"{\"password\": \"hunter2\"}"',
    "https://graph.test/debug_token?input_token=hunter2&fields=id",
    "host=db user=adgraph password=hunter2 dbname=adgraph, password='a hunter2'",
    "postgresql://adgraph:its@hunter2@db/adgraph",
    "postgresql://adgraph:a/hunter2@db/adgraph",
    "cannot connect to postgresql://adgraph:a@hunter2/hunter2?hunter2#hunter2@db:5432/adgraph, giving up",
    "https://ann:a/hunter2@proxy.test",
    "OAuth hunter2hunter2",
    '{"code": "hunter2AQD"}',
    "client_secret: hunter2, signed_request=hunter2.x",
]


@pytest.mark.parametrize(
    "text",
    [
        "token EAABsbCS1iHgBO7ZCzQm",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Authorization: Bearer abc.def-ghi",
        "GET /v26.0/me?access_token=abc123&fields=id",
        "https://graph.test/next?appsecret_proof=00ff",
        "postgresql://adgraph:hunter2@db/adgraph",
        "pasted SANDBOX-SYSTEM-USER",
        "key agk_hunter2x_SYSTEM-USER",
        "sk_live_hunter2, whsec_hunter2",
        "redis://:hunter2@redis:6379/0, smtps://mailer:hunter2@mail.test",
        "GOCSPX-hunter2, ya29.hunter2, 4/0AhuNhunter2hunter2",
        *NAMED,
    ],
)
def test_a_credential_in_a_text_is_masked(text: str) -> None:
    assert MASK in redact(text)
    for secret in ("EAAB", "eyJ", "abc", "00ff", "hunter2", "SYSTEM-USER"):
        assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid token: it has expired",
        "{'tokens_used': 4, 'name': 'Ann'}",
        "password = checked(password)",
        "https://ads.test:8000/accounts?day=2026-11-01",
        "https://ads.test:8000/people/ann@ads.test",
        "redis://redis:6379/0",
        "{'code': 'UNAUTHENTICATED'}",
        "Invalid OAuth authorization",
        "The cookie is missing.",
    ],
)
def test_what_holds_no_credential_is_kept(text: str) -> None:
    assert redact(text) == text


def test_a_parameter_is_masked_alone() -> None:
    assert redact("GET /x?input_token=hunter2&fields=id failed") == f"GET /x?input_token={MASK}&fields=id failed"


@pytest.mark.parametrize(
    "text",
    [
        *("token", "token'", "x-", "password='", 'cookie":"', "abc://a:", "a://b:c@", "code=", "oauth "),
        *("CONTEXT: ", "CONTEXT: parameter $1 ", "invalid input for query argument $1 ", "DETAIL: "),
        *("invalid input syntax for type x ", 'invalid input syntax for type x: "', "[parameters: "),
    ],
)
def test_a_long_text_is_read_once(text: str) -> None:
    """A pattern that went back for each of its beginnings would not end."""
    redact(text * 20_000)


@pytest.mark.parametrize("text", ["CONTEXT:" + " " * 200_000, "invalid input for query argument $" + "1" * 200_000])
def test_a_long_beginning_is_read_once(text: str) -> None:
    redact(text)


def test_values_under_secret_names_are_masked_at_any_depth() -> None:
    event = {"event": "x", "password": "p", "nested": [{"refresh_token": "r", "rows": 3}], "tokens_used": 4}
    assert redact(event) == {
        "event": "x",
        "password": MASK,
        "nested": [{"refresh_token": MASK, "rows": 3}],
        "tokens_used": 4,
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('violates "uq"\nDETAIL:  Key (email)=(ann@hidden.test) already exists.\n[SQL: insert]', "[SQL: insert]"),
        ("violates check\nDETAIL:  Failing row contains (1, a\nhidden\nname).", "violates check"),
        ("[SQL: select 1]\n[parameters: ('hidden',)]\n(Background on this error at: x)", "(Background on"),
        ("invalid input for query argument $1: 'hidden' (an integer is required)", "(an integer is required)"),
        ('invalid input syntax for type uuid: "hidden"', "type uuid"),
        ("refused\nCONTEXT:  unnamed portal parameter $1 = 'hidden'", "refused"),
    ],
)
def test_values_of_a_statement_are_masked(text: str, kept: str) -> None:
    assert "hidden" not in redact(text)
    assert kept in redact(text)


# What patterns begin with or need, in letters of plain texts alone.
_PIECES = ("agk_", "ago_", "agr_", "whsec_", "sk_live_", "rk_test_", "EAA", "eyJ", "ya29.", "4/0A", "token", "T", "Z-")


@given(st.lists(st.sampled_from(_PIECES) | st.text("abef0129:.+-_/ABE", max_size=9), max_size=5).map("".join))
def test_what_looks_plain_holds_nothing_that_would_be_masked(text: str) -> None:
    assert not is_plain(text) or masked(text) == text


@pytest.mark.parametrize(
    "text", ["agk_abcdefgh", "/x/agr_abcdefgh", "whsec_a", "sk_live_a", "rk_test_a", "ya29.a", "EAABCDEFGH"]
)
def test_a_credential_of_plain_letters_is_masked(text: str) -> None:
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    ["", "0a1b2c3d", "01a22d94-9457-71ca", "2026-11-30T17:43:41.5Z", "operation_finished", "/graphql", "web.x", "POST"],
)
def test_the_texts_of_every_line_are_plain(text: str) -> None:
    assert is_plain(text)
