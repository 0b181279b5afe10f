"""What each role may do: all decisions by role, and by the age of a sign-in, are made here."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from auth.viewer import Viewer
from errors import Forbidden, Unauthenticated
from models.tenants.membership import Role

RECENT = timedelta(minutes=5)
REAUTHENTICATE = "REAUTHENTICATE"


class Permission(StrEnum):
    READ = "READ"
    REFRESH = "REFRESH"
    EDIT_NAMING = "EDIT_NAMING"
    EXPORT = "EXPORT"
    CONNECT_ACCOUNTS = "CONNECT_ACCOUNTS"
    MANAGE_ADS = "MANAGE_ADS"
    EDIT_CATALOG = "EDIT_CATALOG"
    SELL = "SELL"
    REFUND = "REFUND"
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    MANAGE_API_KEYS = "MANAGE_API_KEYS"
    READ_AUDIT = "READ_AUDIT"
    MANAGE_BILLING = "MANAGE_BILLING"
    MANAGE_TENANT = "MANAGE_TENANT"


_VIEWER = frozenset({Permission.READ})
_MANAGER = _VIEWER | {
    Permission.REFRESH,
    Permission.EDIT_NAMING,
    Permission.EXPORT,
    Permission.EDIT_CATALOG,
    Permission.SELL,
}
_ADMIN = _MANAGER | {
    Permission.CONNECT_ACCOUNTS,
    Permission.MANAGE_ADS,
    Permission.REFUND,
    Permission.MANAGE_MEMBERS,
    Permission.MANAGE_API_KEYS,
    Permission.READ_AUDIT,
}
_OWNER = _ADMIN | {Permission.MANAGE_BILLING, Permission.MANAGE_TENANT}

_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _OWNER,
}

# Permissions that API keys never have: who belongs to a tenant, which keys act for it and what it pays are decided by
# persons who are signed in.
_PEOPLE_ONLY = frozenset(
    {
        Permission.MANAGE_MEMBERS,
        Permission.MANAGE_API_KEYS,
        Permission.MANAGE_BILLING,
        Permission.MANAGE_TENANT,
    }
)


def permissions_of(role: Role | None) -> frozenset[Permission]:
    """Everything a role allows; without a role, nothing."""
    return _PERMISSIONS[role] if role is not None else frozenset()


def permissions_of_viewer(viewer: Viewer) -> frozenset[Permission]:
    """What the viewer's role allows; an API key does not have the permissions that only persons have."""
    allowed = permissions_of(viewer.role)
    return allowed - _PEOPLE_ONLY if viewer.is_api_key else allowed


def require(viewer: Viewer | None, permission: Permission) -> Viewer:
    """The viewer, if the role in the active tenant has the permission; raises Unauthenticated or Forbidden."""
    if viewer is None:
        raise Unauthenticated
    if viewer.tenant_id is None or permission not in permissions_of_viewer(viewer):
        raise Forbidden(_refusal(viewer, permission))
    return viewer


def _refusal(viewer: Viewer, permission: Permission) -> str:
    if viewer.is_api_key:
        return f"This API key does not have the permission {permission}."
    if viewer.tenant_id is None:
        return "You work in no tenant now: switch to one of yours, create one or accept an invitation."
    helper = "an admin" if permission in _ADMIN else "an owner"
    return f"Your role does not have the permission {permission}; ask {helper} of the tenant."


def require_recent_sign_in(viewer: Viewer, now: datetime) -> Viewer:
    """The viewer, if the sign-in was within the last 5 minutes; raises Forbidden with the reason REAUTHENTICATE.

    It is for acts that a stolen or forgotten session must not do, such as changing owners or deleting a tenant.
    """
    if viewer.signed_in_at is None or now - viewer.signed_in_at > RECENT:
        raise Forbidden("This needs a sign-in within the last 5 minutes: sign in again.", reason=REAUTHENTICATE)
    return viewer


def may_grant(viewer: Viewer, role: Role) -> bool:
    """Whether the viewer may give somebody this role: it must not allow more than the viewer's own."""
    return permissions_of(role) <= permissions_of(viewer.role)


def lesser_role(*roles: Role) -> Role:
    """The role that allows least of these."""
    return min(roles, key=lambda role: len(permissions_of(role)))


def person_id_of(viewer: Viewer) -> UUID:
    """The signed-in person; raises Forbidden for an API key."""
    if viewer.user_id is None:
        raise Forbidden("This is for people: sign in instead of sending an API key.")
    return viewer.user_id


def require_staff(viewer: Viewer) -> UUID:
    """The viewer's person, if they are staff of the installation; raises Forbidden."""
    if not viewer.is_staff:
        raise Forbidden("This is for staff of the installation.")
    return person_id_of(viewer)
