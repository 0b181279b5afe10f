"""Each attack of README.md, and each promise of docs/security.md, is tried by files that are there."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def test_every_attack_has_its_tests() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", (HERE / "README.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 15
    named = {(HERE / name).resolve() for _, files in rows for name in re.findall(r"`([^`]+)`", files)}
    assert {path for path in named if not path.exists()} == set()
    assert {path for path in HERE.glob("test_*.py") if path.stem != "test_index"} <= named


def test_every_promise_names_tests_that_are_there() -> None:
    named = set(re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)`", (ROOT / "docs" / "security.md").read_text()))
    assert len(named) > 30
    assert {name for name in named if not (ROOT / name).exists()} == set()
