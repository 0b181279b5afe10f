"""Where `@idempotent` may stand in a document; what it does is tested behind the API's own mutations."""

from typing import Any

import pytest

from services.toolbox import Toolbox
from tests.doors.in_process import Door

OF_A_MUTATION = "only a field of a mutation's first level"
SECRET = "a secret is among"
TWO_KEYS = "send one of them"
REFUSED = {
    '{ viewer @idempotent(key: "k") { role } }': OF_A_MUTATION,
    'subscription { refreshJobs @idempotent(key: "k") { id } }': OF_A_MUTATION,
    'mutation { deleteTenant { ok @idempotent(key: "k") } }': OF_A_MUTATION,
    'mutation { login(input: { email: "a", password: "b" }) @idempotent(key: "k") { viewer { role } } }': SECRET,
    'mutation { ...f } fragment f on Mutation { refreshSession @idempotent(key: "k") { __typename } }': SECRET,
    'mutation { createApiKey(input: { name: "a", role: VIEWER }) @idempotent(key: "k") { apiKey { id } } }': SECRET,
    'mutation { setPassword(password: "a") @idempotent(key: "k") { ok } }': SECRET,
    """mutation { setAdStatus(id: "1", status: ACTIVE, idempotencyKey: "a") @idempotent(key: "k")
        { ad { id } } }""": TWO_KEYS,
    'mutation { deleteTenant @idempotent(key: "k") @idempotent(key: "l") { ok } }': "can only be used once",
    "mutation { deleteTenant @idempotent { ok } }": "is required",
    "mutation { deleteTenant @idempotent(key: null) { ok } }": "null",
    "mutation { deleteTenant @idempotent(key: 1) { ok } }": "String cannot represent",
    'mutation @idempotent(key: "k") { deleteTenant { ok } }': "may not be used on",
    "mutation ($k: String) { deleteTenant @idempotent(key: $k) { ok } }": "String!",
    'mutation { nothing @idempotent(key: "k") }': "Cannot query field",
}


@pytest.mark.parametrize("text", REFUSED)
async def test_it_is_refused_before_anything_runs(tools: Toolbox, text: str) -> None:
    answer = await Door(tools, None).ask(text)
    assert answer.data is None
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert REFUSED[text] in answer.messages[0]


@pytest.mark.parametrize("given", [{"k": None}, {"k": 1}, {"k": ["a"]}, {"k": {}}])
async def test_a_variable_that_is_no_text_is_refused(tools: Toolbox, given: dict[str, Any]) -> None:
    text = 'mutation ($k: String = "d") { logout @idempotent(key: $k) { ok } }'
    answer = await Door(tools, None).ask(text, **given)
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert not (answer.data or {}).get("logout")
