"""A server or worker does not start as if an argument were not there."""

import subprocess
import sys

import pytest

from tests.processes import ROOT


def answer(program: str, word: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, program, word]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("program", ["server.py", "worker.py"])
def test_an_argument_is_refused_and_help_says_where_settings_come_from(program: str) -> None:
    refused, told = answer(program, "--port=8010"), answer(program, "--help")

    assert (refused.returncode, "unrecognized arguments: --port=8010" in refused.stderr) == (2, True)
    assert (told.returncode, "environment" in told.stdout) == (0, True)
