"""Tells whoever starts a program by another Python than that of .venv how to start it; imports nothing of a package."""

import sys
from importlib.util import find_spec

# Every program of ours needs it, so where it is missing the others are too.
_NEEDED = "sqlalchemy"


def need_packages(program: str) -> None:
    """Ends the process with a sentence where the packages are missing, before an import would end it with a trace."""
    if find_spec(_NEEDED) is None:
        sys.exit(f"This Python lacks Adgraph's packages: run `make install` once, then `.venv/bin/python {program}`.")
