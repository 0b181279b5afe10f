"""Runs singer's tap-facebook against the sandbox, from discovery to records; runs in a throw-away environment."""

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import tap_facebook  # type: ignore[import-not-found] # never a dependency
from facebook_business.session import FacebookSession  # type: ignore[import-not-found] # never a dependency

STREAMS = ("ads_insights", "campaigns", "adsets", "ads", "adcreative")


def tap(*arguments: str) -> str:
    """What the tap writes to its standard output."""
    written = io.StringIO()
    sys.argv = ["tap-facebook", *arguments]
    with contextlib.redirect_stdout(written):
        tap_facebook.main()
    return written.getvalue()


def selected(catalog: dict[str, Any]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        stream["schema"]["selected"] = stream["stream"] in STREAMS
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = stream["stream"] in STREAMS
    return catalog


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("url", "token", "account", "since", "until", "limit"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    FacebookSession.GRAPH = options.url
    with tempfile.TemporaryDirectory() as folder:
        config, catalog = Path(folder, "config.json"), Path(folder, "catalog.json")
        config.write_text(
            json.dumps(
                {
                    "access_token": options.token,
                    "account_id": options.account.removeprefix("act_"),
                    "start_date": f"{options.since}T00:00:00Z",
                    "end_date": f"{options.until}T00:00:00Z",
                    "insights_buffer_days": "1",
                    "result_return_limit": int(options.limit),
                }
            )
        )
        catalog.write_text(json.dumps(selected(json.loads(tap("--config", str(config), "--discover")))))
        messages = tap("--config", str(config), "--properties", str(catalog)).splitlines()
    found: dict[str, list[Any]] = {name: [] for name in STREAMS}
    for message in map(json.loads, messages):
        if message["type"] == "RECORD":
            row = message["record"]
            key = row.get("id") or [row["ad_id"], row["date_start"][:10], str(row["impressions"])]
            found[message["stream"]].append(key)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
