"""Reads insights with the facebook-business SDK as its documentation shows; runs in a throw-away environment.

Prints one JSON object: the seconds, the rows' keys, and the error that ended it, if one did.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from facebook_business.adobjects.adaccount import AdAccount  # type: ignore[import-not-found] # never a dependency
from facebook_business.api import FacebookAdsApi  # type: ignore[import-not-found] # never a dependency
from facebook_business.exceptions import FacebookError  # type: ignore[import-not-found] # never a dependency
from facebook_business.session import FacebookSession  # type: ignore[import-not-found] # never a dependency

POLL_S = 1


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    params = {
        "level": "ad",
        "time_increment": 1,
        "time_range": {"since": options.since, "until": options.until},
        "limit": 500,
    }
    account = AdAccount(options.account)
    fields = options.fields.split(",")
    if options.mode == "sync":
        yield from map(dict, account.get_insights(fields=fields, params=params))
        return
    job = account.get_insights(fields=fields, params=params, is_async=True)
    while job.api_get()["async_status"] != "Job Completed":
        time.sleep(POLL_S)
    yield from map(dict, job.get_result(params={"limit": 500}))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("url", "app-id", "app-secret", "token", "account", "since", "until", "fields"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--mode", choices=("sync", "run"), required=True)
    options = parser.parse_args()
    FacebookSession.GRAPH = options.url
    FacebookAdsApi.init(options.app_id, options.app_secret, options.token, crash_log=False)
    found: list[dict[str, Any]] = []
    error, began = None, time.perf_counter()
    try:
        found.extend(rows(options))
    except FacebookError as failure:
        error = " ".join(str(failure).split())
    seconds = time.perf_counter() - began
    keys = [[row["ad_id"], row["date_start"], row["impressions"]] for row in found]
    json.dump({"s": seconds, "keys": keys, "error": error}, sys.stdout)


if __name__ == "__main__":
    main()
