"""Owns what an account's activity log says of changes to its things; must not make the changes."""

from dataclasses import dataclass, field

import msgspec

from sandbox.meta.data.objects import GraphObject, Kind

_WORDS = {Kind.CAMPAIGN: "campaign", Kind.AD_SET: "ad_set", Kind.AD: "ad"}
_EVENTS = {"name": "name", "status": "run_status", "daily_budget": "budget", "lifetime_budget": "budget"}
FIELDS = (
    "event_type",
    "event_time",
    "object_id",
    "object_name",
    "object_type",
    "extra_data",
    "actor_name",
    "application_name",
    # Known and without a value here.
    "actor_id",
    "application_id",
    "date_time_in_timezone",
    "translated_event_type",
)


@dataclass(slots=True)
class ActivityLog:
    """Newest first, like Meta's."""

    _by_account: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, thing: GraphObject, name: str, *, value: object, at: str) -> None:
        """Tell of one field that gets a new value; to be called before it has it."""
        if name not in _EVENTS or thing.kind not in _WORDS:
            return
        change = {"old_value": thing.fields.get(name), "new_value": value}
        event: dict[str, object] = {
            "event_type": f"update_{_WORDS[thing.kind]}_{_EVENTS[name]}",
            "event_time": at,
            "object_id": thing.id,
            "object_name": str(thing.fields["name"]),
            "object_type": _WORDS[thing.kind].upper(),
            "extra_data": msgspec.json.encode(change).decode(),
            "actor_name": "Demo Marketer",
            "application_name": "Ads Manager (sandbox)",
        }
        self._by_account.setdefault(thing.account_id, []).insert(0, event)

    def of(self, account_id: str) -> list[dict[str, object]]:
        return self._by_account.get(account_id, [])

    def clear(self) -> None:
        self._by_account.clear()
