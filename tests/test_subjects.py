"""Inside a layer every file belongs to a subject, to the ground below the subjects, or to the lists above them.

The same subjects have the same names in every layer, so that a reader who knows one layer finds the way in the others.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, circle, tree_of

SUBJECTS = {
    "ad_links", "ads", "audit", "billing", "cases", "channel_jobs", "channels", "connections", "conversations",
    "datasets", "exports", "imports", "ingestion", "insights", "installation", "listings", "mail", "naming", "oauth",
    "orders", "people", "products", "rates", "refreshes", "relay", "revenue", "sign_in",
    "tenants",
}  # fmt: skip
# What the subjects of a layer stand on: it imports none of them.
GROUND = {
    "models": {
        "acting", "columns", "copying", "cursor_text", "database", "idempotency_key", "ids", "keyset", "listener",
        "placement", "platform", "pool", "postgres_clock", "queue", "replicas", "schema_revision", "shards",
        "splicing", "text_match", "thin", "upsert",
    },
    "services": {
        "account_access", "batches", "channel_access", "idempotency", "patience", "price_list", "queued",
        "return_urls", "seats", "stored_files", "toolbox", "tools", "vendor_calls", "waiting_calls",
    },
    "resolvers": {
        "actors", "auth_answer", "batching", "charges", "context", "door", "enums", "first_answers",
        "inputs", "loaders", "mutation", "node_id", "nodes", "ok", "operations", "page", "scalars", "shapes",
    },
    "schema": {"descriptions", "field", "node", "ok_payload", "page_info", "period", "scalars", "user_error"},
    "jobs": {"arguments", "rescue", "retries", "runner", "telemetry"},
}  # fmt: skip
# What names every subject by its nature.
LISTS = {
    "models": {"erasure", "tables"},
    "services": {"oauth_purposes"},
    "resolvers": set[str](),
    "schema": {"mutation", "query", "subscription"},
    "jobs": {"app", "chores"},
}
LAYERS = sorted(GROUND)
# Not divided into subjects, but by the same measure.
OTHER_LAYERS = [
    "analytics",
    "auth",
    "commands",
    "embedded",
    "execution",
    "integrations",
    "sandbox",
    "settings",
    "startup",
    "telemetry",
    "web",
]
MAX_MODULES = 20
_PATH = re.compile(r"`([a-z_]+(?:/[a-z_0-9]+)*/[a-z_0-9]+\.(?:py|lua|sh|md|js))`")


def modules(layer: str) -> list[Path]:
    return sorted(path for path in (ROOT / layer).rglob("*.py") if path.name != "__init__.py")


def seat(path: Path) -> str:
    """Of `models/ads/ad.py` ads, of `models/ids.py` ids."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def seats_used(path: Path) -> set[str]:
    """The other seats of its layer that a module imports."""
    layer = path.relative_to(ROOT).parts[0]
    names = {
        f"{node.module}.{alias.name}".split(".")[1]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == layer
        for alias in node.names
    }
    return names - {seat(path)}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_has_a_seat_and_imports_no_seat_above(layer: str) -> None:
    for path in modules(layer):
        here, used = seat(path), seats_used(path)
        assert here in SUBJECTS | GROUND[layer] | LISTS[layer], f"{path}: which subject is it about?"
        if here in GROUND[layer]:
            assert not used & SUBJECTS, f"{path}: the ground imports a subject"
        if here in SUBJECTS:
            assert not used & LISTS[layer], f"{path}: a list is imported from below"


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer != "schema"])  # types name each other
def test_subjects_form_no_circle(layer: str) -> None:
    graph: dict[str, set[str]] = {}
    for path in modules(layer):
        if seat(path) in SUBJECTS:
            graph.setdefault(seat(path), set()).update(seats_used(path) & SUBJECTS)
    assert circle(graph) == []


@pytest.mark.parametrize("layer", [*LAYERS, *OTHER_LAYERS])
def test_a_folder_holds_several_modules_and_not_too_many(layer: str) -> None:
    for folder in {path.parent for path in modules(layer)}:
        stems = [path.stem for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(stems) <= MAX_MODULES, f"{folder}: split it by noun"
        is_for_one = len(stems) == 1 and not any(path.name != "__pycache__" for path in folder.glob("*/"))
        assert not is_for_one, f"{folder}: a folder for one file"
        for stem in stems:
            assert stem + "s" not in stems, f"{folder}: {stem} and {stem}s are one letter apart"


@pytest.mark.parametrize("layer", [*LAYERS, *OTHER_LAYERS])
def test_tests_lie_where_the_code_does_that_they_test(layer: str) -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in modules(f"tests/{layer}")}
    assert {
        each for each in folders if not any((ROOT / each).with_suffix(end).exists() for end in ("", ".py"))
    } == set()


@pytest.mark.parametrize("layer", LAYERS)
def test_no_file_says_its_folders_name_again(layer: str) -> None:
    tables = "".join(path.read_text() for path in modules("models"))
    for path in modules(layer):
        subject, stem = path.parent.name, path.stem
        one = subject.removesuffix("es") if subject.endswith("hes") else subject.removesuffix("s")
        if path.parent != ROOT / layer and (stem in (one, subject) or stem.startswith(f"{one}_")):
            noun = stem.removesuffix("s").title().replace("_", "")
            assert f"class {noun}" in tables, f"{path}: only a table may be named like its folder"


def test_the_schema_builds_whatever_was_imported_before() -> None:
    resolvers = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules("resolvers")]
    program = f"import {', '.join(reversed(resolvers))}\nimport schema\nschema.build_schema()"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


DOCUMENTS = [ROOT / "ARCHITECTURE.md", ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    named = set(_PATH.findall(document.read_text()))
    assert {path for path in named if not (ROOT / path).exists()} == set()
