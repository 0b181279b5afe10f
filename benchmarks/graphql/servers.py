"""Starts the servers that are compared, one process each, and reads what they and Postgres have used of the CPU."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.graphql.cases import Case, windows
from benchmarks.graphql.stock import EMAIL, PASSWORD, Stock
from benchmarks.subscribers import SIGN_IN, wait_until_open
from benchmarks.world import Place
from resolvers.node_id import encode_id
from tests.conformance.guests import ENVIRONMENTS, ROOT
from tests.conformance.node import installed, node

_FOLDER = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")
_SIGNED_IN_S = 240.0


@dataclass(slots=True)
class Server:
    """`way` is how it is asked: adgraph, postgraphile, strawberry or hand."""

    name: str
    way: str
    url: str
    pid: int
    account: str
    headers: dict[str, str] = field(default_factory=dict)
    keeps_answers: bool = False
    signed_in_at: float = -_SIGNED_IN_S

    def job(self, case: Case, number: int | None = None) -> dict[str, Any]:
        """For the load generator; `number` chooses one of the weeks, and without it each request is of another one."""
        variables = [{**days, "id": self.account} for days in windows()]
        if number is not None:
            variables = [variables[number]]
        if self.way == "hand":
            url, bodies = f"{self.url}/{case.key}", [json.dumps(each) for each in variables]
        else:
            text = case.text(self.way)
            used = [{name: value for name, value in each.items() if f"${name}" in text} for each in variables]
            url = f"{self.url}/graphql" + ("/" if self.way == "strawberry" else "")
            bodies = [json.dumps({"query": text, "variables": each}) for each in used]
        return {"url": url, "headers": self.headers, "bodies": bodies}

    def sign_in(self) -> None:
        """Anew, when the access token may end before a case does; an address may sign in five times a minute."""
        if self.way != "adgraph" or time.monotonic() - self.signed_in_at < _SIGNED_IN_S:
            return
        self.signed_in_at = time.monotonic()
        body = json.dumps({"query": SIGN_IN, "variables": {"email": EMAIL, "password": PASSWORD}}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            token = json.load(answer)["data"]["login"]["accessToken"]
        self.headers = {"authorization": f"Bearer {token}"}

    @property
    def cpu_s(self) -> float:
        return cpu_s(self.pid)


def cpu_s(pid: int, *, with_ended_children: bool = False) -> float:
    """0 of a process that has ended: its parent counts it from then on."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, stat[11 : 15 if with_ended_children else 13])) / _TICKS


def postgres_cpu_s(place: Place) -> float:
    """Of the postmaster and all of its children."""
    [file] = place.data_dir.rglob("postmaster.pid")
    postmaster = int(file.read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return cpu_s(postmaster, with_ended_children=True) + sum(cpu_s(int(child)) for child in children)


@contextmanager
def _process(command: Sequence[object], log: Path, variables: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Its pid, and the first line that says where it listens."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*map(str, command)], stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **variables}
        )
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if "runs on" in line or line.strip().isdigit()), "")
        assert line, log.read_text()
        yield process.pid, line.split()[-1]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextmanager
def adgraph(name: str, tree: Path, place: Place, stock: Stock, *, keeps: bool = False) -> Iterator[Server]:
    """With sign-in, policies, limits and logs on; it keeps answers when it `keeps`, and else makes each anew."""
    urls = place.urls
    settings = {
        "PYTHONPATH": str(tree),
        "DATA_DIR": str(place.data_dir),
        "DATABASE_URL": urls.runtime,
        "DATABASE_SYSTEM_URL": urls.system,
        "PORT": "0",
        "SANDBOX": "off",
        "WORKER": "external",
        "GRAPHIQL": "off",
        "LOG_LEVEL": "info",
        "RESPONSE_CACHE_MIB": "64" if keeps else "0",
    }
    # -P: its own folder is not on the path, or it would find this tree's modules.
    command = [sys.executable, "-P", _FOLDER / "adgraph.py"]
    with _process(command, place.data_dir / f"{name.replace(' ', '-')}.log", settings) as (pid, url):
        wait_until_open(url)
        server = Server(name, "adgraph", url, pid, encode_id("AdAccount", stock.account), keeps_answers=keeps)
        server.sign_in()
        yield server


@contextmanager
def _python(name: str, way: str, place: Place, stock: Stock, *arguments: str) -> Iterator[Server]:
    command = [sys.executable, "-m", *arguments, place.urls.runtime, stock.tenant]
    with _process(command, place.data_dir / f"{name.replace(' ', '-')}.log", {}) as (pid, port):
        yield Server(name, way, f"http://127.0.0.1:{port}", pid, str(stock.account))


@contextmanager
def _postgraphile(place: Place, stock: Stock) -> Iterator[Server]:
    folder = installed(_FOLDER / "postgraphile")
    shutil.copy(_FOLDER / "postgraphile" / "server.mjs", folder)
    # Node's parser of URLs wants a host, whose place the socket's folder then takes.
    url = place.urls.runtime.replace("@/", "@localhost/")
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    command = [node(), folder / "server.mjs", url, stock.tenant]
    with _process(command, place.data_dir / "postgraphile.log", environment) as (pid, port):
        yield Server("PostGraphile 5", "postgraphile", f"http://127.0.0.1:{port}", pid, str(stock.account))


def tree_of(commit: str) -> Path:
    """The files of a commit, unpacked when they are not there."""
    folder = ENVIRONMENTS / f"tree-{commit}"
    if not folder.exists():
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as members:
            members.extractall(folder, filter="data")
    return folder


@contextmanager
def servers(place: Place, stock: Stock, *, before: str) -> Iterator[list[Server]]:
    """All of them; `before` is the commit that Adgraph is compared with."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(each)
            for each in (
                _python("by hand", "hand", place, stock, "benchmarks.graphql.by_hand", "rows"),
                _python("JSON of Postgres", "hand", place, stock, "benchmarks.graphql.by_hand", "json"),
                _postgraphile(place, stock),
                _python("plain Strawberry", "strawberry", place, stock, "benchmarks.graphql.plain_strawberry"),
                adgraph("Adgraph before", tree_of(before), place, stock),
                adgraph("Adgraph", ROOT, place, stock),
                adgraph("Adgraph, answers kept", ROOT, place, stock, keeps=True),
            )
        ]
