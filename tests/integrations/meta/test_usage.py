"""Usage headers are read from every answer, and a broken one costs nothing."""

import json

from integrations.ads.usage import Usage
from integrations.meta.usage import regain_s, usages

BUSINESS = json.dumps(
    {
        "66782684": [
            {
                "type": "ads_insights",
                "call_count": 95,
                "total_cputime": 20,
                "total_time": 20,
                "estimated_time_to_regain_access": 9,
            }
        ]
    }
)


def test_the_business_header_names_the_account_and_counts_minutes() -> None:
    found = usages({"x-business-use-case-usage": BUSINESS})
    assert found == (Usage("ads_insights", "act_66782684", 95.0, 540),)
    assert regain_s(found) == 540


def test_the_account_header_counts_seconds_and_only_once_it_is_full() -> None:
    header = {"acc_id_util_pct": 100, "reset_time_duration": 100}
    assert regain_s(usages({"x-ad-account-usage": json.dumps(header)})) == 100
    assert regain_s(usages({"x-ad-account-usage": json.dumps({**header, "acc_id_util_pct": 9.67})})) is None


def test_a_wait_has_a_ceiling() -> None:
    assert regain_s((Usage("ads_insights", None, 100, 86_400),)) == 600


def test_app_and_insights_headers_are_read() -> None:
    headers = {
        "x-app-usage": json.dumps({"call_count": 28, "total_time": 25, "total_cputime": 118}),
        "x-fb-ads-insights-reach-throttle": json.dumps({"app_id_util_pct": 1, "acc_id_util_pct": 2}),
        "x-fb-ads-insights-throttle": json.dumps({"app_id_util_pct": 100, "acc_id_util_pct": 10}),
    }
    assert {usage.kind for usage in usages(headers) if usage.is_of_app} == {"app", "insights_app", "reach_app"}
    assert {(usage.kind, usage.utilisation) for usage in usages(headers)} == {
        ("app", 118.0),
        ("insights_app", 100.0),
        ("insights_account", 10.0),
        ("reach_app", 1.0),
        ("reach_account", 2.0),
    }


def test_a_header_that_is_not_as_promised_reads_as_nothing() -> None:
    broken = {"x-app-usage": "[1]", "x-business-use-case-usage": "{", "x-ad-account-usage": '{"other": 1}'}
    assert usages(broken) == ()
