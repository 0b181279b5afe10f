"""Owns changes to campaigns, ad sets and ads over the Graph: what is allowed, and how often; no reading."""

from collections.abc import Callable

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.objects import GraphObject, Kind
from sandbox.meta.errors import GraphError, bad_parameter
from sandbox.meta.sign_in.access import require_scope, token_of, visible
from sandbox.meta.state import Sandbox

_CHANGEABLE = (Kind.CAMPAIGN, Kind.AD_SET, Kind.AD)
_STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
_BUDGETS = ("daily_budget", "lifetime_budget")
_ACTIVE_ACCOUNT = 1
# Of one ad set or campaign within an hour.
_MOST_BUDGET_CHANGES = 4
_HOUR_S = 3600
_LONGEST_NAME = 400


def write_node(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    """Apply every given field or none."""
    token = token_of(sandbox, call)
    require_scope(token, "ads_management")
    thing = visible(sandbox, token, object_id=call.path)
    _check_changeable(sandbox, thing)
    asked = {"status": "DELETED"} if call.method == "DELETE" else call.params
    fields = {name: check(thing, asked[name]) for name, check in _FIELDS.items() if name in asked}
    if not fields:
        raise bad_parameter("Nothing to change: no field of this object was given")
    if any(name in fields for name in _BUDGETS):
        _spend_budget_change(sandbox, thing)
    sandbox.change(thing.id, fields)
    return {"success": True}


def _check_changeable(sandbox: Sandbox, thing: GraphObject) -> None:
    if thing.kind not in _CHANGEABLE:
        raise GraphError(f"Unsupported post request. Object with ID '{thing.id}' cannot be changed", 100, 33)
    check_active(sandbox, thing)
    if thing.fields["status"] == "DELETED":
        raise bad_parameter("A deleted object cannot be changed")


def check_active(sandbox: Sandbox, thing: GraphObject) -> None:
    if sandbox.dataset.objects[thing.account_id].fields["account_status"] != _ACTIVE_ACCOUNT:
        raise GraphError("(#200) The ad account is not active, so its ads cannot be managed", 200, status=403)


def _status(thing: GraphObject, text: str) -> str:
    if text not in _STATUSES:
        raise bad_parameter(f"status must be one of the following values: {', '.join(_STATUSES)}")
    if thing.fields["status"] == "ARCHIVED" and text not in ("ARCHIVED", "DELETED"):
        raise bad_parameter("An archived object can only be deleted or renamed")
    return text


def check_name(_thing: GraphObject, text: str) -> str:
    if not 0 < len(text) <= _LONGEST_NAME:
        raise bad_parameter(f"name must have 1 to {_LONGEST_NAME} characters")
    return text


def _budget(name: str) -> Callable[[GraphObject, str], str]:
    """In the currency's minor unit by Meta's own table: yen have none, so 500 are 500 yen."""

    def check(thing: GraphObject, text: str) -> str:
        if name not in thing.fields:
            raise bad_parameter(f"{name} cannot be set: the budget is elsewhere")
        if not text.isdecimal() or not int(text):
            raise bad_parameter(f"{name} must be a positive integer in the currency's minor unit")
        return str(int(text))

    return check


_FIELDS: dict[str, Callable[[GraphObject, str], str]] = {
    "name": check_name,
    "status": _status,
    **{name: _budget(name) for name in _BUDGETS},
}


def _spend_budget_change(sandbox: Sandbox, thing: GraphObject) -> None:
    now_s = sandbox.stopwatch.now_s()
    recent = [at_s for at_s in sandbox.budget_changes.get(thing.id, ()) if at_s > now_s - _HOUR_S]
    if len(recent) >= _MOST_BUDGET_CHANGES:
        message = f"(#613) The budget of this object can be changed {_MOST_BUDGET_CHANGES} times per hour"
        raise GraphError(message, 613, 1487632)
    sandbox.budget_changes[thing.id] = [*recent, now_s]
