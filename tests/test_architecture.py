"""Architecture: who may import whom, and how large things may be; a rule that nothing checks decays."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import schema

ROOT = Path(__file__).resolve().parent.parent
# Folder or module -> what of ours it may import besides itself. What is not listed is a test, a benchmark or a script.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "settings": set(),
    "telemetry": {"errors"},
    "analytics": {"errors"},
    "models": {"analytics", "errors"},
    "integrations": {"analytics", "telemetry", "errors"},
    "auth": {"models", "integrations", "analytics", "errors"},
    "services": {"auth", "models", "integrations", "analytics", "errors"},
    "resolvers": {"execution", "services", "auth", "models", "analytics", "errors"},
    "execution": {"errors"},
    "schema": {"resolvers", "execution", "services", "auth", "models", "analytics", "errors"},
    "web": {"services", "auth", "models", "errors"},
    "jobs": {"services", "models", "errors"},
    "sandbox": set(),
    "migrations": {"models", "settings"},
    # Narrower than their folder, which may import everything.
    "commands.refresh_display": {"services", "models", "errors"},
    "commands.terminal": set(),
    "embedded": {"migrations", "errors"},
}
ROOTS = {
    "server",
    "worker",
    "cli",
    "commands",
    "startup",
}  # the composition: may import everything
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}
MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 350, 45, 5
SKIPPED = {".venv", ".git", ".data", "node_modules", "static"}

FILES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not SKIPPED & set(path.relative_to(ROOT).parts) and not path.is_relative_to(ROOT / "tests" / "fixtures")
)
OURS = [path for path in FILES if path.relative_to(ROOT).parts[0].removesuffix(".py") in {*ALLOWED, *ROOTS}]
PRODUCTION = [path for path in OURS if path.relative_to(ROOT).parts[0] not in ("sandbox", "migrations")]
SHOWN = {"auth", "models", "analytics", "services", "resolvers"}  # what a type of the API can show is declared here


def top(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported when this one runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not is_for_types_only(node):
            yield from imports(node)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def tree_of(path: Path) -> ast.Module:
    """Parsed by the test that asks, since every worker collects all tests, and not kept: it is a million objects."""
    return ast.parse(path.read_text())


@cache
def imports_of(path: Path) -> frozenset[str]:
    return frozenset(imports(tree_of(path)))


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The names along one circle, each of which imports the next; `graph` says what each name imports."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return [str(each) for each in reversed(error.args[1])]
    return []


def circle_of_modules(paths: Iterable[Path]) -> list[str]:
    members = {module(path): path for path in paths}
    return circle({name: imports_of(path) & members.keys() - {name} for name, path in members.items()})


def test_imports_point_downward() -> None:
    assert {module(path): found for path in OURS if (found := upward_imports(path))} == {}


def upward_imports(path: Path) -> set[str]:
    importer = module(path) if module(path) in ALLOWED else top(path)
    if importer in ROOTS:
        return set()
    ours = {name.split(".")[0] for name in imports_of(path)} & {*ALLOWED, *ROOTS, "tests", "benchmarks"}
    return ours - ALLOWED[importer] - {importer}


def test_only_the_composition_names_a_platform_or_an_identity_provider() -> None:
    """Services know the protocols; so a second one changes none of them."""
    named = {"integrations.meta", "integrations.google"}
    for path in PRODUCTION:
        inside = module(path).split(".")[:2]
        if top(path) not in ROOTS and inside not in (["integrations", "meta"], ["integrations", "google"]):
            assert {".".join(name.split(".")[:2]) for name in imports_of(path)} & named == set(), path


# Only what calls use cases holds the whole Toolbox: all other functions name what they need (services/tools.py).
HOLDERS_OF_THE_TOOLBOX = {
    "services.installation.demo": "fills the sandbox through the use cases of every subject",
    "resolvers.context": "resolvers find the tools here and hand on what a use case names",
    "resolvers.door": "makes the context of each request",
    "jobs.arguments": "a job of the queue finds the tools here",
    "jobs.chores": "the list of chores hands each what it names",
    "jobs.runner": "gives the tools to the queue and to the chores",
}


def test_only_what_calls_use_cases_holds_the_whole_toolbox() -> None:
    holders = set()
    for path in PRODUCTION:
        if top(path) in ("services", "resolvers", "jobs", "auth", "models") and module(path) != "services.toolbox":
            names = {
                alias.name
                for node in ast.walk(tree_of(path))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            if "Toolbox" in names:
                holders.add(module(path))
    assert holders == set(HOLDERS_OF_THE_TOOLBOX), (
        "name what is needed, or say why all is; take out who needs it no more"
    )


def test_modules_form_no_cycle() -> None:
    assert circle_of_modules(OURS) == []


def test_each_file_keeps_the_rules() -> None:
    """One test for all of them: a test for each would take three times as long as what it looks at."""
    assert [complaint for path in FILES for complaint in complaints_about(path)] == []


def complaints_about(path: Path) -> Iterator[str]:
    tree, text = tree_of(path), path.read_text()
    name = path.relative_to(ROOT)
    if path.stem in FORBIDDEN_STEMS:
        yield f"{name}: name the noun it is about"
    if text.count("\n") > MAX_FILE_LINES:
        yield f"{name}: split it by noun"
    is_empty_package = path.name == "__init__.py" and not text.strip()
    if not is_empty_package and not ast.get_docstring(tree):
        yield f"{name}: say in one sentence what it owns"
    for function in functions(tree):
        where = f"{name}:{function.lineno} {function.name}"
        assert function.end_lineno is not None
        # A revision's function is a table's columns, one after the other.
        if function.end_lineno - function.lineno >= MAX_FUNCTION_LINES and top(path) != "migrations":
            yield f"{where}: too long"
        positional = [*function.args.posonlyargs, *function.args.args]
        if len([argument for argument in positional if argument.arg not in ("self", "cls")]) > MAX_PARAMETERS:
            yield f"{where}: too many parameters"
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function)):
            yield f"{where}: imports inside a function"


def test_a_class_name_means_one_thing() -> None:
    """A type of the API is named like the row or record that it shows; no other name stands twice, or with an s."""
    declared = defaultdict[str, list[str]](list)
    for path in PRODUCTION:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                declared[node.name].append(top(path))
    shown = {name for name, tops in declared.items() if len(tops) == 2 and "schema" in tops and SHOWN & {*tops}}
    assert {name: tops for name, tops in declared.items() if len(tops) > 1 and name not in shown} == {}
    assert {name for name in declared if f"{name}s" in declared} == {"Metric"}  # both names are the API's


def test_only_types_of_the_api_are_imported_for_type_checkers() -> None:
    """They name each other in circles; elsewhere such an import would hide that two modules need each other."""
    hiding = [module(path) for path in OURS if any(is_for_types_only(node) for node in ast.walk(tree_of(path)))]
    assert [name for name in hiding if not name.startswith("schema.")] == []


def test_only_the_clocks_read_the_date() -> None:
    """Deadlines are shared, and the dates of machines differ: what needs the time is given Postgres'."""
    readers = {
        module(path)
        for path in OURS
        if top(path) != "sandbox"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute | ast.Name)
        and ast.unparse(node) in {"datetime.now", "datetime.utcnow", "date.today", "time.time", "utc_now"}
    }
    assert readers == {"analytics.clock", "models.postgres_clock", "startup.tools"}


