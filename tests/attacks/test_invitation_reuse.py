"""Attack 3: invitations that were used, withdrawn, replaced, expired, made by a fallen admin, or another's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.stand_ins.mailbox import deliver, letters_to, token_mailed_to
from tests.worlds.limits import limits_world, told_wait
from tests.worlds.sign_in import PASSWORD, new_email, sign_in_world
from tests.worlds.tenants import Team, team_of, user_node

LIST = "{ tenant { invitations { totalCount nodes { email role expiresAt invitedBy { name } } } } }"


@pytest.fixture
async def team(tools: Toolbox) -> AsyncIterator[Team]:
    made = await team_of(sign_in_world(tools))
    yield made
    made.world.tools.credentials.passwords.close()


async def test_an_invitation_is_taken_once_and_only_by_its_verified_address(team: Team) -> None:
    address = new_email()
    token = await team.invite(address.upper(), Role.MANAGER)
    stranger, invitee = await team.stranger(), await team.world.person(email=address)
    for wrong in (stranger, invitee):  # another address; the right one, not verified yet
        assert (await team.tell(wrong, "acceptInvitation", token=token)).codes == ["FORBIDDEN"]
    await team.world.change_user(invitee.viewer.responsible_id, email_verified_at=team.world.clock())
    joined = await team.tell(invitee, "acceptInvitation", token=token)
    assert joined.payload["viewer"]["role"] == "MANAGER"
    assert joined.payload["viewer"]["tenant"]["name"] == "Team"
    assert await team.roles(invitee, stranger) == [Role.MANAGER, None]
    for anybody in (invitee, stranger):
        assert (await team.tell(anybody, "acceptInvitation", token=token)).codes == ["TOKEN_INVALID"]


async def test_a_withdrawn_replaced_expired_or_invented_token_opens_nothing(team: Team) -> None:
    invitee = await team.stranger(address := new_email())
    replaced = await team.invite(address)
    told = await team.tell(team.owner, "inviteMember", email=address, role="ADMIN")
    listed = (await team.ask(team.owner, LIST)).data["tenant"]["invitations"]
    assert (listed["totalCount"], listed["nodes"][0]["role"]) == (1, "ADMIN")
    assert (await team.tell(invitee, "acceptInvitation", token=replaced)).codes == ["TOKEN_INVALID"]
    await team.tell(team.owner, "revokeInvitation", id=told.payload["invitation"]["id"])
    for dead in (told.payload["token"], "ago_" + "A" * 43, "\ud800"):
        assert (await team.tell(invitee, "acceptInvitation", token=dead)).codes == ["TOKEN_INVALID"]
    expired = await team.invite(address)
    team.world.clock.move(days=7)
    invitee = await team.again(invitee)
    assert (await team.tell(invitee, "acceptInvitation", token=expired)).codes == ["TOKEN_EXPIRED"]
    assert await team.roles(invitee) == [None]


async def test_of_two_who_take_an_invitation_at_once_one_gets_it(team: Team) -> None:
    invitee = await team.stranger(address := new_email())
    token = await team.invite(address)
    told = await asyncio.gather(*(team.tell(invitee, "acceptInvitation", token=token) for _ in range(8)))
    assert [code for each in told for code in each.codes] == ["TOKEN_INVALID"] * 7


async def test_an_invitation_dies_with_what_its_maker_may_grant(team: Team) -> None:
    admin, address = await team.member(Role.ADMIN), new_email()
    invitee = await team.stranger(address)
    token = (await team.tell(admin, "inviteMember", email=address, role="ADMIN")).payload["token"]
    await team.tell(team.owner, "changeMemberRole", userId=user_node(admin), role="MANAGER")
    assert (await team.tell(invitee, "acceptInvitation", token=token)).codes == ["TOKEN_INVALID"]
    await team.tell(team.owner, "changeMemberRole", userId=user_node(admin), role="ADMIN")
    assert (await team.tell(invitee, "acceptInvitation", token=token)).codes == []


async def test_registering_with_an_invitation_joins_its_tenant_with_its_address_alone(team: Team) -> None:
    address = new_email()
    token = await team.invite(address, Role.MANAGER)
    given = {"email": address, "password": PASSWORD, "name": "New Body", "invitationToken": token}
    for wrong, code in (({"email": new_email()}, "FORBIDDEN"), ({"tenantName": "And a tenant"}, "INVALID")):
        assert (await team.tell(team.owner, "register", input={**given, **wrong})).codes == [code]
    joined = await team.tell(team.owner, "register", input=given)
    assert joined.payload["viewer"]["role"] == "MANAGER"
    viewer = await team.world.ask("{ viewer { emailVerified } }", bearer=joined.payload["accessToken"])
    assert viewer.data["viewer"]["emailVerified"] is False  # who invited has seen the token too
    again = await team.tell(team.owner, "register", input={**given, "email": new_email()})
    assert again.codes == ["TOKEN_INVALID"]


async def test_the_same_key_invites_once_and_leaves_no_token_behind(team: Team) -> None:
    wanted = {"email": new_email(), "role": "VIEWER", "idempotencyKey": "key-1"}
    told = await asyncio.gather(*(team.tell(team.owner, "inviteMember", **wanted) for _ in range(3)))
    token = told[0].payload["token"]
    assert [each.payload for each in told] == [told[0].payload] * 3
    assert (await team.tell(team.owner, "inviteMember", **{**wanted, "role": "ADMIN"})).codes == ["CONFLICT"]
    async with team.world.db.read(team.owner.viewer) as session:
        query = text("select answer::text from idempotency_key where tenant_id = :tenant")
        found = await (await session.connection()).execute(query, {"tenant": team.tenant_id})
        answers = found.scalars().all()
    assert len(answers) == 1
    assert token not in str(answers)
    assert await token_mailed_to(team.world.tools, str(wanted["email"])) == token
    assert len(letters_to(team.world.tools, str(wanted["email"]))) == 1


async def test_inviting_a_member_or_no_address_is_refused(team: Team) -> None:
    member = await team.member(Role.VIEWER)
    address = (await team.world.user(member.viewer.responsible_id)).email
    for email, code in ((address, "ALREADY_EXISTS"), ("nobody", "INVALID")):
        assert (await team.tell(team.owner, "inviteMember", email=email, role="VIEWER")).codes == [code]


async def test_only_who_manages_members_sees_invitations(team: Team) -> None:
    await team.invite(new_email())
    manager = await team.member(Role.MANAGER)
    seen = await team.ask(manager, LIST)
    assert (seen.codes, seen.data) == (["FORBIDDEN"], {"tenant": {"invitations": None}})


@pytest.mark.parametrize(
    "name", ["Win at https://evil.example/x", "evil.example", "ann@evil.example", "evil\u3002example"]
)
async def test_names_put_no_link_into_a_letter(team: Team, name: str) -> None:
    address = new_email()
    await team.world.change_user(team.owner.viewer.responsible_id, name=name)
    renamed = await team.tell(team.owner, "updateTenant", input={"name": name})
    assert renamed.codes == []
    await team.invite(address)
    await deliver(team.world.tools)
    [letter] = letters_to(team.world.tools, address)
    text = (letter.get_body(("plain",)) or letter).get_content()
    for shown in (str(letter["Subject"]), text.partition("/accept-invitation")[0].rpartition("\n")[0]):
        assert "\u2060" in shown
        assert not any(link in shown for link in ("://", "evil.example", "evil\u3002example"))


async def test_a_new_invitation_neither_lowers_nor_voids_a_higher_one(team: Team) -> None:
    admin, address = await team.member(Role.ADMIN), new_email()
    invitee = await team.stranger(address)
    token = (await team.tell(team.owner, "inviteMember", email=address, role="OWNER")).payload["token"]
    assert (await team.tell(admin, "inviteMember", email=address, role="VIEWER")).codes == ["FORBIDDEN"]
    assert (await team.tell(team.owner, "inviteMember", email=address, role="ADMIN")).codes == ["CONFLICT"]
    joined = await team.tell(invitee, "acceptInvitation", token=token)
    assert joined.payload["viewer"]["role"] == "OWNER"


async def test_a_higher_invitation_that_is_over_holds_nothing_up(team: Team) -> None:
    withdrawn, expired = new_email(), new_email()
    told = await team.tell(team.owner, "inviteMember", email=withdrawn, role="ADMIN")
    await team.tell(team.owner, "revokeInvitation", id=told.payload["invitation"]["id"])
    assert (await team.tell(team.owner, "inviteMember", email=withdrawn, role="VIEWER")).codes == []
    await team.invite(expired, Role.ADMIN)
    team.world.clock.move(days=7)
    owner = await team.again(team.owner)
    assert (await team.tell(owner, "inviteMember", email=expired, role="VIEWER")).codes == []


async def test_no_team_writes_to_an_address_again_and_again(tools: Toolbox) -> None:
    address, text = (
        new_email(),
        "mutation ($e: String!) { inviteMember(email: $e, role: VIEWER) { userErrors { code } } }",
    )
    async with limits_world(tools) as world:
        for number in range(3):
            person = await world.person()
            assert (await person.ask(text, e=address if number else address.upper())).data["inviteMember"][
                "userErrors"
            ] == []
        person = await world.person()
        told_wait(await person.ask(text, e=address), 200)
        assert (await person.ask(text, e=new_email())).status == 200
