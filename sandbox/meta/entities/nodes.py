"""Owns reading single objects and edges of the Graph; must not read insights or tokens' own data."""

from collections.abc import Iterable
from datetime import datetime

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.objects import GraphObject, Kind
from sandbox.meta.entities.activities import FIELDS as ACTIVITY_FIELDS
from sandbox.meta.entities.filters import Filter, read_filters
from sandbox.meta.errors import GraphError, bad_parameter, too_much_data
from sandbox.meta.field_trees import FieldTree, parse_fields
from sandbox.meta.paging import Page, page_limit, slice_page
from sandbox.meta.sign_in.access import exists, require_scope, sees
from sandbox.meta.sign_in.tokens import Token
from sandbox.meta.state import Sandbox

EDGES = {
    "campaigns": Kind.CAMPAIGN,
    "adsets": Kind.AD_SET,
    "ads": Kind.AD,
    "adcreatives": Kind.CREATIVE,
}
# Edges that exist and are empty here.
EMPTY_EDGES = frozenset(("customconversions", "customaudiences", "advideos", "adimages", "assigned_users"))
_HIDDEN = ("ARCHIVED", "DELETED")
_DEFAULTS: dict[Kind, FieldTree] = {
    Kind.ACCOUNT: {"account_id": {}, "id": {}},
    **{kind: {"id": {}} for kind in EDGES.values()},
}
# Asked for without having a value on every object.
_OPTIONAL = {
    Kind.ACCOUNT: ("end_advertiser", "funding_source_details", "funding_source", "tax_id", "business_country_code"),
    Kind.CAMPAIGN: (
        "daily_budget",
        "lifetime_budget",
        "budget_remaining",
        "bid_strategy",
        "spend_cap",
        "stop_time",
        "special_ad_category",
        "issues_info",
        "adlabels",
        "ads",
    ),
    Kind.AD_SET: (
        "daily_budget",
        "lifetime_budget",
        "budget_remaining",
        "bid_amount",
        "bid_info",
        "bid_strategy",
        "end_time",
        "issues_info",
        "adlabels",
    ),
    Kind.AD: (
        "tracking_specs",
        "bid_amount",
        "bid_info",
        "bid_type",
        "issues_info",
        "preview_shareable_link",
        "adlabels",
        "last_updated_by_app_id",
        "recommendations",
        "source_ad_id",
        "targeting",
    ),
    Kind.CREATIVE: (
        "video_id",
        "image_hash",
        "image_url",
        "object_url",
        "asset_feed_spec",
        "product_set_id",
        "instagram_permalink_url",
        "image_crops",
        "template_url",
        "template_url_spec",
        "actor_id",
        "adlabels",
        "applink_treatment",
        "effective_instagram_media_id",
        "link_og_id",
        "object_id",
        "source_instagram_media_id",
    ),
}
_OWNER_FIELDS = ("owner", "business")


def object_fields(call: GraphCall) -> FieldTree:
    return parse_fields(call.params.get("fields", ""))


def read_node(sandbox: Sandbox, token: Token, *, thing: GraphObject, tree: FieldTree) -> dict[str, object]:
    """The asked fields that have a value, `id` always; selections on linked objects are followed."""
    require_scope(token, "ads_read")
    answer: dict[str, object] = {}
    for name, selection in (tree or _DEFAULTS[thing.kind]).items():
        if name not in thing.fields and name not in _OPTIONAL[thing.kind]:
            raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({thing.kind.value})")
        if thing.kind is Kind.ACCOUNT and name in _OWNER_FIELDS:
            require_scope(token, "business_management")
        value = thing.fields.get(name)
        if value is not None:
            answer[name] = _nested(sandbox, token, value=value, selection=selection)
    return answer | {"id": thing.id}


def check_refused(sandbox: Sandbox, thing: GraphObject, *, tree: FieldTree) -> None:
    """For an object that is asked about, not for one that another object only names."""
    refused = sandbox.refused_objects.get(thing.id)
    if refused is not None and (refused.field is None or refused.field in tree):
        raise GraphError(refused.message, refused.code, refused.subcode, refused.status)


