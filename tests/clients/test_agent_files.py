"""What the extension's files may hold, and what the file that people download has in it."""

import io
import json
import re
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import pytest

from integrations.vinted.markets import CURRENCIES
from integrations.vinted.relay import UNSAFE_OPERATIONS, RelayErrorCode, RelayOperation
from tests.doors.http import GraphQLClient
from web.clients import AGENT_DOCUMENTS, PATH, agent_files, packed_agent

ROOT = Path(__file__).resolve().parents[2]
FILES = dict(agent_files(None))
SCRIPTS = {name: body.decode() for name, body in FILES.items() if name.endswith(".js")}
MANIFEST = json.loads(FILES["manifest.json"])
LONGEST_LINE = 120


def test_it_asks_for_no_more_than_it_needs() -> None:
    assert MANIFEST["permissions"] == ["storage", "alarms", "scripting"]
    assert MANIFEST["host_permissions"] == [f"https://www.{market}/*" for market in sorted(CURRENCIES)]
    assert "content_security_policy" not in MANIFEST
    assert "externally_connectable" not in MANIFEST
    assert "web_accessible_resources" not in MANIFEST


@pytest.mark.parametrize("word", ["cookie", "eval(", "new Function", "innerHTML", "Math.random", "user-agent"])
def test_no_script_reads_cookies_runs_texts_or_hides_what_it_is(word: str) -> None:
    found = [name for name, text in SCRIPTS.items() if word in re.sub(r"(?m)^\s*(//|\*|/\*).*$", "", text).lower()]
    assert found == []


def test_lines_of_scripts_are_as_short_as_those_of_the_rest() -> None:
    long = [
        f"{name}:{row}"
        for name, text in SCRIPTS.items()
        for row, line in enumerate(text.split("\n"), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


def test_it_knows_the_operations_and_errors_of_the_protocol() -> None:
    known = set(re.findall(r"^  ([A-Z_]+): ", SCRIPTS["site/operations.js"].partition("OPERATIONS =")[2], re.MULTILINE))
    assert known == set(RelayOperation)
    checked = set(re.findall(r"^  ([A-Z_]+): [{p]", SCRIPTS["site/arguments.js"], re.MULTILINE))
    assert checked == set(RelayOperation)
    told = set(re.findall(r'(?:fault|SiteFault|failed)\("([A-Z_]+)"', "".join(SCRIPTS.values())))
    assert told <= set(RelayErrorCode)
    assert {"SIGNED_OUT", "CHALLENGE", "FORBIDDEN", "RATE_LIMITED", "INVALID"} <= told


def test_what_must_not_be_repeated_is_marked_in_the_table_of_calls() -> None:
    marked = re.findall(r"^  (\w+): .*isUnsafe: true", SCRIPTS["site/calls.js"], re.MULTILINE)
    assert (marked, len(UNSAFE_OPERATIONS)) == (["create", "reply"], 2)


def test_each_site_is_called_at_most_every_five_seconds() -> None:
    assert json.loads(FILES["sites.json"]) == {"spacingMs": 5000, "origin": None}


def test_the_file_is_the_same_bytes_each_time_and_can_be_loaded_as_it_is() -> None:
    packed = packed_agent(None)
    assert packed == packed_agent(None)
    with ZipFile(io.BytesIO(packed)) as file:
        assert file.testzip() is None
        assert {name.removeprefix("vinted-agent/"): file.read(name) for name in file.namelist()} == FILES
    for name in (MANIFEST["background"]["service_worker"], MANIFEST["action"]["default_popup"]):
        assert name in FILES
    assert "package.json" not in FILES


def test_for_a_stand_in_only_the_hosts_differ() -> None:
    there = dict(agent_files("http://127.0.0.1:8007"))
    assert {name for name in FILES if FILES[name] != there[name]} == {"manifest.json", "sites.json"}
    assert json.loads(there["sites.json"])["origin"] == "http://127.0.0.1:8007"
    assert json.loads(there["manifest.json"])["host_permissions"] == ["http://127.0.0.1/*", "http://localhost/*"]


async def test_anybody_can_download_it(server: GraphQLClient) -> None:
    async with aiohttp.ClientSession(server.url) as session:
        plain = {"accept-encoding": "identity"}
        async with session.get(PATH, headers=plain) as found:
            assert (found.status, found.content_type) == (200, "application/zip")
            assert found.headers["content-disposition"] == 'attachment; filename="vinted-agent.zip"'
            assert await found.read() == packed_agent(None)
        async with session.get(PATH, headers={**plain, "if-none-match": found.headers["etag"]}) as known:
            assert known.status == 304
        async with session.post(PATH) as written:
            assert written.status == 405


def test_it_sends_the_documents_that_servers_know() -> None:
    sent = SCRIPTS["agent/documents.js"].replace('" +\n    "', "")
    known = json.loads(AGENT_DOCUMENTS.read_text())
    assert dict(re.findall(r'"([a-z-]+)":\s+"(.+)",', sent)) == known


def test_the_image_has_it() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert "clients" not in left_out
