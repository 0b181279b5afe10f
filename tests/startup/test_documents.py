"""DOCUMENTS and DOCUMENTS_FILE: what a whole application runs under them, and what prevents its start."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv, Settings
from startup.documents import open_documents
from startup.process import StartupError
from startup.server import build_app, serve
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.clients import AGENT_DOCUMENTS

METRICS = "query Metrics { metricDefinitions { key } }"


def settings_for(folder: Path, manifest: Any = None, **chosen: Any) -> Settings:
    if manifest is not None:
        chosen["documents_file"] = folder / "documents.json"
        chosen["documents_file"].write_text(json.dumps(manifest))
    return load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=folder, **chosen)


async def test_under_trusted_the_manifest_runs_and_a_sentence_stands_for_the_page(
    tools: Toolbox, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, {"Metrics": METRICS}, documents="trusted")
    async with serving(build_app(tools, settings)) as (url, _):
        client = GraphQLClient(url)
        assert (await client.send("POST", json={"documentId": "Metrics"})).data["metricDefinitions"]
        assert (await client.send("GET", params={"documentId": "Metrics"})).data["metricDefinitions"]
        assert (await client.ask("{ __typename }")).codes == ["DOCUMENT_NOT_TRUSTED"]
        page = await client.send("GET", "/")
        assert (page.status, "DOCUMENTS=open" in page.text, "<script" in page.text) == (200, True, False)


async def test_the_pages_of_mailed_links_work_under_trusted(tools: Toolbox, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, {"Metrics": METRICS}, documents="trusted")
    async with serving(build_app(tools, settings)) as (url, _):
        body = {"documentId": "adgraph-verify-email", "variables": {"token": "of nobody"}}
        reply = await GraphQLClient(url).send("POST", json=body)
        assert reply.data["verifyEmail"]["userErrors"][0]["message"]


async def test_the_browser_extension_works_under_trusted(tools: Toolbox, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, {"Metrics": METRICS}, documents="trusted")
    sent = json.loads(AGENT_DOCUMENTS.read_text())
    variables = {"code": "ABCD2345", "agentVersion": "1.0.0", "protocol": 1}
    async with serving(build_app(tools, settings)) as (url, _):
        client = GraphQLClient(url)
        body = {"query": sent["adgraph-vinted-agent-pair"], "variables": variables}
        reply = await client.send("POST", json=body)
        assert reply.data["pairRelay"]["userErrors"][0]["message"]
        for name in ("adgraph-vinted-agent-claim", "adgraph-vinted-agent-report"):
            assert "DOCUMENT_NOT_TRUSTED" not in (await client.send("POST", json={"query": sent[name]})).codes


async def test_under_open_a_manifest_is_there_besides(tools: Toolbox, tmp_path: Path) -> None:
    async with serving(build_app(tools, settings_for(tmp_path, {"Metrics": METRICS}))) as (url, _):
        client = GraphQLClient(url)
        assert (await client.send("POST", json={"documentId": "Metrics"})).data["metricDefinitions"]
        assert (await client.ask("{ __typename }")).data == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"Metrics": "{ nope }"}, "\"Metrics\": Cannot query field 'nope'"),
        ({"adgraph-login": METRICS}, '"adgraph-login": another document has the same id'),
        ([], "must be a JSON object"),
    ],
)
async def test_a_manifest_that_cannot_be_used_prevents_the_start(tmp_path: Path, manifest: Any, said: str) -> None:
    settings = settings_for(tmp_path, manifest)
    with pytest.raises(StartupError) as caught:
        await serve(settings)
    assert caught.value.message.startswith(f"DOCUMENTS_FILE: {tmp_path}/documents.json ")
    assert said in caught.value.message


def test_a_manifest_that_is_not_there_prevents_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"DOCUMENTS_FILE: .*none.json cannot be read \(No such file or directory\)"):
        open_documents(settings_for(tmp_path, documents_file=tmp_path / "none.json"))
