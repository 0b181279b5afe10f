"""Key rotation: every readable token is stored with the new key, the others are told, nothing is lost meanwhile."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from auth.token_cipher import TokenCipher
from models.connections.access_grant import AccessGrant, access_grant_by_id
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from services.account_access import token_context, token_of
from services.installation.key_rotation import rotate_keys
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld, entity_world

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def grant(world: EntityWorld, key: str, token: str) -> AccessGrant:
    grant_id = new_id()
    sealed = TokenCipher([key]).encrypt(token_context(world.tenant_id, grant_id), token)
    row = AccessGrant(
        tenant_id=world.tenant_id,
        id=grant_id,
        platform=Platform.META,
        external_user_id=token,
        external_user_name="Ada",
        token_enc=sealed,
        connected_by=world.user_id,
    )
    return (await world.keep(row))[0]


async def stored(world: EntityWorld, row: AccessGrant) -> AccessGrant:
    async with world.db.read(world.viewer) as session:
        found = await access_grant_by_id(session, row.id)
    assert found is not None
    return found


async def test_tokens_are_stored_with_the_new_key_and_readable_by_it_alone(world: EntityWorld, tools: Toolbox) -> None:
    kept, known, lost = [await grant(world, key, f"token-{key[:4]}") for key in (OLD, NEW, LOST)]
    rotating = replace(tools, cipher=TokenCipher([NEW, OLD]))
    seen: list[int] = []
    first = await rotate_keys(rotating.db, rotating.cipher, lambda done: seen.append(done.rotated))
    assert first.rotated >= 1
    assert first.unreadable >= 1
    assert seen == sorted(seen)
    only_new = replace(tools, cipher=TokenCipher([NEW]))
    for row in (kept, known):
        assert token_of(only_new.cipher, await stored(world, row)) == row.external_user_id
    assert (await stored(world, known)).token_enc == known.token_enc, "what has the key is left as it is"
    assert (await stored(world, lost)).token_enc == lost.token_enc
    assert (await rotate_keys(rotating.db, rotating.cipher)).rotated == 0, "repeating it does nothing"
