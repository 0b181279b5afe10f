"""Checks passwords. The stored hash never leaves Postgres, which compares it with a hash that is made here."""

from dataclasses import dataclass
from uuid import UUID

from auth.passwords import PasswordHasher
from auth.viewer import Viewer
from models.database import Database, WriteSession
from models.people.user_password import has_password, is_password, password_recipe


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """The outcome of a check.

    `recipe` has the parameters and the salt of the stored hash, by which a later change is noticed; None for somebody
    without a password. `new_hash` is to be stored when the password is right but its hash has old parameters.
    """

    is_right: bool
    recipe: str | None
    new_hash: str | None = None


async def check_password(db: Database, passwords: PasswordHasher, user_id: UUID | None, password: str) -> PasswordCheck:
    """Compares the password with the person's.

    It does the same work for a person without a password, and for None, so that its time tells nothing. No transaction
    is open while it hashes.
    """
    async with db.read(None) as session:
        recipe = await password_recipe(session, user_id)
    candidate = await passwords.hash_again(password, recipe)
    async with db.read(None) as session:
        is_right = await is_password(session, user_id, candidate)
    is_outdated = is_right and recipe is not None and passwords.is_outdated(recipe)
    return PasswordCheck(is_right, recipe, await passwords.hash(password) if is_outdated else None)


async def is_still_right(
    passwords: PasswordHasher, session: WriteSession, user_id: UUID, password: str, checked: PasswordCheck
) -> bool:
    """Whether a password that was right in `checked` still is; the caller has locked the account."""
    recipe = await password_recipe(session, user_id)
    if recipe == checked.recipe:
        return True
    return await is_password(session, user_id, await passwords.hash_again(password, recipe))


async def has_own_password(db: Database, viewer: Viewer) -> bool:
    """Whether the viewer has set a password; False for an API key."""
    if viewer.user_id is None:
        return False
    async with db.read(viewer) as session:
        return await has_password(session, viewer.user_id)
