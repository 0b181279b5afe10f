"""The cases: what is asked of each GraphQL server, and how equal answers are recognised."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks.graph_pages import LAST_DAY
from benchmarks.graphql.statements import FEW, NINE
from benchmarks.graphql.stock import DAYS
from resolvers.node_id import split_id

WINDOW_DAYS = 7
_RANGE = "range: { between: { from: $from, to: $to } }"
_ACCOUNT = "externalId name currency timeZone status platform dataFrom dataThrough lastRefreshedAt"
_NINE, _FEW = " ".join(NINE), " ".join(FEW)
_CHAIN = "entity { id name ... on Campaign { adAccount { id name } } }"


@dataclass(frozen=True, slots=True)
class Case:
    """`adgraph`, `postgraphile` and `strawberry` are the fields; servers by hand know the case by `key`."""

    key: str
    name: str
    adgraph: str
    postgraphile: str
    strawberry: str
    clients: int = 4
    is_repeated: bool = False

    def text(self, way: str) -> str:
        """The document; it declares only variables that it uses."""
        fields = {"postgraphile": self.postgraphile, "strawberry": self.strawberry}.get(way, self.adgraph)
        kinds = {"$id": "UUID!" if way == "postgraphile" else "ID!", "$from": "Date!", "$to": "Date!"}
        declared = ", ".join(f"{name}: {kind}" for name, kind in kinds.items() if name in fields)
        return f"query ({declared}) {{ {fields} }}"


def windows() -> Iterator[dict[str, str]]:
    """Weeks, the last one first."""
    for ago in range(DAYS - WINDOW_DAYS):
        last = LAST_DAY - timedelta(days=ago)
        yield {"from": (last - timedelta(days=WINDOW_DAYS - 1)).isoformat(), "to": last.isoformat()}


def _rows(more: str, metrics: str, first: int = 1000, how: str = "groupBy: { level: CAMPAIGN }") -> str:
    nodes = f"nodes {{ {more} metrics {{ {metrics} }} }}"
    return f"insights(input: {{ {_RANGE}, {how} }}) {{ rows(first: {first}) {{ {nodes} }} }}"


_SINCE = "(since: $from, until: $to)"
_PG_ENTITY, _PG_ACCOUNT = "entity { id: rowId name }", "entity: account { id: rowId name }"
_BEST = "groupBy: { level: CAMPAIGN }, sort: [{ metric: { of: { metric: SPEND } } }]"
_DASHBOARD = f"""
account: adAccount(id: $id) {{ id {_ACCOUNT} }}
accounts: adAccounts(first: 20) {{ nodes {{ id name currency status }} }}
all: insights(input: {{ {_RANGE} }}) {{ totals {{ {_NINE} }} }}
days: {_rows("period { start }", "spend impressions roas", 30, "grain: DAY")}
top: {_rows("entity { id name }", "spend purchases roas", 10, _BEST)}
byAccount: {_rows("entity { id name }", "spend impressions cpm", 20, "groupBy: { level: AD_ACCOUNT }")}
"""
_PG_DASHBOARD = f"""
account: adAccountByRowId(rowId: $id) {{ id: rowId {_ACCOUNT} }}
accounts: allAdAccounts(first: 20, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) {{ nodes {{ id: rowId name currency status }} }}
all: totals{_SINCE} {{ {_NINE} }}
days: byDay{_SINCE} {{ nodes {{ start: day metrics {{ spend impressions roas }} }} }}
top{_SINCE} {{ nodes {{ {_PG_ENTITY} metrics {{ spend purchases roas }} }} }}
byAccount{_SINCE} {{ nodes {{ {_PG_ACCOUNT} metrics {{ spend impressions cpm }} }} }}
"""
_PLAIN_DASHBOARD = f"""
account: adAccount(id: $id) {{ id {_ACCOUNT} }}
accounts: adAccounts {{ nodes {{ id name currency status }} }}
all: totals{_SINCE} {{ {_NINE} }}
days: byDay{_SINCE} {{ nodes {{ period {{ start }} metrics {{ spend impressions roas }} }} }}
top{_SINCE} {{ nodes {{ entity {{ id name }} metrics {{ spend purchases roas }} }} }}
byAccount{_SINCE} {{ nodes {{ entity: account {{ id name }} metrics {{ spend impressions cpm }} }} }}
"""
_SMALL = (
    f"adAccount(id: $id) {{ id {_ACCOUNT} }}",
    f"adAccountByRowId(rowId: $id) {{ id: rowId {_ACCOUNT} }}",
    f"adAccount(id: $id) {{ id {_ACCOUNT} }}",
)


def _listed(pg: str, plain: str) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value] # of two
        f"byCampaign{_SINCE} {{ nodes {{ {more} metrics {{ {_NINE} }} }} }}" for more in (pg, plain)
    )


CASES = (
    Case("small", "small: one account, ten fields", *_SMALL),
    Case("list", "list: 1,000 rows, nine metrics", _rows("", _NINE), *_listed("", "")),
    Case(
        "entity",
        "rows with entity",
        _rows("entity { id name }", _NINE),
        *_listed(_PG_ENTITY, "entity { id name }"),
    ),
    Case(
        "chain",
        "a chain: entity, its account",
        _rows(_CHAIN, _NINE),
        *_listed("entity { id: rowId name adAccount { id: rowId name } }", "entity { id name adAccount { id name } }"),
    ),
    Case(
        "nested",
        "nested: 20 accounts, 50 campaigns, metrics",
        f"adAccounts(first: 20) {{ nodes {{ id name campaigns(first: 50) {{ nodes {{ id name metrics({_RANGE})"
        f" {{ {_FEW} }} }} }} }} }}",
        "adAccounts: allAdAccounts(first: 20, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) { nodes { id: rowId name"
        " campaigns(first: 50, orderBy: [NAME_KEY_ASC, ROW_ID_ASC])"
        f" {{ nodes {{ id: rowId name metrics{_SINCE} {{ {_FEW} }} }} }} }} }}",
        f"adAccounts {{ nodes {{ id name campaigns {{ nodes {{ id name metrics{_SINCE} {{ {_FEW} }} }} }} }} }}",
    ),
    Case("dashboard", "dashboard: six root fields", _DASHBOARD, _PG_DASHBOARD, _PLAIN_DASHBOARD),
    Case("dashboard", "dashboard, repeated", _DASHBOARD, _PG_DASHBOARD, _PLAIN_DASHBOARD, is_repeated=True),
    Case("small", "small, 64 clients at once", *_SMALL, clients=64),
    Case("dashboard", "dashboard, 64 clients at once", _DASHBOARD, _PG_DASHBOARD, _PLAIN_DASHBOARD, clients=64),
)


def leaves(text: bytes) -> list[tuple[str, Any]]:
    """The values of an answer with their names, in order: what is equal although the levels above them differ."""
    answer = json.loads(text, parse_float=Decimal)
    assert "errors" not in answer, text[:2000]
    return list(_leaves("", answer["data"]))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _leaves(inner, each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(name, each)
    else:
        yield name, _known(name, value)


def _known(name: str, value: Any) -> Any:
    """Ids without the API's type and coding; numbers as numbers, which some servers send as texts."""
    if name == "id":
        parts = split_id(value)
        return value if parts is None else str(parts[1])
    return round(Decimal(value), 12) if name in NINE and value is not None else value
