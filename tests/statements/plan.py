"""Reads the plans of EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON): scans, tenants, joins, inserts; knows no rule.

Postgres derives equalities while it plans, so that a plan says more of the tenants than the statement's text: where
`a.tenant_id = b.tenant_id` and one of them is given, both scans have it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Node = dict[str, Any]

_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "TID Cond", "Hash Cond", "Merge Cond", "Join Filter")
_BITMAP = "Bitmap Index Scan"
_JOINS = {"Nested Loop", "Hash Join", "Merge Join"}
# What a join asks for, other than its Filter, which comes after it.
_OF_JOIN = ("Hash Cond", "Merge Cond", "Join Filter")
# The sides of a join whose rows are all read, whatever is asked for while they are joined.
_WHOLE = {
    "Left": ("Outer",),
    "Anti": ("Outer",),
    "Right": ("Inner",),
    "Right Anti": ("Inner",),
    "Full": ("Outer", "Inner"),
}
_ALIAS = r'("[^"]+"|\w+)'
# A parameter or a literal. What a sub-select gives is known too late to choose a node.
_VALUE = r"(?:\$\d+|'[^']*'::uuid)"
_GIVEN = re.compile(rf"^{_ALIAS}\.tenant_id = {_VALUE}$|^{_VALUE} = {_ALIAS}\.tenant_id$")
_EQUAL = re.compile(rf"^{_ALIAS}\.tenant_id = {_ALIAS}\.tenant_id$")


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a table. `locked` and `changed` say that its rows are, besides."""

    table: str
    alias: str
    locked: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT with rows of `sources`, the tables read for it; a function or a list of values is named None.

    `tells` is true with RETURNING or ON CONFLICT, `keeps_tenant` if the tenant is a column of what was read.
    """

    table: str
    sources: frozenset[str | None]
    tells: bool
    keeps_tenant: bool


class Plan:
    """One statement as Postgres would run it."""

    def __init__(self, root: Node) -> None:
        self.root = root

    @cached_property
    def scans(self) -> list[Scan]:
        return list(_scans(self.root, locked=False, changed=None))

    @cached_property
    def conditions(self) -> list[str]:
        """What the whole plan asks for, divided at every AND of the first level."""
        # A bitmap may be one side of an OR; the scan above it has the whole condition.
        whole = [node for node in nodes(self.root) if node["Node Type"] != _BITMAP]
        texts = [node[name] for node in whole for name in _CONDITIONS if name in node]
        return [part for text in texts for part in conjuncts(text)]

    @cached_property
    def named(self) -> set[str]:
        """The aliases whose tenant is given by a value, directly or through those that equal it."""
        given, follows = set[str](), list[tuple[str, str]]()
        for condition, spared in _asked(self.root, _aliases(self.root), spared=frozenset()):
            given |= {alias for pair in _matches(_GIVEN, condition) for alias in pair if alias} - spared
            for left, right in _matches(_EQUAL, condition):
                follows += [(one, other) for one, other in ((left, right), (right, left)) if other not in spared]
        while found := {other for one, other in follows if one in given} - given:
            given |= found
        return given

    @cached_property
    def meetings(self) -> list[tuple[set[str], set[str]]]:
        """The tables on both sides of each join, and of each sub-select that is run for every row of another."""
        found = []
        for node in nodes(self.root):
            sides = [each for each in children(node) if each["Parent Relationship"] in ("Outer", "Inner")]
            if node["Node Type"] in _JOINS:
                found.append((tables(sides[0]), tables(sides[1])))
            repeated = [each for each in children(node) if _is_repeated(node, each)]
            found += [(tables(node), tables(each)) for each in repeated]
        return found

    @cached_property
    def inserts(self) -> list[Insert]:
        return [
            _insert(node)
            for node in nodes(self.root)
            if node["Node Type"] == "ModifyTable" and node["Operation"] == "Insert"
        ]

    @cached_property
    def changed_in_with(self) -> list[tuple[set[str], set[str]]]:
        """For each WITH that changes rows: the tables that it changes, and those that the rest reads."""
        found = []
        for part in nodes(self.root):
            if not part.get("Subplan Name", "").startswith("CTE "):
                continue
            inside = list(nodes(part))
            changed = {node["Relation Name"] for node in inside if node["Node Type"] == "ModifyTable"}
            ids = {id(node) for node in inside}
            rest = {
                node["Relation Name"] for node in nodes(self.root) if id(node) not in ids and "Relation Name" in node
            }
            if changed:
                found.append((changed, rest))
        return found

    @cached_property
    def changed(self) -> set[str]:
        """The tables that UPDATE and DELETE change."""
        changes = (node for node in nodes(self.root) if node.get("Operation") in ("Update", "Delete"))
        return {node["Relation Name"] for node in changes}

    @cached_property
    def expressions(self) -> list[str]:
        """Every condition, and every value that is computed."""
        return self.conditions + [each for node in nodes(self.root) for each in node.get("Output", ())]


def children(node: Node) -> list[Node]:
    below: list[Node] = node.get("Plans", [])
    return below


def nodes(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for each in children(node):
        yield from nodes(each)


def tables(node: Node) -> set[str]:
    """What is read at the node itself, without what was read once before (WITH, a sub-select of its own)."""
    own = {node["Relation Name"]} if "Relation Name" in node else set()
    inner = [each for each in children(node) if each["Parent Relationship"] not in ("InitPlan", "SubPlan")]
    return own.union(*map(tables, inner))


def conjuncts(text: str) -> list[str]:
    """The parts of a condition that must all hold, without the brackets around them.

    Of an OR these are itself and what all of its sides ask for: Postgres may put the tenant into each of them, to have
    a bitmap of its own for each.
    """
    parts = _divided(text, " AND ")
    if len(parts) > 1:
        return [each for part in parts for each in conjuncts(part)]
    sides = _divided(text, " OR ")
    if len(sides) == 1:
        return sides
    first, *others = map(conjuncts, sides)
    return [*parts, *(each for each in first if all(each in other for other in others))]


def _divided(text: str, word: str) -> list[str]:
    """The parts of a condition between which the word stands, outside of brackets and quotes."""
    text = _unwrapped(text)
    parts, start, depth, quoted = list[str](), 0, 0, False
    for index, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif depth == 0 and text.startswith(word, index):
            parts.append(text[start:index])
            start = index + len(word)
    return [*parts, text[start:]]


def _unwrapped(text: str) -> str:
    """Without a pair of brackets around the whole."""
    text = text.strip()
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth, quoted = 0, False
    for index, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0 and index < len(text) - 1:
                return text
    return _unwrapped(text[1:-1])


def _matches(pattern: re.Pattern[str], condition: str) -> list[tuple[str, str]]:
    match = pattern.match(condition)
    return [((match[1] or "").strip('"'), (match[2] or "").strip('"'))] if match else []


def _aliases(node: Node) -> frozenset[str]:
    return frozenset(each["Alias"] for each in nodes(node) if "Alias" in each)


def _asked(node: Node, everything: frozenset[str], *, spared: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each condition at the node and below it, with the aliases whose rows are read although they fail it.

    An outer join has all rows of one side, and what a sub-select asks for leaves those of the rest.
    """
    sides = _WHOLE.get(node.get("Join Type", ""), ())
    whole = spared.union(*(_aliases(each) for each in children(node) if each["Parent Relationship"] in sides))
    for name in _CONDITIONS:
        # A bitmap may be one side of an OR; the scan above it has the whole condition.
        if name in node and node["Node Type"] != _BITMAP:
            yield from ((part, whole if name in _OF_JOIN else spared) for part in conjuncts(node[name]))
    for each in children(node):
        kind, inside = each["Parent Relationship"], _aliases(each)
        apart = spared | (everything - inside) if kind in ("InitPlan", "SubPlan") else whole - inside | spared
        yield from _asked(each, everything, spared=apart)


