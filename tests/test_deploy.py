"""The release script of a host: migrate, switch, look, and back when it is not well. Docker only takes notes here."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTES = '#!/bin/sh\necho "$(basename "$0") ${ADGRAPH_IMAGE:-} $*" >> "$NOTES"\n'
# Whoever runs is healthy unless it is the release of that name.
LOOK = '#!/bin/sh\n! tail -n 1 "$NOTES" | grep -q "docker $SICK compose up"\n'


@dataclass(frozen=True, slots=True)
class Host:
    folder: Path

    def release(self, image: str, *, sick: str = "none") -> int:
        path = f"{self.folder}:{os.environ['PATH']}"
        chosen = {"PATH": path, "NOTES": str(self.folder / "notes"), "SICK": sick, "TRIES": "1"}
        script = ROOT / "deploy" / "release.sh"
        return subprocess.run([script, image], cwd=self.folder, env=chosen, capture_output=True, check=False).returncode

    @property
    def notes(self) -> list[str]:
        return (self.folder / "notes").read_text().splitlines()

    @property
    def running(self) -> str:
        return (self.folder / ".release").read_text().strip()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    for name, text in (("docker", NOTES), ("curl", LOOK)):
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    return Host(tmp_path)


def test_a_release_migrates_before_it_switches(host: Host) -> None:
    assert host.release("adgraph:1") == 0
    assert host.running == "adgraph:1"
    migrated = host.notes.index("docker adgraph:1 compose run --rm --no-deps migrate")
    switched = host.notes.index("docker adgraph:1 compose up --detach --no-build --no-deps worker api")
    assert migrated < switched


def test_a_sick_release_goes_back_to_the_one_before(host: Host) -> None:
    host.release("adgraph:1")
    assert host.release("adgraph:2", sick="adgraph:2") == 1
    assert host.notes[-1] == "docker adgraph:1 compose up --detach --no-build --no-deps worker api"
    assert host.running == "adgraph:1"


def test_a_sick_first_release_says_that_there_is_none_before(host: Host) -> None:
    assert host.release("adgraph:1", sick="adgraph:1") == 1
    assert not (host.folder / ".release").exists()
