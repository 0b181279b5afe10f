"""The program of docs/clients.md that needs a shell alone; `make conformance-graphql` runs the others."""

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE

import pytest

from tests.conformance.clients.page import programs
from tests.demo.conftest import Demo

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the machine has no curl")


async def test_curl_prints_what_the_page_says(demo: Demo) -> None:
    program = programs()["curl"]
    known = {**os.environ, "ADGRAPH_URL": demo.nobody.url, "ADGRAPH_TOKEN": ""}
    shell = await asyncio.create_subprocess_exec("sh", "-e", env=known, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    output, errors = await shell.communicate(program.files["sh"].encode())
    assert (shell.returncode, errors) == (0, b"")
    assert program.differs(output.decode()) is None


def test_a_program_that_prints_something_else_is_noticed() -> None:
    program = programs()["curl"]
    assert program.differs("\n".join(program.printed)) is None
    assert program.differs("\n".join(program.printed[:-1])) is not None
    assert program.differs("\n".join([*program.printed[:-1], '{"data":null}'])) is not None
