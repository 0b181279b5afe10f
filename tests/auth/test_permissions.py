"""The role table is the contract's, word for word."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from auth.permissions import Permission, permissions_of, require
from auth.viewer import Origin, Viewer
from errors import Forbidden, Unauthenticated
from models.membership import Role

ADDED = {
    Role.VIEWER: "READ",
    Role.MANAGER: "REFRESH EDIT_NAMING EXPORT",
    Role.ADMIN: "CONNECT_ACCOUNTS MANAGE_ADS MANAGE_MEMBERS MANAGE_API_KEYS READ_AUDIT",
    Role.OWNER: "MANAGE_BILLING MANAGE_TENANT",
}


def viewer(role: Role | None, *, with_tenant: bool = True) -> Viewer:
    return Viewer(
        user_id=uuid4(),
        tenant_id=uuid4() if with_tenant else None,
        role=role,
        session_id=uuid4(),
        is_staff=False,
        token_expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        origin=Origin(None, None, "request"),
    )


def test_each_role_has_what_the_one_before_has_and_more() -> None:
    expected: set[str] = set()
    for role, added in ADDED.items():
        expected |= set(added.split())
        assert {str(permission) for permission in permissions_of(role)} == expected
    assert expected == {str(permission) for permission in Permission}


def test_nobody_without_credentials_passes() -> None:
    with pytest.raises(Unauthenticated):
        require(None, Permission.READ)


def test_a_role_too_low_is_forbidden_and_a_sufficient_one_passes() -> None:
    with pytest.raises(Forbidden, match="CONNECT_ACCOUNTS"):
        require(viewer(Role.MANAGER), Permission.CONNECT_ACCOUNTS)
    admin = viewer(Role.ADMIN)
    assert require(admin, Permission.CONNECT_ACCOUNTS) is admin


def test_without_a_tenant_or_a_role_there_is_no_permission() -> None:
    for nobody in (viewer(Role.OWNER, with_tenant=False), viewer(None)):
        with pytest.raises(Forbidden):
            require(nobody, Permission.READ)
