"""The installer: what a lock names and nothing else, beside an index that offers newer releases."""

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import ROOT

UV = Path(sys.prefix) / "bin" / "uv"


def wheel(folder: Path, name: str, version: str, *requirements: str) -> str:
    """An empty package in `folder`; the line that pins it."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    files = {
        f"{name}.py": "",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{about}",
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
        archive.writestr(f"{name}-{version}.dist-info/RECORD", "".join(f"{file},,\n" for file in files))
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new environment without pip, and the only index that it can reach."""

    folder: Path

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def install(self, *pins: str) -> "subprocess.CompletedProcess[str]":
        lock = self.folder / "some.lock"
        lock.write_text("# a comment\n" + "".join(pins))
        places = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.index), "UV_CACHE_DIR": str(self.folder / "cache")}
        # What pip is configured to on this machine is not asked.
        only_here = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [self.folder / "bin" / "python", ROOT / "install_packages.py", lock],
            env=os.environ | places | only_here,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def installed(self) -> set[str]:
        (packages,) = self.folder.glob("lib/*/site-packages")
        return {path.name.removesuffix(".dist-info") for path in packages.glob("*.dist-info")}


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    (tmp_path / "bin" / "uv").symlink_to(UV)
    (tmp_path / "index").mkdir()
    return Fresh(tmp_path)


def two_pins(index: Path) -> tuple[str, str]:
    """A package that asks for another with an extra, which has been released anew since the lock was made."""
    pins = wheel(index, "asking", "1.0", "asked[more]>=1"), wheel(index, "asked", "1.0")
    wheel(index, "asked", "2.0")
    wheel(index, "asking", "1.5", "asked>=2")
    return pins


def test_newer_releases_make_no_difference(fresh: Fresh) -> None:
    done = fresh.install(*two_pins(fresh.index))
    assert (done.returncode, done.stderr) == (0, "")
    assert fresh.installed == {"asking-1.0", "asked-1.0"}


def test_nor_do_they_where_only_pip_is_there(fresh: Fresh) -> None:
    (fresh.folder / "bin" / "uv").unlink()
    done = fresh.install(*two_pins(fresh.index))
    assert done.returncode == 0, done.stderr
    assert fresh.installed == {"asking-1.0", "asked-1.0"}


def test_what_the_lock_no_longer_names_is_removed(fresh: Fresh) -> None:
    asking, asked = two_pins(fresh.index)
    fresh.install(asking, asked)
    assert fresh.install(asked).returncode == 0
    assert fresh.installed == {"asked-1.0"}


def test_a_file_with_another_hash_is_refused(fresh: Fresh) -> None:
    pin = wheel(fresh.index, "asked", "1.0")
    wheel(fresh.index, "asked", "1.0", "something")
    done = fresh.install(pin)
    assert done.returncode != 0
    assert "could not be installed" in done.stderr
    assert fresh.installed == set()


def test_a_lock_that_lacks_something_is_refused(fresh: Fresh) -> None:
    done = fresh.install(wheel(fresh.index, "asking", "1.0", "asked>=1"))
    assert done.returncode != 0
    assert "requires `asked>=1`, but it's not installed" in done.stderr
