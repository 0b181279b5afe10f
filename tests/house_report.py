"""Prints the measures of the house (`make house`): sizes and comments of each layer, who imports whom, circles.

It judges nothing: what may not be is refused by test_architecture.py and test_subjects.py.
"""

import ast
import io
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.test_architecture import OURS, ROOT, circle_of_modules, functions, imports_of, module, top, tree_of

_DIRECTIVES = ("# noqa", "# type:", "# fmt:")  # said to a tool, not to a reader


@dataclass(frozen=True, slots=True)
class Layer:
    name: str
    modules: int
    lines: int
    comments: int
    folders: Mapping[str, int]
    longest_function: tuple[int, str]
    longest_file: tuple[int, str]

    @property
    def comments_per_100_lines(self) -> float:
        return 100 * self.comments / self.lines if self.lines else 0.0


def comments_of(text: str) -> int:
    """Lines with a comment for whoever reads the code."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and not token.string.startswith(_DIRECTIVES) for token in tokens)


def lines_of(text: str) -> int:
    """Lines that are not blank."""
    return sum(bool(line.strip()) for line in text.splitlines())


def longest_function(tree: ast.Module) -> tuple[int, str]:
    sizes = [(each.end_lineno - each.lineno + 1, each.name) for each in functions(tree) if each.end_lineno is not None]
    return max(sizes, default=(0, ""))


def layers(paths: Iterable[Path]) -> Iterator[Layer]:
    of_layer: dict[str, list[Path]] = {}
    for path in paths:
        of_layer.setdefault(top(path), []).append(path)
    for name, members in sorted(of_layer.items()):
        texts = {path: path.read_text() for path in members}
        named = [path for path in members if path.name != "__init__.py"]
        folders = Counter(str(path.parent.relative_to(ROOT)) for path in named if path.parent != ROOT)
        longest = [(*longest_function(tree_of(path)), module(path)) for path in members]
        lines, function, where = max(longest, default=(0, "", ""))
        yield Layer(
            name,
            modules=len(named),
            lines=sum(map(lines_of, texts.values())),
            comments=sum(map(comments_of, texts.values())),
            folders=folders,
            longest_function=(lines, f"{where}.{function}"),
            longest_file=max((text.count("\n"), module(path)) for path, text in texts.items()),
        )


def arrows(paths: Iterable[Path]) -> Counter[tuple[str, str]]:
    """How many modules of one layer import another layer."""
    tops = {top(path) for path in OURS}
    found = Counter[tuple[str, str]]()
    for path in paths:
        used = {name.split(".")[0] for name in imports_of(path)} & tops - {top(path)}
        found.update((top(path), each) for each in used)
    return found


def report(paths: Sequence[Path]) -> Iterator[str]:
    yield f"{'layer':<16}{'modules':>8}{'lines':>7}{'comments':>9}  longest function and file"
    measured = [*layers(paths)]
    for layer in measured:
        longest = ", ".join(f"{count} {where}" for count, where in (layer.longest_function, layer.longest_file))
        comments = f"{layer.comments_per_100_lines:.1f}%"
        yield f"{layer.name:<16}{layer.modules:>8}{layer.lines:>7}{comments:>9}  {longest}"
    yield "\nmodules of each folder"
    for layer in (each for each in measured if each.folders):
        yield f"{layer.name:<16}{', '.join(f'{folder} {count}' for folder, count in sorted(layer.folders.items()))}"
    yield "\narrows between layers, and how many modules have them"
    by_layer: dict[str, list[str]] = {}
    for (importer, imported), count in sorted(arrows(paths).items()):
        by_layer.setdefault(importer, []).append(f"{imported} {count}")
    yield from (f"{importer:<16}{', '.join(named)}" for importer, named in by_layer.items())
    yield f"\ncircles of modules: {' -> '.join(circle_of_modules(paths)) or 'none'}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(OURS))
