"""Reads the sandbox with the facebook-business SDK as its documentation shows; runs in a throw-away environment."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from facebook_business.adobjects.adaccount import AdAccount  # type: ignore[import-not-found] # never a dependency
from facebook_business.adobjects.adreportrun import AdReportRun  # type: ignore[import-not-found] # never a dependency
from facebook_business.adobjects.user import User  # type: ignore[import-not-found] # never a dependency
from facebook_business.api import FacebookAdsApi  # type: ignore[import-not-found] # never a dependency
from facebook_business.session import FacebookSession  # type: ignore[import-not-found] # never a dependency

FIELDS = ["ad_id", "impressions", "spend", "actions"]


def keys(rows: Any) -> list[list[str]]:
    return [[row["ad_id"], row["date_start"], row["impressions"]] for row in rows]


def params_of(options: argparse.Namespace) -> dict[str, Any]:
    days = {"since": options.since, "until": options.until}
    return {"level": "ad", "time_increment": 1, "time_range": days, "limit": options.limit}


def sync(options: argparse.Namespace) -> Any:
    return keys(AdAccount(options.account).get_insights(fields=FIELDS, params=params_of(options)))


def run(options: argparse.Namespace) -> Any:
    job = AdAccount(options.account).get_insights(fields=FIELDS, params=params_of(options), is_async=True)
    job = job.api_get()
    assert (job[AdReportRun.Field.async_status], job[AdReportRun.Field.async_percent_completion]) == (
        "Job Completed",
        100,
    )
    return keys(job.get_insights(params={"limit": options.limit}))


def edges(options: argparse.Namespace) -> Any:
    account = AdAccount(options.account)
    params = {"limit": options.limit}
    lists = {
        "campaigns": account.get_campaigns(fields=["name"], params=params),
        "adsets": account.get_ad_sets(fields=["name"], params=params),
        "ads": account.get_ads(fields=["name"], params=params),
        "adcreatives": account.get_ad_creatives(fields=["name"], params=params),
        "adaccounts": User(fbid="me").get_ad_accounts(fields=["name"], params=params),
    }
    return {name: [thing["id"] for thing in found] for name, found in lists.items()}


def batch(options: argparse.Namespace) -> Any:
    """Every campaign once more, by its id, all in one request; and one that is not there."""
    account = AdAccount(options.account)
    calls = account.get_api_assured().new_batch()
    read: list[str] = []
    failed: list[int] = []
    for campaign in account.get_campaigns(params={"limit": options.limit}):
        campaign.api_get(fields=["name"], batch=calls, success=lambda answer: read.append(answer.json()["id"]))
    AdAccount("act_77").api_get(batch=calls, failure=lambda answer: failed.append(answer.error().api_error_code()))
    calls.execute()
    return {"read": read, "failed": failed}


MODES: dict[str, Callable[[argparse.Namespace], Any]] = {"sync": sync, "run": run, "edges": edges, "batch": batch}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("url", "app-id", "app-secret", "token", "account", "since", "until"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("--mode", choices=MODES, required=True)
    options = parser.parse_args()
    FacebookSession.GRAPH = options.url
    FacebookAdsApi.init(options.app_id, options.app_secret, options.token, crash_log=False)
    json.dump(MODES[options.mode](options), sys.stdout)


if __name__ == "__main__":
    main()
