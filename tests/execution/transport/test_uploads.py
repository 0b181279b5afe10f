"""Requests with files: where they come to be, what is refused before a file is read, and that nothing of them stays."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from execution.engine import Engine
from execution.transport.uploads import MAX_FILES, MAX_UPLOAD_BYTES, MAX_UPLOADS, Upload
from execution.transport.view import GraphQLView
from schema.scalars import SCALARS
from tests.doors.http import PATIENCE_S, GraphQLClient, Reply
from tests.doors.serving import serving
from tests.execution.conftest import SmallDoor
from web.middleware.requests import RequestMiddleware

ASKED = {"graphql-require-preflight": "1"}
ONE: dict[str, Any] = {"query": "mutation ($file: Upload!) { read(file: $file) }", "variables": {"file": None}}
SOME = {"query": "mutation ($files: [Upload]!) { readAll(files: $files) }", "variables": {"files": [None, None]}}
AT_FILE = {"0": ["variables.file"]}
A, B = ("0", "a.txt", b"alpha"), ("1", "b.txt", b"bravo" * 40_000)
CRLF = b"\r\n"


@strawberry.input
class Report:
    title: str
    parts: list[Upload]


@strawberry.type
class Query:
    hello: str = "you"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def read(self, file: Upload) -> str:
        return await shown(file)

    @strawberry.mutation
    async def read_all(self, files: list[Upload | None]) -> list[str]:
        return await asyncio.gather(*(shown(file) for file in files if file is not None))

    @strawberry.mutation
    async def report(self, report: Report) -> str:
        return f"{report.title}: {', '.join([await shown(part) for part in report.parts])}"

    @strawberry.mutation
    async def fail(self, file: Upload) -> str:
        raise RuntimeError(file.name)

    @strawberry.mutation
    async def wait(self, file: Upload) -> str:
        WAITING.append(file)
        await GO_ON.wait()
        return file.name


WAITING: list[Upload] = []
GO_ON = asyncio.Event()
ENGINE = Engine(Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS))


async def shown(file: Upload) -> str:
    content = b"".join([chunk async for chunk in file.chunks()])
    return f"{file.name} {file.media_type} {file.size} {content[:5].decode()} {len(content)}"


def form(operations: Any, places: Any, *files: tuple[str, str, bytes]) -> list[tuple[str, str | None, bytes]]:
    return [("operations", None, encoded(operations)), ("map", None, encoded(places)), *files]


def encoded(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def body_of(parts: list[tuple[str, str | None, bytes]], *, end: bytes = b"--\r\n") -> bytes:
    lines = b""
    for name, filename, content in parts:
        more = f'; filename="{filename}"\r\nContent-Type: text/plain' if filename is not None else ""
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        lines += head.encode() + content + CRLF
    return lines + b"--x" + end


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[GraphQLClient]:
    view = GraphQLView(ENGINE, SmallDoor())
    app = RequestMiddleware(Starlette(routes=[Route("/graphql", view, methods=None)]))
    async with serving(app) as (url, _server):
        yield GraphQLClient(url)


async def send(
    client: GraphQLClient, body: bytes, headers: Mapping[str, str] = ASKED, media_type: str = "multipart/form-data"
) -> Reply:
    return await client.send(
        "POST", data=BytesIO(body), headers={"content-type": f"{media_type}; boundary=x", **headers}
    )


def open_files() -> int:
    """Temporary files that this process has open."""
    return sum("(deleted)" in str(link.resolve()) for link in Path("/proc/self/fd").iterdir())


async def test_a_file_comes_to_the_place_that_the_map_names(served: GraphQLClient) -> None:
    reply = await send(served, body_of(form(ONE, AT_FILE, A)))
    assert (reply.status, reply.data) == (200, {"read": "a.txt text/plain 5 alpha 5"})
    assert reply.headers["cache-control"] == "no-store, no-transform"


async def test_files_come_into_lists_and_one_file_to_several_places(served: GraphQLClient) -> None:
    reply = await send(served, body_of(form(SOME, {"0": ["variables.files.1"]}, A)))
    assert reply.data == {"readAll": ["a.txt text/plain 5 alpha 5"]}
    both = {"1": ["variables.files.0", "variables.files.1"]}
    reply = await send(served, body_of(form(SOME, both, B)))
    assert reply.data == {"readAll": ["b.txt text/plain 200000 bravo 200000"] * 2}


async def test_a_file_comes_into_an_input(served: GraphQLClient) -> None:
    given = {
        "query": "mutation ($report: Report!) { report(report: $report) }",
        "variables": {"report": {"title": "May", "parts": [None, None]}},
    }
    places = {"0": ["variables.report.parts.0"], "1": ["variables.report.parts.1"]}
    reply = await send(served, body_of(form(given, places, A, B)))
    assert reply.data == {"report": "May: a.txt text/plain 5 alpha 5, b.txt text/plain 200000 bravo 200000"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (form(ONE, {"0": ["variables.nothing"]}, A), "no null"),
        (form(ONE, {"0": ["variables"]}, A), "no null"),
        (form(ONE, {"0": ["query"]}, A), "no null"),
        (form(ONE, {"0": ["operationName"]}, A), "no null"),
        (form(ONE, {"0": ["extensions.file"]}, A), "no null"),
        (form(ONE, {"0": ["variables.file.name"]}, A), "no null"),
        (form(ONE, {"0": [""]}, A), "no null"),
        (form(ONE, {"0": ["variables." + "a." * 100_000]}, A), "no null"),
        (form(ONE, {"0": ["variables.__class__"]}, A), "no null"),
        (form(SOME, {"0": ["variables.files"]}, A), "no null"),
        (form(SOME, {"0": ["variables.files.2"]}, A), "no null"),
        (form(SOME, {"0": ["variables.files.-1"]}, A), "no null"),
        (form(SOME, {"0": ["variables.files." + "9" * 5000]}, A), "no null"),
        (form(SOME, {"0": ["variables.files.²"]}, A), "no null"),
        (form({**ONE, "variables": {"file": "x"}}, AT_FILE, A), "no null"),
        (form({**ONE, "variables": None}, AT_FILE, A), "no null"),
        (form({"query": "{ hello }"}, AT_FILE, A), "no null"),
        (form(SOME, {"0": ["variables.files.0"], "1": ["variables.files.00"]}, A, B), "one place twice"),
        (form(SOME, {"0": ["variables.files.0", "variables.files.0"]}, A), "one place twice"),
        (form(ONE, AT_FILE, A, A), "comes once"),
        (form(ONE, AT_FILE, B), "stands in `map`"),
        (form(ONE, AT_FILE, A, B), "stands in `map`"),
        (form(ONE, AT_FILE), "has not come"),
        (form(SOME, {"0": ["variables.files.0"], "1": ["variables.files.1"]}, A), "has not come"),
        (form(b"{", AT_FILE, A), "`operations` is no JSON"),
        (form(ONE, b"[", A), "`map` is no JSON"),
        (form([ONE], {"0": ["0.variables.file"]}, A), "batches are not supported"),
        (form("text", AT_FILE, A), "batches are not supported"),
        (form(ONE, [], A), "JSON object of lists"),
        (form(ONE, None, A), "JSON object of lists"),
        (form(ONE, {"0": []}, A), "JSON object of lists"),
        (form(ONE, {"0": "variables.file"}, A), "JSON object of lists"),
        (form(ONE, {"0": [1]}, A), "JSON object of lists"),
        (form(ONE, {str(number): ["variables.file"] for number in range(MAX_FILES + 1)}, A), "at most 24 files"),
        (form(SOME, {"0": ["variables.files.0"] * 101}, A), "at most 24 files"),
        ([("map", None, b"{}"), ("operations", None, b"{}")], "then `map`"),
        ([("operations", None, encoded(ONE)), A], "then `map`"),
        ([A, *form(ONE, AT_FILE)], "then `map`"),
        ([("operations", "a.json", encoded(ONE)), ("map", None, encoded(AT_FILE)), A], "then `map`"),
        ([("operations", None, encoded(ONE))], "then `map`"),
        ([*form(ONE, AT_FILE), ("0", None, b"no file")], "fields"),
        ([], "then `map`"),
    ],
)
async def test_what_does_not_follow_the_specification_is_refused(
    served: GraphQLClient, parts: list[tuple[str, str | None, bytes]], told: str
) -> None:
    before = open_files()
    reply = await send(served, body_of(parts))
    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])
    assert told in reply.errors[0]["message"]
    assert len(reply.text) < 1000
    assert open_files() == before


@pytest.mark.parametrize(
    "body",
    [b"", b"--", b"nonsense", body_of(form(ONE, AT_FILE, A), end=b""), body_of(form(ONE, AT_FILE, A))[:-30]],
    ids=["nothing", "a beginning", "nonsense", "no end", "half a file"],
)
async def test_a_body_that_is_no_form_is_refused(served: GraphQLClient, body: bytes) -> None:
    reply = await send(served, body)
    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


async def test_a_form_without_boundary_is_refused(served: GraphQLClient) -> None:
    headers = {"content-type": "multipart/form-data", **ASKED}
    reply = await served.send("POST", data=body_of(form(ONE, AT_FILE, A)), headers=headers)
    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


async def test_a_form_may_have_as_many_files_as_it_says_and_no_more(served: GraphQLClient) -> None:
    given = {**SOME, "variables": {"files": [None] * MAX_FILES}}
    places = {str(number): [f"variables.files.{number}"] for number in range(MAX_FILES)}
    files = [(str(number), f"{number}.txt", b"x") for number in range(MAX_FILES)]
    reply = await send(served, body_of(form(given, places, *files)))
    assert len(reply.data["readAll"]) == MAX_FILES


async def test_more_bytes_than_a_request_may_have_are_413(served: GraphQLClient) -> None:
    before = open_files()
    reply = await send(served, body_of(form(ONE, AT_FILE, ("0", "a", b"x" * MAX_UPLOAD_BYTES))))
    assert (reply.status, reply.codes) == (413, ["BAD_USER_INPUT"])
    assert open_files() == before
    reply = await send(served, body_of(form({**ONE, "query": "#" * 1024 * 1024}, AT_FILE, A)))
    assert reply.status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"x-request-id": "12345678"}, 400),
        ({"graphql-require-preflight": ""}, 400),
        ({"graphql-require-preflight": "1"}, 200),
        ({"apollo-require-preflight": "true"}, 200),
        ({"x-apollo-operation-name": "Read"}, 200),
        ({"authorization": "Bearer good"}, 200),
    ],
)
async def test_a_page_of_another_site_cannot_send_files(
    served: GraphQLClient, headers: dict[str, str], status: int
) -> None:
    """A form needs no preflight, so a header is wanted that makes the browser ask first."""
    assert (await send(served, body_of(form(ONE, AT_FILE, A)), headers)).status == status


@pytest.mark.parametrize("variables", [{"file": "text"}, {"file": {}}, {"file": None}, {}])
async def test_a_file_is_nothing_that_json_could_say(served: GraphQLClient, variables: dict[str, Any]) -> None:
    reply = await served.ask(ONE["query"], **variables)
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    reply = await served.ask('mutation { read(file: "text") }')
    assert set(reply.codes) == {"BAD_USER_INPUT"}


async def test_where_no_field_takes_a_file_forms_are_refused(client: GraphQLClient) -> None:
    assert (await send(client, body_of(form(ONE, AT_FILE, A)))).status == 415


async def test_files_are_gone_after_an_error(served: GraphQLClient) -> None:
    before = open_files()
    failing = {**ONE, "query": "mutation ($file: Upload!) { fail(file: $file) }"}
    reply = await send(served, body_of(form(failing, {"1": ["variables.file"]}, B)))
    assert (reply.codes, open_files()) == (["INTERNAL"], before)
    refused = {**ONE, "query": "mutation ($file: Upload!) { nope }"}
    await send(served, body_of(form(refused, {"1": ["variables.file"]}, B)))
    assert open_files() == before


async def test_files_are_gone_when_the_sender_leaves_in_the_middle(served: GraphQLClient) -> None:
    before = open_files()
    address = urlsplit(served.url)
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: a\r\ngraphql-require-preflight: 1\r\ncontent-length: 1000000\r\n"
        b"content-type: multipart/form-data; boundary=x\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head + body_of(form(ONE, AT_FILE, ("0", "a.txt", b"x" * 300_000)), end=b"")[:-10])
    async with asyncio.timeout(PATIENCE_S):
        while open_files() == before:  # noqa: ASYNC110 - nothing rings when a file is there, or gone
            await asyncio.sleep(0.005)
        writer.close()
        while open_files() > before:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)


async def test_so_many_requests_with_files_are_read_at_once(served: GraphQLClient) -> None:
    GO_ON.clear()
    WAITING.clear()
    waiting = body_of(form({**ONE, "query": "mutation ($file: Upload!) { wait(file: $file) }"}, AT_FILE, A))
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        begun = [tasks.create_task(send(served, waiting)) for _ in range(MAX_UPLOADS)]
        while len(WAITING) < MAX_UPLOADS:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
        refused = await send(served, waiting)
        GO_ON.set()
    assert (refused.status, refused.codes, refused.headers["retry-after"]) == (429, ["RATE_LIMITED"], "10")
    assert [task.result().data for task in begun] == [{"wait": "a.txt"}] * MAX_UPLOADS
    assert (await send(served, waiting)).status == 200
