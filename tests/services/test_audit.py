"""docs/teams.md lists every action of the audit log: what the code writes, and nothing that it does not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from services.ads import changes

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("services", "models", "auth", "jobs", "resolvers", "web")
    for path in (ROOT / folder).rglob("*.py")
]
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# They look like actions and are the names of jobs.
JOBS = {
    "tenant.erase",
    "billing.sync",
    "refresh.run",
    "export.write",
    "dataset.write",
    "ad_links.find",
    "channel.run",
    "channel.message",
}
# Made of the kind of what is changed and of what is changed about it.
SET = {f"{kind}.status_set" for kind in ("campaign", "ad_set", "ad")} | {
    "campaign.daily_budget_set",
    "ad_set.daily_budget_set",
}


def documented() -> list[str]:
    text = (ROOT / "docs" / "teams.md").read_text()
    return re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| .+ \|$", text, re.MULTILINE)


def texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def given(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression that is handed on as an action."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "action":
            yield node.value


def keyed(tree: ast.AST) -> set[str]:
    """The names of calls that have a key of idempotency: no actions, though they look like them."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "KeyedCall"]
    return {text for call in calls for text in texts(call.args[0])}


def written() -> set[str]:
    """What stands in an `action`, and whatever else in the same kinds: it reached an `action` by a name."""
    trees = [ast.parse(path.read_text()) for path in SOURCES]
    named = {text for tree in trees for value in given(tree) for text in texts(value) if ACTION.fullmatch(text)}
    kinds = {name.partition(".")[0] for name in named} | {"staff"}
    everything = {text for tree in trees for text in texts(tree) if ACTION.fullmatch(text)}
    columns = {text for text in everything if text.endswith(("id", ".js", ".css"))}
    calls = {text for tree in trees for text in keyed(tree)}
    return {text for text in everything - columns - (calls - named) if text.partition(".")[0] in kinds} - JOBS | SET


def test_the_page_lists_every_action_once_in_order() -> None:
    assert documented() == sorted(written())


def test_an_action_is_made_of_parts_in_one_place_alone() -> None:
    made = {
        path.relative_to(ROOT).as_posix(): ast.unparse(value)
        for path in SOURCES
        for value in given(ast.parse(path.read_text()))
        if any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in ast.walk(value))
    }
    assert set(made) == {"services/ads/changes.py"}
    assert set(changes._NAMES.values()) == {name.partition(".")[0] for name in SET}
