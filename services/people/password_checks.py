"""Whether a password is a person's. The stored hash stays in Postgres, which compares it with one made here."""

from dataclasses import dataclass
from uuid import UUID

from auth.viewer import Viewer
from models.database import Database, WriteSession
from models.people.user_password import has_password, is_password, password_recipe
from services.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """`recipe`: of the hash that was stored then, by which its change is noticed; None without a password.

    `new_hash` is to replace a right one of older parameters.
    """

    is_right: bool
    recipe: str | None
    new_hash: str | None = None


async def check_password(tools: Toolbox, user_id: UUID | None, password: str) -> PasswordCheck:
    """The same work for a person without a password, and for nobody. No session is open while it hashes."""
    async with tools.db.read(None) as session:
        recipe = await password_recipe(session, user_id)
    candidate = await tools.passwords.hash_again(password, recipe)
    async with tools.db.read(None) as session:
        is_right = await is_password(session, user_id, candidate)
    is_outdated = is_right and recipe is not None and tools.passwords.is_outdated(recipe)
    return PasswordCheck(is_right, recipe, await tools.passwords.hash(password) if is_outdated else None)


async def is_still_right(
    tools: Toolbox, session: WriteSession, user_id: UUID, password: str, checked: PasswordCheck
) -> bool:
    """Of a password that was right, and an account that the session holds."""
    recipe = await password_recipe(session, user_id)
    if recipe == checked.recipe:
        return True
    return await is_password(session, user_id, await tools.passwords.hash_again(password, recipe))


async def has_own_password(db: Database, viewer: Viewer) -> bool:
    if viewer.user_id is None:
        return False
    async with db.read(viewer) as session:
        return await has_password(session, viewer.user_id)
