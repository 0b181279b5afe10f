"""A check of schemathesis: no answer is a fault of ours. Its own counts every typed refusal as a failure.

And values of our scalars, right ones and wrong ones.
"""

from typing import Any

import schemathesis  # type: ignore[import-not-found] # the guest's
from hypothesis import strategies as st
from schemathesis.graphql import nodes, scalar  # type: ignore[import-not-found] # as above

_SOME_TEXT = st.text(max_size=20)
scalar("Decimal", st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float))
scalar("BigInt", st.integers().map(nodes.Int))
scalar("Currency", st.one_of(st.sampled_from(["EUR", "USD", "JPY"]), _SOME_TEXT).map(nodes.String))
scalar("TimeZone", st.one_of(st.sampled_from(["UTC", "Europe/Berlin"]), _SOME_TEXT).map(nodes.String))
scalar("JSON", _SOME_TEXT.map(nodes.String))
scalar("Upload", _SOME_TEXT.map(nodes.String))


@schemathesis.check  # type: ignore[untyped-decorator] # as above
def no_fault(ctx: Any, response: Any, case: Any) -> None:
    """Fails for a status from 500 on, for an error with the code INTERNAL, and for what is no GraphQL response."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    answer = response.json()
    assert {"data", "errors"} & answer.keys(), response.text[:500]
    codes = [error.get("extensions", {}).get("code") for error in answer.get("errors") or ()]
    assert all(codes), f"an error without a code: {response.text[:500]}"
    assert "INTERNAL" not in codes, response.text[:500]
