"""What the runtime role may not do even with SQL of its own: make somebody staff, or delete a person."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from models.database import Database


@pytest.mark.parametrize(
    "statement",
    [
        "update user_account set is_staff = true",
        "update user_account set is_staff = false",
        "update user_account set id = id",
        "update user_account set created_at = now()",
        "delete from user_account",
    ],
)
async def test_the_runtime_role_is_refused(db: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with db.write(None) as session:
            await (await session.connection()).execute(text(statement))
