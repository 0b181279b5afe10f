"""Makes .venv hold exactly what a lock file names, whatever is released later; run by `make install` and `make test`.

uv does it in a tenth of pip's time; pip brings uv at the release that the lock pins, and does all where uv cannot.
It runs by itself, with .venv's Python, and imports nothing of ours.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

PYTHON = Path(sys.prefix) / "bin" / "python"
UV = PYTHON.with_name("uv")
# No dependency is looked up: a requirement with extras would make pip ask the index, and find a newer release.
ONLY_WHAT_IS_NAMED = ("install", "--quiet", "--disable-pip-version-check", "--no-user", "--no-deps", "--require-hashes")
NO_PIP = (
    "Neither pip nor Python's ensurepip is there to begin with: on Debian and Ubuntu `apt-get install python3-venv`, "
    "elsewhere a Python that has its standard library whole."
)


def pins_of(lock: Path, name: str) -> str:
    """The lines of a lock that pin the package of that name, with their hashes."""
    text = re.sub(r"^ *#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    return "".join(re.findall(rf"^{name}==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL))


def environment() -> dict[str, str]:
    """For uv: it asks the index and trusts the authorities that pip was told of, unless it was told of others."""
    known = {"UV_DEFAULT_INDEX": os.environ.get("PIP_INDEX_URL"), "SSL_CERT_FILE": os.environ.get("PIP_CERT")}
    return {name: value for name, value in known.items() if value} | os.environ


def is_done(command: Sequence[str | Path], *, quietly: bool = False) -> bool:
    output = subprocess.PIPE if quietly else None
    # Fixed words and files of this checkout, no shell.
    done = subprocess.run(command, check=False, env=environment(), stdout=output, stderr=output)  # noqa: S603
    return done.returncode == 0


def pips() -> Iterator[list[str]]:
    """Every pip that could be there, in the order in which it costs nothing: .venv itself is made without one."""
    if find_spec("pip") is not None:
        yield [str(PYTHON), "-m", "pip"]
    of_the_machine = getattr(sys, "_base_executable", None)
    if of_the_machine and is_done([of_the_machine, "-m", "pip", "--python", PYTHON, "--version"], quietly=True):
        yield [of_the_machine, "-m", "pip", "--python", str(PYTHON)]
    if is_done([PYTHON, "-m", "ensurepip"], quietly=True):
        yield [str(PYTHON), "-m", "pip"]


def by_pip(requirements: Path) -> bool:
    pip = next(pips(), None)
    if pip is None:
        sys.exit(NO_PIP)
    return is_done([*pip, *ONLY_WHAT_IS_NAMED, "-r", requirements])


def has_uv(lock: Path) -> bool:
    """Brings it when the lock names it; one that is there may be another release, and brings the pinned one itself."""
    pins = pins_of(lock, "uv")
    if UV.exists() or not pins:
        return UV.exists()
    with tempfile.TemporaryDirectory(prefix="uv-") as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(pins)
        return by_pip(wanted) and UV.exists()


def main(arguments: Sequence[str]) -> None:
    """The one argument is the lock file."""
    lock = Path(arguments[0])
    sync: list[str | Path] = [UV, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", lock]
    if not (has_uv(lock) and is_done(sync)):
        sys.stderr.write("uv does not install it; pip tries\n")
        if not by_pip(lock):
            sys.exit(f"{lock} could not be installed: the lines above say why.")
    # The lock may lack something.
    checker = [str(UV), "pip", "check", "--python", str(PYTHON)] if UV.exists() else [*next(pips()), "check"]
    if not is_done(checker, quietly=True):
        is_done(checker)
        sys.exit(f"What {lock} names is not whole: the lines above say what is missing.")


if __name__ == "__main__":
    main(sys.argv[1:])