def _scans(node: Node, *, locked: bool, changed: str | None) -> Iterator[Scan]:
    """`changed` is the alias of the rows that the ModifyTable above changes."""
    if node["Node Type"] == "ModifyTable":
        changed = node["Alias"] if node["Operation"] in ("Update", "Delete") else None
    elif "Relation Name" in node:
        alias = node["Alias"]
        yield Scan(node["Relation Name"], alias, locked=locked, changed=alias == changed)
    locked = locked or node["Node Type"] == "LockRows"
    for each in children(node):
        # A sub-select below has locks of its own.
        apart = each["Parent Relationship"] in ("InitPlan", "SubPlan")
        yield from _scans(each, locked=locked and not apart, changed=None if apart else changed)


def _is_repeated(node: Node, child: Node) -> bool:
    """True for a sub-select that depends on the row: one that does not is hashed, or run once."""
    if child["Parent Relationship"] != "SubPlan":
        return False
    return f"hashed {child['Subplan Name']}" not in str({name: node[name] for name in node if name != "Plans"})


def _insert(node: Node) -> Insert:
    # A WITH stands before it.
    source = next(each for each in children(node) if each["Parent Relationship"] not in ("InitPlan", "SubPlan"))
    rows = {"Values Scan", "Result"}
    if source["Node Type"] in rows and not children(source):
        sources: frozenset[str | None] = frozenset()
    else:
        read = (each for each in nodes(source) if not children(each) or "Relation Name" in each)
        sources = frozenset(each.get("Relation Name") for each in read if each["Node Type"] != _BITMAP)
    return Insert(
        node["Relation Name"],
        sources,
        tells="Output" in node or "Conflict Resolution" in node,
        keeps_tenant=any(re.fullmatch(r"(.*\.)?tenant_id", each) for each in source.get("Output", ())),
    )
