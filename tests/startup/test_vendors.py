"""Which vendors a process speaks with: billing by the settings, complete or not at all."""

from pathlib import Path

import pytest

from models.billing.subscription import BillingInterval, PlanKey
from settings.loading import load_settings
from startup.vendors import MissingPrices, open_billing

SOLD = [f"{plan}_{interval}" for plan in ("STARTER", "PRO", "AGENCY") for interval in ("MONTH", "YEAR")]
STRIPE = {"stripe_secret_key": "rk_live_1", "stripe_webhook_secret": "whsec_1,whsec_2"}


async def test_prices_are_known_by_plan_and_the_first_of_several_is_sold(tmp_path: Path) -> None:
    price_ids = ",".join(["PRO_MONTH=price_new", *(f"{name}=price_{name.lower()}" for name in SOLD)])
    settings = load_settings(_env_file=None, data_dir=tmp_path, **STRIPE, stripe_price_ids=price_ids)
    async with open_billing(settings, None) as billing:
        assert billing is not None
        assert billing.stripe.is_live
        assert billing.webhook_secrets == ("whsec_1", "whsec_2")
        assert billing.prices.sold(PlanKey.PRO, BillingInterval.MONTH) == "price_new"
        before = billing.prices.find("price_pro_month")
        assert before is not None
        assert (before.plan, before.interval) == (PlanKey.PRO, BillingInterval.MONTH)
        assert "whsec" not in repr(billing)


@pytest.mark.parametrize("names", [["PRO_MONTH"], [*SOLD, "FREE_YEAR"]])
async def test_prices_that_do_not_fit_the_plans_are_named(tmp_path: Path, names: list[str]) -> None:
    price_ids = ",".join(f"{name}=price_1" for name in names)
    settings = load_settings(_env_file=None, data_dir=tmp_path, **STRIPE, stripe_price_ids=price_ids)
    with pytest.raises(MissingPrices, match=r"AGENCY_YEAR|FREE_YEAR"):
        async with open_billing(settings, None):
            pass


async def test_without_a_key_nothing_is_sold(tmp_path: Path) -> None:
    async with open_billing(load_settings(_env_file=None, data_dir=tmp_path, sandbox="off"), None) as billing:
        assert billing is None
