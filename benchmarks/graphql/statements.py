"""The statements of the servers that are written by hand, and the cases' answers as one statement that makes the JSON.

All of them name the tenant and run under its policies too. Money is rounded and people's ratios are floats, as in the
API.
"""

from collections.abc import Sequence

TENANT = "tenant_id = $1"
ACCOUNT = ("id", "external_id", "name", "currency", "time_zone", "status", "platform", "data_from", "data_through")
MONEY_DIGITS = 6

METRICS = {
    "spend": f"round(sum(spend), {MONEY_DIGITS})",
    "impressions": "sum(impressions)::bigint",
    "linkClicks": "sum(link_clicks)::bigint",
    "ctrAll": "(sum(clicks_all) / nullif(sum(impressions), 0)::numeric)::float8",
    "cpm": f"round(1000 * sum(spend) / nullif(sum(impressions), 0)::numeric, {MONEY_DIGITS})",
    "cpcLink": f"round(sum(spend) / nullif(sum(link_clicks), 0)::numeric, {MONEY_DIGITS})",
    "purchases": "sum(purchases)::numeric",
    "purchaseValue": f"round(sum(purchase_value), {MONEY_DIGITS})",
    "roas": "(sum(purchase_value) / nullif(sum(spend), 0)::numeric)::float8",
}
NINE = tuple(METRICS)
FEW = ("spend", "impressions", "ctrAll", "cpm", "roas")


def metrics(names: Sequence[str]) -> str:
    return ", ".join(f'{METRICS[name]} as "{name}"' for name in names)


def _by(table: str, key: str, names: Sequence[str], *, more: str = "") -> str:
    return f"select {key}, {metrics(names)} from {table} where {TENANT} and day between $2 and $3 {more} group by {key}"


SMALL = f"select {', '.join(ACCOUNT)}, last_refreshed_at from ad_account where {TENANT} and id = $2"
LIST = f"{_by('insight_campaign_day', 'campaign_id', NINE)} order by campaign_id limit 1000"
ROWS = f"""select c.id, c.name, m.* from ({LIST}) m join campaign c on c.{TENANT} and c.id = m.campaign_id
order by m.campaign_id"""
CHAIN = f"""select c.id, c.name, a.id as account_id, a.name as account_name, m.* from ({LIST}) m
join campaign c on c.{TENANT} and c.id = m.campaign_id
join ad_account a on a.{TENANT} and a.id = c.ad_account_id order by m.campaign_id"""
WHOLE_ACCOUNTS = f"""select {", ".join(ACCOUNT)}, last_refreshed_at from ad_account where {TENANT}
order by name_key, id limit 20"""
ACCOUNTS = f"select id, name, currency, status from ad_account where {TENANT} order by name_key, id limit 20"
CAMPAIGNS = f"""select id, name, ad_account_id from (
  select id, name, ad_account_id, name_key, row_number() over (partition by ad_account_id order by name_key, id) as n
  from campaign where {TENANT} and ad_account_id = any($2)) c where n <= 50 order by ad_account_id, n"""
METRICS_OF = _by("insight_campaign_day", "campaign_id", FEW, more="and campaign_id = any($4)")
TOTALS = f"select {metrics(NINE)} from insight_account_day where {TENANT} and day between $2 and $3"
DAYS = f"{_by('insight_account_day', 'day', ('spend', 'impressions', 'roas'))} order by day limit 30"
TOP = f"""select c.id, c.name, m.* from ({_by("insight_campaign_day", "campaign_id", ("spend", "purchases", "roas"))}
  order by 2 desc nulls last, campaign_id limit 10) m
join campaign c on c.{TENANT} and c.id = m.campaign_id order by m.spend desc nulls last, m.campaign_id"""
_OF_ACCOUNT = _by("insight_account_day", "ad_account_id", ("spend", "impressions", "cpm"))
BY_ACCOUNT = f"""select a.id, a.name, m.* from ({_OF_ACCOUNT}
  order by ad_account_id limit 20) m join ad_account a on a.{TENANT} and a.id = m.ad_account_id
order by m.ad_account_id"""


