"""The Makefile where it decides something."""

import shutil
import subprocess
from pathlib import Path

from tests.processes import ROOT

# Debian's python3 without python3-venv behaves like this.
HALF_A_PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit 0
mkdir -p .venv/bin && touch .venv/bin/python
exit 1
"""


def test_an_environment_that_could_not_be_made_is_not_left_behind(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / "python"
    python.write_text(HALF_A_PYTHON)
    python.chmod(0o755)
    made = subprocess.run(
        ["make", f"PYTHON={python}", ".venv/bin/python"], cwd=tmp_path, capture_output=True, check=False
    )
    assert made.returncode != 0
    assert not (tmp_path / ".venv").exists()
