"""What must never be shown, in the shapes in which it turns up."""

import pytest

from integrations.redaction import redact

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
