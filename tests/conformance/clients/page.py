"""The programs of docs/clients.md: their files, and what the page says that they print."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.guests import ROOT

PAGE = ROOT / "docs" / "clients.md"
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Program:
    """`files` by name; one without a name is called by its language, and cells of a notebook are in `cells`."""

    name: str
    files: dict[str, str]
    cells: list[str]
    printed: list[str]

    def write(self, folder: Path) -> None:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def differs(self, output: str) -> str | None:
        """What is not as printed; "…" stands for anything."""
        patterns = [".*".join(map(re.escape, line.split("…"))) for line in self.printed]
        lines = output.strip().splitlines()
        if len(lines) == len(patterns) and all(map(re.fullmatch, patterns, lines)):
            return None
        return output.strip()


def programs() -> dict[str, Program]:
    """By the title of their section."""
    parts = _SECTION.split(PAGE.read_text())
    return {title: _program(title, text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def _program(title: str, text: str) -> Program:
    files, cells, printed = {}, [], []
    for language, name, code in _BLOCK.findall(text):
        if language == "text":
            printed = code.strip().splitlines()
        elif name == "cell":
            cells.append(code)
        else:
            files[name or language] = code
    return Program(title, files, cells, printed)
