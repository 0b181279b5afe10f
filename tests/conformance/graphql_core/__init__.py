"""`graphql-core`: the tests of execution from graphql-core's source distribution, with our executor as the default.

The distribution is downloaded and compared with the hash in requirements.lock; nothing of it is kept in the repository.
"""

import asyncio
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.conformance.guests import ENVIRONMENTS, ROOT, python_of

_WITHOUT = ("randomly", "xdist", "cov", "valkey", "cacheprovider", "warnings")
_OPTIONS = ("-o", "addopts=", "-q", *(f"-pno:{name}" for name in _WITHOUT))


def _pinned() -> tuple[str, set[str]]:
    """The version and the hashes of the lock."""
    lock = (ROOT / "requirements.lock").read_text()
    found = re.search(r"^graphql-core==(\S+)((?:.*\\\n)+.*)", lock, re.MULTILINE)
    assert found is not None
    return found[1], set(re.findall(r"sha256:(\w+)", found[2]))


def _unpacked(python: Path) -> Path:
    """The folder of the distribution, downloaded when it is not there."""
    version, hashes = _pinned()
    folder = ENVIRONMENTS / f"graphql_core-{version}"
    if not folder.exists():
        wanted = ("--no-deps", "--no-binary", "graphql-core", f"graphql-core=={version}")
        pip = (str(python), "-m", "pip", "--disable-pip-version-check", "-qq")
        download = [*pip, "download", "-d", str(ENVIRONMENTS), *wanted]
        subprocess.run(download, check=True)
        archive = ENVIRONMENTS / f"{folder.name}.tar.gz"
        if hashlib.sha256(archive.read_bytes()).hexdigest() not in hashes:
            sys.exit(f"{archive.name} is not the file that requirements.lock pins.")
        with tarfile.open(archive) as members:
            members.extractall(ENVIRONMENTS, filter="data")
    return folder


async def main() -> int:
    """The highest exit code of pytest: without plans, and with plans from the first use on."""
    python = python_of("describe")
    [describe] = python.parent.parent.glob("lib/*/site-packages")
    paths = [Path(__file__).with_name("plugin"), ROOT]
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "DESCRIBE": str(describe)}
    command = [sys.executable, "-m", "pytest", *_OPTIONS, "-p", "our_executor", "-p", "pytest_describe"]
    codes = []
    for plans in ("none", "forced"):
        process = await asyncio.create_subprocess_exec(
            *command, "tests/execution", cwd=_unpacked(python), env={**known, "PLANS": plans}
        )
        codes.append(await process.wait())
    return max(codes)