def test_a_service_names_its_own_parameters_and_no_path_in_an_input() -> None:
    """What clients of GraphQL call them, and where they write them, is known to resolvers/mutation.py."""
    for path in OURS:
        for node in ast.walk(tree_of(path)) if top(path) in ("services", "auth") else ():
            if isinstance(node, ast.List | ast.Tuple) and node.elts:
                assert ast.unparse(node.elts[0]) != "'input'", f"{path}:{node.lineno}: a path of the API"
            if isinstance(node, ast.keyword) and node.arg == "field":
                value = node.value.value if isinstance(node.value, ast.Constant) else None
                is_path = isinstance(node.value, ast.List | ast.Tuple) or not re.fullmatch("None|[a-z_]+", str(value))
                assert not is_path, f"{path}:{node.value.lineno}: a name of the API"


def test_texts_of_services_are_in_words_that_fit_a_terminal_too() -> None:
    """Operators read them at a terminal and schedules in a log, where `everyHours` is no word."""
    names = set(re.findall("[a-z]+(?:[A-Z][a-z]+)+", (ROOT / "schema.graphql").read_text()))
    for path in OURS:
        for node in ast.walk(tree_of(path)) if top(path) == "services" else ():
            if isinstance(node, ast.Call):
                texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
                words = {word for text in texts if isinstance(text, str) for word in re.findall("[A-Za-z]+", text)}
                assert words & names == set(), f"{path}:{node.lineno}: a name of the API"


def test_no_module_hides_one_of_the_standard_library() -> None:
    tops = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in FILES}
    assert tops & sys.stdlib_module_names == set()


def test_the_schema_package_is_ours() -> None:
    assert Path(schema.__file__ or "").is_relative_to(ROOT)
