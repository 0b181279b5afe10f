"""No token, proof, secret or `next` address in any log line, error or representation, whatever goes wrong."""

import logging
import traceback
from datetime import date
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from integrations.errors import IntegrationError
from sandbox.meta.trouble.faults import FaultKind
from tests.integrations.meta.conftest import APP_SECRET, MetaWorld

TOKEN = "SANDBOX-SYSTEM-USER"
CODE = "AQcanary-code-canary-code-canary"
VERIFIER = "verifier-canary-verifier-canary-verifier-canary"


def everything_shown(error: BaseException | None) -> str:
    """The text of the whole chain, with what each error carries."""
    shown = []
    while error is not None:
        shown += [*traceback.format_exception(error), repr(error), repr(getattr(error, "said", ""))]
        error = error.__context__
    return "".join(shown)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Every line but those of the stand-in's own server, which runs in this process."""
    return "\n".join(line.getMessage() for line in caplog.records if not line.name.startswith("uvicorn"))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (FaultKind.TRUNCATED, {}),
        (FaultKind.NOT_JSON, {}),
        (FaultKind.HTML_503, {}),
        (FaultKind.TOKEN_REVOKED, {}),
        (FaultKind.ERROR, {"code": 17, "message": f"blocked for access_token={TOKEN} and Bearer {TOKEN}"}),
        (FaultKind.ERROR, {"code": 1, "message": f"https://graph.facebook.com/act_1?access_token={TOKEN}&after=x"}),
    ],
)
async def test_no_credential_is_shown_when_a_call_fails(
    meta: MetaWorld, kind: FaultKind, rule: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    meta.spoil(kind, nth=2, times=None, **rule)
    session = meta.session(TOKEN)
    with capture_logs() as lines, pytest.raises(IntegrationError) as caught:
        async for _ in session.insights("act_1001", date(2026, 8, 1), date(2026, 11, 19)):
            pass
    shown = everything_shown(caught.value) + logged(caplog) + str(lines) + repr(session) + repr(meta.platform.app)
    for secret in (TOKEN, meta.platform.app.proof(TOKEN), APP_SECRET, "access_token=SANDBOX"):
        assert secret not in shown


async def test_no_credential_is_shown_when_nobody_answers(meta: MetaWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    meta.spoil(FaultKind.HTML_503, times=None)
    with capture_logs() as lines:
        with pytest.raises(IntegrationError) as debugged:
            await meta.session(TOKEN).token_info()
        with pytest.raises(IntegrationError) as traded:
            await meta.platform.token_for_code(code=CODE, code_verifier=VERIFIER)
    shown = everything_shown(debugged.value) + everything_shown(traded.value) + logged(caplog) + str(lines)
    for secret in (TOKEN, APP_SECRET, CODE, VERIFIER):
        assert secret not in shown


async def test_the_canary_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        structlog.get_logger().info("leak", token=TOKEN)
    assert TOKEN in str(lines)
    assert TOKEN in everything_shown(ValueError(TOKEN))


async def test_credentials_are_never_part_of_an_address_except_the_proof(meta: MetaWorld) -> None:
    await meta.session(TOKEN).ad_account("act_1001")
    call = meta.server.admin.log()[-1]
    assert TOKEN not in str(call)
