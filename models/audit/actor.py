"""The kinds of actors that request refreshes and are named in audit entries."""

from enum import StrEnum


class ActorKind(StrEnum):
    USER = "USER"
    API_KEY = "API_KEY"
    SCHEDULE = "SCHEDULE"
    WEBHOOK = "WEBHOOK"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"
    AGENT = "AGENT"
