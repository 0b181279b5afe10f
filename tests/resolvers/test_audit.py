"""The audit log at the front door: what it tells, to whom, and that nobody who serves requests can change it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.worlds.sign_in import Answer, new_email, sign_in_world
from tests.worlds.tenants import Team, team_of, user_node

ASK = """
query ($filter: AuditFilter, $after: String, $first: Int) {
  auditLog(filter: $filter, after: $after, first: $first) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { action targetType targetId changes ip requestId actor { kind user { id } apiKey { id } } }
  }
}
"""


@pytest.fixture
async def team(tools: Toolbox) -> AsyncIterator[Team]:
    made = await team_of(sign_in_world(tools))
    yield made
    made.world.tools.credentials.passwords.close()


async def ask(team: Team, **variables: object) -> Answer:
    return await team.world.ask(ASK, bearer=team.owner.access_token.text, **variables)


async def actions(team: Team, **wanted: object) -> list[str]:
    answer = await ask(team, filter=wanted)
    assert answer.codes == []
    return [entry["action"] for entry in answer.data["auditLog"]["nodes"]]


async def test_an_entry_says_who_did_what_to_whom_and_from_where(team: Team) -> None:
    member = await team.member(Role.VIEWER)
    await team.tell(team.owner, "changeMemberRole", userId=user_node(member), role="ADMIN")
    entry = (await ask(team, first=1)).data["auditLog"]["nodes"][0]
    assert entry == {
        "action": "member.role_changed",
        "targetType": "User",
        "targetId": user_node(member),
        "changes": {"before": {"role": "VIEWER"}, "after": {"role": "ADMIN"}},
        "ip": "192.0.2.1",
        "requestId": "request-1",
        "actor": {"kind": "USER", "user": {"id": user_node(team.owner)}, "apiKey": None},
    }


async def test_whatever_changes_a_team_leaves_its_entry(team: Team) -> None:
    invitee, leaver = await team.stranger(address := new_email()), await team.member(Role.VIEWER)
    token = await team.invite(address)
    await team.tell(invitee, "acceptInvitation", token=token)
    await team.tell(leaver, "leaveTenant")
    told = await team.tell(team.owner, "inviteMember", email=new_email(), role="VIEWER")
    await team.tell(team.owner, "revokeInvitation", id=told.payload["invitation"]["id"])
    await team.tell(team.owner, "updateTenant", input={"name": "Renamed"})
    made = ["tenant.changed", "invitation.revoked", "member.invited", "member.left", "invitation.accepted"]
    seen = await actions(team)
    assert [each for each in seen if each in made] == [*made, "member.invited"]
    everything = str((await ask(team)).data)
    assert token not in everything
    assert str(told.payload["token"]) not in everything


async def test_the_filters_hold_together_and_pages_follow_each_other(team: Team) -> None:
    member = await team.member(Role.ADMIN)
    await team.tell(member, "inviteMember", email=new_email(), role="VIEWER")
    await team.tell(team.owner, "removeMember", userId=user_node(member))
    assert await actions(team, action="member.") == ["member.removed", "member.invited"]
    assert await actions(team, action="member.", actorId=user_node(member)) == ["member.invited"]
    assert await actions(team, action="member") == []
    assert await actions(team, action="%") == []
    assert await actions(team, since="2999-01-01T00:00:00Z") == await actions(team, until="2000-01-01T00:00:00Z") == []
    everything, paged, after = await actions(team), [], None
    while True:
        page = (await ask(team, first=2, after=after)).data["auditLog"]
        paged += [entry["action"] for entry in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert paged == everything
    assert len(everything) == page["totalCount"] >= 5
    assert (await ask(team, filter={"actorId": "x"})).codes == ["BAD_USER_INPUT"]


async def test_only_who_may_read_the_log_reads_it(team: Team) -> None:
    manager, admin = await team.member(Role.MANAGER), await team.member(Role.ADMIN)
    answers = [await team.ask(who, "{ auditLog { totalCount } }") for who in (manager, admin)]
    assert [answer.codes for answer in answers] == [["FORBIDDEN"], []]


@pytest.mark.parametrize("statement", ["update audit_log set action = 'nothing'", "delete from audit_log"])
async def test_no_entry_can_be_changed_or_removed(team: Team, statement: str) -> None:
    before = await actions(team)
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with team.world.db.write(team.owner.viewer) as session:
            await (await session.connection()).execute(
                text(f"{statement} where tenant_id = :tenant"), {"tenant": team.tenant_id}
            )
    assert await actions(team) == before