def _object(pairs: Sequence[tuple[str, str]]) -> str:
    return f"json_build_object({', '.join(f'{name!r}, {value}' for name, value in pairs)})"


def _metrics(names: Sequence[str]) -> str:
    return _object([(name, f'r."{name}"') for name in names])


def _nodes(statement: str, node: str) -> str:
    return f"(select json_build_object('nodes', coalesce(json_agg({node}), '[]')) from ({statement}) r)"


_ENTITY = _object([("id", "r.id"), ("name", "r.name")])
_CHAINED = _object(
    [("id", "r.id"), ("name", "r.name"), ("adAccount", _object([("id", "r.account_id"), ("name", "r.account_name")]))]
)
_SMALL_PAIRS = [
    ("id", "id"),
    ("externalId", "external_id"),
    ("name", "name"),
    ("currency", "currency"),
    ("timeZone", "time_zone"),
    ("status", "status"),
    ("platform", "platform"),
    ("dataFrom", "data_from"),
    ("dataThrough", "data_through"),
    ("lastRefreshedAt", "last_refreshed_at"),
]
_SMALL = f"(select {_object(_SMALL_PAIRS)} from ({SMALL.replace('$2', '$4')}) r)"


def _insights(rows: str) -> str:
    return _object([("rows", rows)])


def _rows(statement: str, names: Sequence[str], *first: tuple[str, str]) -> str:
    return _insights(_nodes(statement, _object([*first, ("metrics", _metrics(names))])))


_METRICS_IN_JSON = f"""left join ({_by("insight_campaign_day", "campaign_id", FEW)}) r on r.campaign_id = c.id"""
_CAMPAIGN = _object([("id", "c.id"), ("name", "c.name"), ("metrics", _metrics(FEW))])
_NESTED = f"""(select json_build_object('nodes', json_agg(json_build_object('id', a.id, 'name', a.name,
  'campaigns', json_build_object('nodes', coalesce(of_account.nodes, '[]'))) order by a.name_key, a.id))
from (select * from ad_account where {TENANT} order by name_key, id limit 20) a left join (
  select ad_account_id, json_agg({_CAMPAIGN} order by n) as nodes from (
    select id, name, ad_account_id, row_number() over (partition by ad_account_id order by name_key, id) as n
    from campaign where {TENANT}) c {_METRICS_IN_JSON} where n <= 50 group by ad_account_id
) of_account on of_account.ad_account_id = a.id)"""
# Each takes tenant, first and last day and the id of an account, whether it needs them or not.
_USES_ALL = "where $2::date is not null and $3::date is not null and $4::uuid is not null"
IN_JSON = {
    "small": [("adAccount", _SMALL)],
    "list": [("insights", _rows(LIST, NINE))],
    "entity": [("insights", _rows(ROWS, NINE, ("entity", _ENTITY)))],
    "chain": [("insights", _rows(CHAIN, NINE, ("entity", _CHAINED)))],
    "nested": [("adAccounts", _NESTED)],
    "dashboard": [
        ("account", _SMALL),
        ("accounts", _nodes(ACCOUNTS, _object([(name, f"r.{name}") for name in ("id", "name", "currency", "status")]))),
        ("all", _object([("totals", f"(select {_metrics(NINE)} from ({TOTALS}) r)")])),
        ("days", _rows(DAYS, ("spend", "impressions", "roas"), ("period", _object([("start", "r.day")])))),
        ("top", _rows(TOP, ("spend", "purchases", "roas"), ("entity", _ENTITY))),
        ("byAccount", _rows(BY_ACCOUNT, ("spend", "impressions", "cpm"), ("entity", _ENTITY))),
    ],
}
WHOLE = {name: f"select {_object([('data', _object(fields))])}::text {_USES_ALL}" for name, fields in IN_JSON.items()}