def _nested(sandbox: Sandbox, token: Token, *, value: object, selection: FieldTree) -> object:
    if not selection or not isinstance(value, dict):
        return value
    linked = sandbox.dataset.objects.get(str(value.get("id")))
    if linked is not None:
        return read_node(sandbox, token, thing=linked, tree=selection)
    return {name: value[name] for name in selection if name in value}


def list_accounts(sandbox: Sandbox, token: Token, *, call: GraphCall) -> Page:
    require_scope(token, "ads_read")
    found = [sandbox.dataset.objects[name] for name in sandbox.dataset.accounts if sees(token, name)]
    return _read_page(sandbox, token, call=call, things=found)


def list_edge(sandbox: Sandbox, token: Token, *, call: GraphCall, edge: tuple[GraphObject, str]) -> Page:
    """Children in the order of creation, archived ones only when a status is asked for, deleted ones never."""
    parent, name = edge
    require_scope(token, "ads_read")
    if name == "activities":
        return _list_activities(sandbox, call, parent=parent)
    if name in EMPTY_EDGES:
        return slice_page(call, ())
    if name not in EDGES:
        raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({parent.kind.value})")
    children = sandbox.dataset.children.get((parent.id, EDGES[name]), [])
    filters = (*read_filters(call), *_status_filter(call))
    listed = _listed(sandbox, children, filters)
    found = [thing for thing in listed if exists(sandbox, thing) and thing.id not in sandbox.unlisted]
    return _read_page(sandbox, token, call=call, things=found)


def _list_activities(sandbox: Sandbox, call: GraphCall, *, parent: GraphObject) -> Page:
    asked = object_fields(call) or {"event_time": {}, "event_type": {}}
    for name in asked:
        if name not in ACTIVITY_FIELDS:
            raise bad_parameter(f"Tried accessing nonexisting field ({name}) on node type (AdActivity)")
    events = sandbox.activities.of(parent.id)
    return slice_page(call, [{name: event[name] for name in asked if name in event} for event in events])


def _read_page(sandbox: Sandbox, token: Token, *, call: GraphCall, things: list[GraphObject]) -> Page:
    tree, heaviest = object_fields(call), sandbox.heaviness.list_rows
    if heaviest is not None and page_limit(call) > heaviest:
        raise too_much_data()
    page = slice_page(call, things)
    shown = things[page.start.row :][: len(page.rows)]
    for thing in shown:
        check_refused(sandbox, thing, tree=tree)
    rows = [read_node(sandbox, token, thing=thing, tree=tree) for thing in shown]
    return Page(rows, page.start, page.following, page.total)


def _status_filter(call: GraphCall) -> tuple[Filter, ...]:
    statuses = call.strings("effective_status")
    return (Filter("effective_status", "IN", statuses),) if statuses else ()


def _listed(sandbox: Sandbox, things: Iterable[GraphObject], filters: tuple[Filter, ...]) -> list[GraphObject]:
    asks_status = any(rule.name.endswith("effective_status") for rule in filters)
    if any("DELETED" in rule.values for rule in filters):
        raise GraphError("(#100) Cannot request for deleted objects in a connection.", 100, 1815001)
    hidden = ("DELETED",) if asks_status else _HIDDEN
    return [
        thing
        for thing in things
        if thing.effective_status not in hidden
        and all(rule.accepts(_attribute(sandbox, thing, rule.name)) for rule in filters)
    ]


def _attribute(sandbox: Sandbox, thing: GraphObject, name: str) -> str:
    """A filter names a field of the thing itself, with or without its kind in front, or of what the thing lies in."""
    kind, _, field = name.rpartition(".")
    owner = _owner(sandbox, thing, kind)
    if owner is not None and field == "effective_status":
        return owner.effective_status
    if owner is None or field not in owner.fields:
        raise bad_parameter(f"Filtering field {name} is invalid")
    text = str(owner.fields[field])
    if field in ("updated_time", "created_time"):
        return str(int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()))
    return text


def _owner(sandbox: Sandbox, thing: GraphObject, kind: str) -> GraphObject | None:
    if kind in ("", thing.kind):
        return thing
    above = (sandbox.dataset.objects[parent] for parent in thing.parents)
    return next((parent for parent in above if parent.kind == kind), None)
