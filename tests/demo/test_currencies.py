"""The demo's accounts, which are in euros, dollars and yen, told in one currency by the rates of the sandbox."""

import pytest

from tests.demo.conftest import Demo

QUERY = """
query($currency: Currency!, $level: EntityLevel) {
  insights(input: {range: {preset: LAST_30_DAYS}, currency: $currency, groupBy: {level: $level}}) {
    rows { nodes { entity { ... on AdAccount { currency } } metrics { currency spend roas } } }
    totals { currency spend roas }
    meta { currency warnings { code } }
  }
}
"""


async def test_all_accounts_add_up_in_any_currency_from_the_first_start(demo: Demo) -> None:
    spends, ratios = {}, []
    for currency in ("EUR", "USD", "SEK"):
        answer = await demo.owner.ask(QUERY, currency=currency, level="AD_ACCOUNT")
        found = answer.data["insights"]
        rows = found["rows"]["nodes"]
        assert {row["entity"]["currency"] for row in rows} == {"EUR", "USD", "JPY"}
        assert {row["metrics"]["currency"] for row in rows} == {currency}
        assert found["totals"]["spend"] == pytest.approx(sum(row["metrics"]["spend"] for row in rows), rel=1e-9)
        assert "NO_FX_RATE" not in str(found["meta"])
        spends[currency] = found["totals"]["spend"]
        ratios.append(sorted(row["metrics"]["roas"] for row in rows))
    assert ratios[0] == ratios[1] == ratios[2]
    # About the sandbox's rates: 1.09 dollars and 11.4 crowns for a euro, give or take three percent.
    assert 1.05 < spends["USD"] / spends["EUR"] < 1.13
    assert 11 < spends["SEK"] / spends["EUR"] < 11.8
