"""The front door: a socket's viewer is looked at again, and another role is another connection."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from auth.viewer import Viewer
from errors import Unauthenticated
from models.acting import Origin, TenantScope
from models.tenants.membership import Membership, Role
from resolvers.context import Context
from resolvers.door import FrontDoor
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox

ORIGIN = Origin(ip=None, user_agent=None, request_id="door-test-1")


def context_of(tools: Toolbox, viewer: Viewer | None, **params: object) -> Context:
    return Context(viewer, tools, tools.db.bounded(2), ORIGIN, connection_params=dict(params))


async def somebody(tools: Toolbox) -> tuple[Viewer, str]:
    person = Registration(
        email=f"{uuid4().hex}@example.com", password="correct horse battery", name="Ann", tenant_name="Acme"
    )
    signed_in = await register(tools, ORIGIN, person)
    return signed_in.viewer, signed_in.access_token.text


async def test_a_socket_is_admitted_by_its_own_token(tools: Toolbox) -> None:
    viewer, token = await somebody(tools)
    context = context_of(tools, None, Authorization=f"Bearer {token}")
    left_s = await FrontDoor(replace(tools, clock=lambda: viewer.token_expires_at - timedelta(minutes=3))).admit(
        context
    )
    assert context.viewer is not None
    assert (context.viewer.user_id, left_s) == (viewer.user_id, 180)


@pytest.mark.parametrize("presented", [3, None, ["Bearer x"], "Bearer x"])
async def test_credentials_that_are_none_are_refused(tools: Toolbox, presented: object) -> None:
    with pytest.raises(Unauthenticated):
        await FrontDoor(tools).admit(context_of(tools, None, authorization=presented))


async def test_an_anonymous_socket_has_nothing_to_look_at(tools: Toolbox) -> None:
    assert await FrontDoor(tools).admit(context_of(tools, None)) is None
    assert await FrontDoor(tools).recheck(context_of(tools, None)) is None


async def test_a_viewer_that_still_holds_stays(tools: Toolbox) -> None:
    viewer, _token = await somebody(tools)
    own = replace(tools, clock=lambda: viewer.token_expires_at - timedelta(minutes=2))
    assert await FrontDoor(own).recheck(context_of(tools, viewer)) == 120


async def test_an_expired_token_ends_the_socket(tools: Toolbox) -> None:
    viewer, _token = await somebody(tools)
    expired = replace(viewer, token_expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(Unauthenticated):
        await FrontDoor(tools).recheck(context_of(tools, expired))


@pytest.mark.parametrize("is_removed", [True, False])
async def test_another_role_ends_the_socket(tools: Toolbox, is_removed: bool) -> None:
    viewer, _token = await somebody(tools)
    async with tools.db.write(TenantScope(viewer.tenant_id, viewer.user_id)) as session:
        membership = await session.get(Membership, (viewer.tenant_id, viewer.user_id))
        assert membership is not None
        if is_removed:
            await session.delete(membership)
        else:
            membership.role = Role.VIEWER
    with pytest.raises(Unauthenticated):
        await FrontDoor(tools).recheck(context_of(tools, viewer))
