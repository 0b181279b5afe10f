"""How many calls wait for a first call: of one key, of one tenant, and who is not counted with them."""

from contextlib import ExitStack

import pytest

from errors import RateLimited
from models.ids import new_id
from services.waiting_calls import MOST_OF_A_KEY, MOST_OF_A_TENANT, place_to_wait


def test_a_place_is_free_again_when_its_call_has_ended_and_other_keys_have_their_own() -> None:
    tenant_id = new_id()
    with ExitStack() as waiting:
        for _ in range(MOST_OF_A_KEY):
            waiting.enter_context(place_to_wait(tenant_id, "key"))
        with pytest.raises(RateLimited), place_to_wait(tenant_id, "key"):
            pass
        with place_to_wait(tenant_id, "another"), place_to_wait(new_id(), "key"):
            pass
    with place_to_wait(tenant_id, "key"):
        pass


def test_many_keys_of_a_tenant_leave_room_for_other_tenants() -> None:
    tenant_id = new_id()
    with ExitStack() as waiting:
        for number in range(MOST_OF_A_TENANT):
            waiting.enter_context(place_to_wait(tenant_id, str(number)))
        with pytest.raises(RateLimited), place_to_wait(tenant_id, "one more"):
            pass
        with place_to_wait(new_id(), "one more"):
            pass


def test_a_call_that_fails_leaves_its_place() -> None:
    tenant_id = new_id()
    for _ in range(MOST_OF_A_KEY + 1):
        with pytest.raises(KeyError), place_to_wait(tenant_id, "key"):
            raise KeyError
