"""The extension's modules by themselves, in Node: tests/clients/vinted_agent has what they must do."""

import subprocess
from pathlib import Path

import pytest

from tests.conformance.node import node

HERE = Path(__file__).parent / "vinted_agent"
PARTS = sorted(path.name for path in HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("part", PARTS)
def test_the_extension_does_what_it_must(part: str) -> None:
    command = [str(node()), "--test", "--test-reporter=spec", str(HERE / part)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests 0" not in done.stdout
