"""Owns which function answers which path of the Graph; must not build HTTP responses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.meta.calls import GraphCall
from sandbox.meta.entities.creations import create_campaign
from sandbox.meta.entities.nodes import check_refused, list_accounts, list_edge, object_fields, read_node
from sandbox.meta.entities.writes import write_node
from sandbox.meta.errors import GraphError, unknown_path
from sandbox.meta.field_trees import FieldTree
from sandbox.meta.insights.report import open_report
from sandbox.meta.insights.run_answers import create_run, read_run, run_page
from sandbox.meta.paging import START, Page, page_limit, start_of
from sandbox.meta.sign_in.access import require_scope, token_of, visible
from sandbox.meta.sign_in.token_answers import debug_token, exchange, me, permissions, withdraw_permissions
from sandbox.meta.sign_in.tokens import Token
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.heaviness import check_page

Answer = Page | Mapping[str, object]
Handler = Callable[[Sandbox, GraphCall], Answer]

_MOST_IDS = 50


def _accounts(sandbox: Sandbox, call: GraphCall) -> Answer:
    return list_accounts(sandbox, token_of(sandbox, call), call=call)


def _business_users(sandbox: Sandbox, call: GraphCall) -> Answer:
    token_of(sandbox, call)
    return Page((), START, None)


def _node(sandbox: Sandbox, call: GraphCall) -> Answer:
    if sandbox.runs.find(call.path):
        return read_run(sandbox, call)
    token = token_of(sandbox, call)
    return _read_one(sandbox, token, object_id=call.path, tree=object_fields(call))


def _read_one(sandbox: Sandbox, token: Token, *, object_id: str, tree: FieldTree) -> dict[str, object]:
    thing = visible(sandbox, token, object_id=object_id)
    check_refused(sandbox, thing, tree=tree)
    return read_node(sandbox, token, thing=thing, tree=tree)


def _nodes(sandbox: Sandbox, call: GraphCall) -> Answer:
    token = token_of(sandbox, call)
    ids = call.strings("ids")
    if not ids:
        raise unknown_path("")
    if len(ids) > _MOST_IDS:
        raise GraphError(f"(#100) Too many IDs. Maximum: {_MOST_IDS}. Provided: {len(ids)}.", 100)
    tree = object_fields(call)
    return {name: _read_one(sandbox, token, object_id=name, tree=tree) for name in ids}


def _edge(sandbox: Sandbox, call: GraphCall) -> Answer:
    token = token_of(sandbox, call)
    parent_id, _, name = call.path.partition("/")
    parent = visible(sandbox, token, object_id=parent_id)
    return list_edge(sandbox, token, call=call, edge=(parent, name))


def _insights(sandbox: Sandbox, call: GraphCall) -> Answer:
    if sandbox.runs.find(_first_step(call)):
        return run_page(sandbox, call)
    token = token_of(sandbox, call)
    require_scope(token, "ads_read")
    thing = visible(sandbox, token, object_id=_first_step(call))
    limit = page_limit(call)
    report = open_report(sandbox, call, thing=thing)
    check_page(report, limit)
    return report.page(start_of(call), limit=limit)


@dataclass(frozen=True, slots=True)
class _Route:
    methods: tuple[str, ...]
    path: re.Pattern[str]
    handler: Handler


_ID = r"(act_)?\d+"
# The first row that fits answers.
_ROUTES = (
    _Route(("GET", "POST"), re.compile(r"oauth/access_token"), exchange),
    _Route(("GET",), re.compile(r"debug_token"), debug_token),
    _Route(("GET",), re.compile(r"me"), me),
    _Route(("GET",), re.compile(r"me/adaccounts"), _accounts),
    _Route(("GET",), re.compile(r"me/business_users"), _business_users),
    _Route(("GET",), re.compile(r"me/permissions"), permissions),
    _Route(("DELETE",), re.compile(r"me/permissions(/\w+)?"), withdraw_permissions),
    _Route(("GET",), re.compile(rf"{_ID}/insights"), _insights),
    _Route(("POST",), re.compile(rf"{_ID}/insights"), create_run),
    _Route(("GET",), re.compile(_ID), _node),
    _Route(("POST", "DELETE"), re.compile(_ID), write_node),
    _Route(("POST",), re.compile(r"act_\d+/campaigns"), create_campaign),
    _Route(("GET",), re.compile(rf"{_ID}/\w+"), _edge),
    _Route(("GET",), re.compile(r""), _nodes),
)


def _first_step(call: GraphCall) -> str:
    return call.path.partition("/")[0]


def find_account(sandbox: Sandbox, call: GraphCall) -> str | None:
    """The ad account whose limits and faults the call falls under."""
    first = _first_step(call)
    thing = sandbox.dataset.objects.get(first) or sandbox.runs.find(first)
    return thing.account_id if thing else None


def answer(sandbox: Sandbox, call: GraphCall) -> Answer:
    for route in _ROUTES:
        if call.method in route.methods and route.path.fullmatch(call.path):
            return route.handler(sandbox, call)
    if call.method not in ("GET", "POST", "DELETE"):
        raise GraphError("Unsupported method", 100, status=405)
    raise unknown_path(call.path)
