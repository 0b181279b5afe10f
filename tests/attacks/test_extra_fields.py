"""Attack 15 at the door: fields that nobody offered are refused with the whole input, and nothing of it is stored."""

import pytest

from tests.attacks.front import REGISTER, Front
from tests.worlds.sign_in import PASSWORD, new_email


@pytest.mark.parametrize("field", ["tenantId", "role", "plan", "emailVerified", "isStaff", "id", "__proto__"])
async def test_registering_with_more_than_is_asked_for_is_refused_as_a_whole(front: Front, field: str) -> None:
    email = new_email()
    wanted = {"email": email, "password": PASSWORD, "name": "Ann", "tenantName": "Acme", field: "OWNER"}
    reply = await front.client.ask(REGISTER, input=wanted)
    assert (reply.data or {}).get("register") is None
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    del wanted[field]
    assert (await front.client.ask(REGISTER, input=wanted)).data["register"]["accessToken"], "nothing was stored before"


async def test_a_new_person_is_neither_verified_nor_staff_nor_paying(front: Front) -> None:
    ann = await front.person()
    reply = await ann.client.ask(
        "{ viewer { role isStaff emailVerified } tenant { subscription { plan { key } status } } }"
    )
    assert reply.data["viewer"] == {"role": "OWNER", "isStaff": False, "emailVerified": False}
    assert reply.data["tenant"]["subscription"]["plan"]["key"] == "FREE"
