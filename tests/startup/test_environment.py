"""A program that is started by a Python without our packages, as by `python3 cli.py` outside of .venv."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("program", ["cli.py", "server.py", "worker.py"])
def test_the_command_to_run_is_told_in_a_sentence(program: str) -> None:
    # Without `site` Python has its own library and the program's folder, and no package.
    ended = subprocess.run([sys.executable, "-S", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert "`make install`" in sentence
    assert f"`.venv/bin/python {program}`" in sentence
