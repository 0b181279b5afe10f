"""Records the statements of every run of the tests and reads them at its end; loaded by `tests/conftest.py`.

What a worker recorded is read before its Postgres stops, and an offence is an error of its last test. What only holds
of all tests together (every named query is reached, every exception is needed) is looked at where the workers report
to, and makes a whole run fail.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from tests.given_server import admin_url
from tests.statements.exceptions import all_exceptions, concerns_us, exception_of
from tests.statements.named_queries import named_queries
from tests.statements.reader import offences
from tests.statements.recorder import RECORDER, Statement, install

_REACHED, _NEEDED = "reached_queries", "needed_exceptions"
_Kept = dict[str, set[str]]
_KEPT: pytest.StashKey[_Kept] = pytest.StashKey()
_COMPLAINTS: pytest.StashKey[list[str]] = pytest.StashKey()
# What the tests that are not marked as slow are selected by; see pyproject.toml.
_SELECTED = "not drill and not browser"


def pytest_configure(config: pytest.Config) -> None:
    kept: _Kept = {_REACHED: set(), _NEEDED: set()}
    config.stash[_KEPT] = kept
    complaints: list[str] = []
    config.stash[_COMPLAINTS] = complaints
    install()


@pytest.fixture(scope="session")
def read_statements(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Fails for the recorded statements that break a rule, given the owner's URL of the Postgres that they were for."""

    def read_recorded(url: str) -> None:
        pytestconfig.stash[_KEPT][_NEEDED] |= read(url, RECORDER.places)

    return read_recorded


def read(url: str, places: Mapping[Statement, set[str]]) -> set[str]:
    """The exceptions that were needed; fails for statements that break a rule without one."""
    found = [(each, exception_of(each)) for each in offences(url, places) if concerns_us(each)]
    if left := [each for each, exception in found if exception is None]:
        pytest.fail("Statements that shards refuse, or that ask every shard:\n" + _lines(left), pytrace=False)
    return {exception for _, exception in found if exception is not None}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    kept = config.stash[_KEPT]
    kept[_REACHED] |= RECORDER.reached
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output |= {name: sorted(values) for name, values in kept.items()}
    elif exitstatus == pytest.ExitCode.OK and _is_whole(config):
        config.stash[_COMPLAINTS] = complaints(reached=kept[_REACHED], needed=kept[_NEEDED])
        if config.stash[_COMPLAINTS]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended; one that crashed has no output."""
    kept, output = node.config.stash[_KEPT], getattr(node, "workeroutput", {})
    for name in (_REACHED, _NEEDED):
        kept[name] |= set(output.get(name, ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if found := config.stash[_COMPLAINTS]:
        terminalreporter.section("statements", red=True)
        terminalreporter.write_line(_lines(found))


def complaints(*, reached: set[str], needed: set[str]) -> list[str]:
    """What is wrong after a run of all tests: a named query that none reached, an exception that none needed."""
    return [
        *(f"No test reaches the named query {name}." for name in sorted(named_queries() - reached)),
        *(f"No statement needs the exception {name}." for name in sorted(all_exceptions() - needed)),
    ]


def _lines(values: Iterable[object]) -> str:
    return "\n".join(map(str, values))


def _is_whole(config: pytest.Config) -> bool:
    """True for a run of all tests but the slow proofs, as `make test` does it."""
    option = config.option
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if admin_url() is not None:
        return False  # the statements are read where the tests start their own Postgres
    return is_all and not option.keyword and option.markexpr == _SELECTED and not getattr(option, "lf", False)
