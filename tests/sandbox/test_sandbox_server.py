"""Owns the sandbox as a process sees it: loopback, Host, admin token, log, memory over restarts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.meta.app import create_app
from sandbox.meta.config import SandboxConfig
from sandbox.server import run_sandbox
from tests.sandbox.graph_client import ADMIN_TOKEN, APP_ID, CONFIG, REDIRECT, SECRET, SYSTEM_USER, TODAY, Graph, proof

ADMIN = {"X-Sandbox-Token": ADMIN_TOKEN}


async def admin(graph: Graph, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    url = f"{graph.server.url}/_sandbox/{path}"
    async with graph.session.request(method, url, json=body, headers=headers or ADMIN) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        async with run_sandbox(CONFIG, host=host):
            pass


async def test_it_frees_its_port_at_once() -> None:
    async with run_sandbox(CONFIG) as first:
        port = int(first.url.rpartition(":")[2])
    async with run_sandbox(CONFIG, host="localhost", port=port) as second:
        assert second.url == first.url == second.dialog_url


async def test_a_port_in_use_is_said(graph: Graph) -> None:
    port = int(graph.server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with run_sandbox(CONFIG, port=port):
            pass


@pytest.mark.parametrize("path", ["me", "v26.0/dialog/oauth", "_sandbox/log"])
async def test_a_foreign_host_name_is_refused(graph: Graph, path: str) -> None:
    headers = ADMIN | {"Host": "evil.example"}
    async with graph.session.get(f"{graph.server.url}/{path}", headers=headers) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("given", [{"X-Sandbox-Token": "wrong"}, {"X-Other": "1"}, {"X-Sandbox-Token": "é"}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "clock"), ("POST", "faults"), ("DELETE", "faults"), ("GET", "log"), ("POST", "reset")]
)
async def test_admin_needs_its_token(graph: Graph, method: str, path: str, given: dict[str, str]) -> None:
    assert (await admin(graph, method, path, {}, **given))[0] == 403


async def test_unknown_admin_routes_are_not_the_graph(graph: Graph) -> None:
    async with graph.session.get(f"{graph.server.url}/_sandbox/other", headers=ADMIN) as answer:
        assert answer.status == 404


async def test_the_clock_is_set_over_http(own_graph: Graph) -> None:
    assert (await admin(own_graph, "POST", "clock", {"today": "2026-12-24"}))[0] == 200
    assert (await own_graph.get("act_1001/insights", date_preset="today"))["data"][0]["date_start"] == "2026-12-24"
    assert (await admin(own_graph, "POST", "clock", {"now": "2026-12-25T23:30:00Z"}))[0] == 200
    assert (await own_graph.get("act_1003/insights", date_preset="today"))["data"][0]["date_start"] == "2026-12-26"


async def test_faults_are_set_and_cleared_over_http(own_graph: Graph) -> None:
    fault = {"kind": "error", "path": "act_1002/*", "nth": 1, "times": None, "code": 4, "status": 403}
    assert (await admin(own_graph, "POST", "faults", fault))[0] == 200
    assert await own_graph.error("act_1002/ads") == (403, 4, None)
    assert (await admin(own_graph, "DELETE", "faults"))[0] == 200
    await own_graph.get("act_1002/ads")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "rain"}),
        ("faults", {"kind": "error", "nth": 0}),
        ("faults", []),
        ("clock", {"today": "soon"}),
        ("clock", {"day": "2026-01-01"}),
        ("clock", {"now": "2026-12-25T23:30:00"}),
    ],
)
async def test_a_wrong_admin_body_is_explained(graph: Graph, path: str, body: object) -> None:
    status, answer = await admin(graph, "POST", path, body)
    assert status == 422
    assert answer["error"]


async def test_the_log_tells_calls_and_holds_no_secret(own_graph: Graph) -> None:
    await own_graph.all_rows("act_1001/ads", fields="name", limit="30")
    await own_graph.error("act_1001/insights", level="planet")
    await own_graph.call("oauth/access_token", client_secret=SECRET, code="secret-code", client_id=APP_ID)
    _, body = await admin(own_graph, "GET", "log")
    told = [(call["path"], call["status"], call["rows"], call["error_code"]) for call in body["calls"]]
    assert told == [
        ("act_1001/ads", 200, 30, None),
        ("act_1001/ads", 200, 2, None),
        ("act_1001/insights", 400, None, 100),
        ("oauth/access_token", 400, None, 100),
    ]
    assert body["calls"][0]["params"] == {"fields": "name", "limit": "30"}
    assert [call["number"] for call in body["calls"]] == [1, 2, 3, 4]
    text = json.dumps(body)
    assert not any(secret in text for secret in (SYSTEM_USER, proof(SYSTEM_USER), SECRET, "secret-code"))


def dialog_url(graph: Graph) -> str:
    return f"{graph.server.url}/dialog/oauth?client_id={APP_ID}&redirect_uri={REDIRECT}&scope=ads_read"


async def sign_in(graph: Graph) -> Graph:
    code = graph.server.admin.decide(dialog_url(graph)).partition("code=")[2]
    _, body = await graph.call(
        "oauth/access_token", client_id=APP_ID, client_secret=SECRET, redirect_uri=REDIRECT, code=code
    )
    return Graph(graph.server, graph.session, body["access_token"])


async def test_reset_forgets_everything_that_was_changed(own_graph: Graph) -> None:
    user = await sign_in(own_graph)
    await admin(own_graph, "POST", "clock", {"today": "2027-01-01"})
    await admin(own_graph, "POST", "faults", {"kind": "error", "times": None})
    assert (await admin(own_graph, "POST", "reset"))[0] == 200
    assert own_graph.server.admin.log() == []
    assert await user.error("me") == (400, 190, None)
    [row] = (await own_graph.get("act_1001/insights", date_preset="today"))["data"]
    assert row["date_start"] == TODAY.isoformat()


async def test_tokens_and_the_start_of_history_survive_a_restart(http: aiohttp.ClientSession, tmp_path: Path) -> None:
    kept = replace(CONFIG, state_path=tmp_path / "sandbox" / "state.json")
    async with run_sandbox(kept) as first:
        user = await sign_in(Graph(first, http))
        code = first.admin.decide(dialog_url(user)).partition("code=")[2]
    assert kept.state_path is not None
    assert kept.state_path.stat().st_mode & 0o077 == 0
    async with run_sandbox(replace(kept, today=TODAY.replace(month=12))) as second:
        again = Graph(second, http, user.token)
        assert second.admin.sandbox.opened_on == first.admin.sandbox.opened_on
        assert await again.error("me") == (400, 190, 463)
        second.admin.set_clock(TODAY)
        assert (await again.get("me"))["name"] == "Demo Marketer"
        status, body = await again.call(
            "oauth/access_token", client_id=APP_ID, client_secret=SECRET, redirect_uri=REDIRECT, code=code
        )
        assert (status, body["token_type"]) == (200, "bearer")


async def test_a_broken_memory_starts_afresh(http: aiohttp.ClientSession, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("{half")
    async with run_sandbox(replace(CONFIG, state_path=path)) as server:
        assert len((await Graph(server, http).get("me/adaccounts"))["data"]) == 3
    assert json.loads(path.read_text())["opened_on"] == "2026-07-25"


async def test_without_strictness_a_proof_is_only_checked_when_given(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, require_proof=False)) as server:
        url = f"{server.url}/me"
        async with http.get(url, params={"access_token": SYSTEM_USER}) as answer:
            assert answer.status == 200
        async with http.get(url, params={"access_token": SYSTEM_USER, "appsecret_proof": "0"}) as answer:
            assert answer.status == 400


@pytest.mark.parametrize(
    ("given", "missing"),
    [(("", "2", "3"), "app_id"), (("1", "", "3"), "app_secret"), (("1", "2", ""), "admin_token")],
)
def test_an_empty_secret_is_refused(given: tuple[str, str, str], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        SandboxConfig(*given)


def test_the_app_can_be_made_without_a_server_and_follows_the_real_clock() -> None:
    app = create_app(replace(CONFIG, today=None))
    assert app.state.sandbox.clock.now().year >= 2026
