"""Finds the named queries in the code: the functions of `models` that are given a session."""

import ast
from collections.abc import Iterator

from tests.statements.recorder import NO_PLACES, ROOT

# What a session, and the connections below it, are called wherever a query is given one.
_GIVEN = {"session", "driver", "connection"}


def named_queries() -> set[str]:
    """Their places, as the recorder tells them: `models/ads/ad.py:ads_of`."""
    return {
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for path in (ROOT / "models").rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith(NO_PLACES)
        for name in _names(ast.parse(path.read_text()))
    }


def _names(tree: ast.AST, prefix: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _names(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.AsyncFunctionDef):
            arguments = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            # What is decorated is a savepoint, or the like, around the statements of others.
            if arguments & _GIVEN and not node.decorator_list:
                yield f"{prefix}{node.name}"
