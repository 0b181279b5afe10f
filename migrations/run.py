"""Runs Alembic from our own code: what `python cli.py db ...`, the server's start and the tests call."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

# The advisory lock of whatever changes the tables: a session of Postgres holds it for as long as that takes.
ONE_AT_A_TIME = 7237116
_INI = Path(__file__).resolve().parent.parent / "alembic.ini"


@dataclass(frozen=True, slots=True)
class Revision:
    number: str
    message: str
    is_applied: bool


def upgrade(url: str, revision: str = "head") -> None:
    """`url` is the owner's."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """`revision` may be relative, e.g. -1; "base" removes everything."""
    command.downgrade(_config(url), revision)


def generate(url: str, message: str) -> Path:
    """Writes the revision that the models lack; the database must be at the head."""
    number = f"{int(head()) + 1:04}"
    made = command.revision(_config(url), message, autogenerate=True, rev_id=number)
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def check(url: str) -> None:
    """Raises alembic's CommandError, which lists them, when the models have what no revision brings."""
    command.check(_config(url))


def head() -> str:
    """The newest revision of this release."""
    number = _scripts().get_current_head()
    assert number is not None
    return number


def current(url: str) -> str | None:
    """The database's revision; None before the first one."""
    with psycopg.connect(url) as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return str(row[0]) if row else None


def history(url: str) -> list[Revision]:
    """Every revision, oldest first."""
    scripts = _scripts()
    now = current(url)
    applied = {script.revision for script in scripts.iterate_revisions(now, "base")} if now else set()
    revisions = [
        Revision(script.revision, (script.doc or "").splitlines()[0], script.revision in applied)
        for script in scripts.walk_revisions()
    ]
    return revisions[::-1]


def _config(url: str | None = None) -> Config:
    config = Config(_INI)
    config.attributes["url"] = url
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
