"""The role table is the contract's, word for word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from auth.permissions import RECENT, Permission, may_grant, permissions_of, require, require_recent_sign_in
from auth.viewer import Viewer
from errors import Forbidden, Unauthenticated
from models.acting import Origin
from models.tenants.membership import Role

ADDED = {
    Role.VIEWER: "READ",
    Role.MANAGER: "REFRESH EDIT_NAMING EXPORT EDIT_CATALOG SELL",
    Role.ADMIN: "CONNECT_ACCOUNTS MANAGE_ADS REFUND MANAGE_MEMBERS MANAGE_API_KEYS READ_AUDIT",
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
    with pytest.raises(Forbidden, match="CONNECT_ACCOUNTS; ask an admin"):
        require(viewer(Role.MANAGER), Permission.CONNECT_ACCOUNTS)
    admin = viewer(Role.ADMIN)
    assert require(admin, Permission.CONNECT_ACCOUNTS) is admin
    with pytest.raises(Forbidden, match="MANAGE_BILLING; ask an owner"):
        require(admin, Permission.MANAGE_BILLING)


def test_without_a_tenant_or_a_role_there_is_no_permission() -> None:
    for nobody, told in ((viewer(Role.OWNER, with_tenant=False), "no tenant now"), (viewer(None), "permission READ")):
        with pytest.raises(Forbidden, match=told):
            require(nobody, Permission.READ)


def test_nobody_grants_a_role_above_their_own() -> None:
    assert [role for role in Role if may_grant(viewer(Role.ADMIN), role)] == [Role.ADMIN, Role.MANAGER, Role.VIEWER]


def test_a_sign_in_is_recent_for_five_minutes_and_unknown_ones_never_are() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    fresh = replace(viewer(Role.OWNER), signed_in_at=now - RECENT)
    assert require_recent_sign_in(fresh, now) is fresh
    for stale in (viewer(Role.OWNER), replace(fresh, signed_in_at=now - RECENT - timedelta(seconds=1))):
        with pytest.raises(Forbidden) as refused:
            require_recent_sign_in(stale, now)
        assert refused.value.reason == "REAUTHENTICATE"
