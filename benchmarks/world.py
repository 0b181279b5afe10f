"""What benchmarks share: a Postgres of their own, the product's Toolbox over it, a tenant, child processes."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Self
from uuid import UUID, uuid4

import uvicorn

from analytics.clock import Clock
from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from embedded.postgres import DatabaseUrls, EmbeddedPostgres
from migrations.run import upgrade
from models.acting import Origin
from models.ids import new_id
from models.people.user import User, insert_user_unless_email_taken
from models.tenants.membership import Membership, Role
from models.tenants.tenant import Tenant
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.services import Services
from startup.stand_ins import StandIns
from startup.tools import open_tools
from telemetry.logs import configure_logs

NOON = datetime.combine(LAST_DAY, time(12), UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """What a child process needs to work on the benchmark's database."""

    data_dir: Path
    urls: DatabaseUrls

    def as_argument(self) -> str:
        return json.dumps([str(self.data_dir), asdict(self.urls)])

    @classmethod
    def from_argument(cls, text: str) -> Self:
        data_dir, urls = json.loads(text)
        return cls(Path(data_dir), DatabaseUrls(**urls))


@contextmanager
def own_postgres(settings: Mapping[str, str] | None = None) -> Iterator[Place]:
    """Embedded, migrated, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="adgraph-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder), settings)
        try:
            urls = postgres.start()
            upgrade(urls.migration)
            yield Place(Path(folder), urls)
        finally:
            postgres.stop()


@asynccontextmanager
async def toolbox(
    place: Place, graph_url: str = "http://127.0.0.1:9", *, clock: Clock = lambda: NOON
) -> AsyncIterator[Toolbox]:
    """The product's own, with `graph_url` as Meta and a clock that stands at noon of the last rendered day."""
    settings = load_settings(_env_file=None, data_dir=place.data_dir, app_env=AppEnv.TEST)
    async with open_tools(settings, Services(place.urls, StandIns(meta=graph_url))) as tools:
        yield replace(tools, clock=clock)


async def new_owner(tools: Toolbox) -> Viewer:
    """The owner of a new, empty tenant."""
    viewer = owner_of(new_id(), new_id())
    assert viewer.tenant_id is not None
    async with tools.db.write(viewer) as session:
        session.add(Tenant(id=viewer.tenant_id, name="Bench", slug=uuid4().hex, currency="EUR", time_zone="UTC"))
        owner = User(id=viewer.responsible_id, email=f"{uuid4().hex}@example.com", name="Owner")
        await session.flush()
        await insert_user_unless_email_taken(session, owner)
        session.add(Membership(tenant_id=viewer.tenant_id, user_id=viewer.responsible_id, role=Role.OWNER))
    return viewer


def owner_of(tenant_id: UUID, user_id: UUID) -> Viewer:
    return Viewer(
        user_id=user_id,
        tenant_id=tenant_id,
        role=Role.OWNER,
        session_id=None,
        is_staff=False,
        token_expires_at=NOON + timedelta(days=365),
        origin=Origin(ip=None, user_agent=None, request_id="benchmark"),
    )


@contextmanager
def child(module: str, *arguments: object) -> Iterator[IO[str]]:
    """`python -m module ...`; its output, line by line. It is stopped at the end of the block."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    """On the event loop that the product runs on."""
    configure_logs(level="warning", as_json=False)
    loop_factory = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main)


def peak_memory_mb() -> float:
    """Of this process; VmHWM, since getrusage also counts what the parent held before exec."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
