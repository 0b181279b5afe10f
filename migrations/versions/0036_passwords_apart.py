"""the runtime role reads no hash of a password, and makes nobody staff

Revision: 0036, after 0035. Hashes have a table of their own. The runtime role writes them; two functions of the owner tell
how one was made and compare another with it. A process of the release before can neither read nor make an account while
it still runs.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import RUNTIME, SYSTEM

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# All that the program writes: who is staff, disabled or deleted has to begin as nobody.
_INSERTED = "id, email, email_verified_at, name, token_version, created_at"
# Everything of a hash but the digest after its last `$`: parameters and salt.
_FUNCTIONS = {
    "password_recipe(person uuid)": (
        "text",
        "select regexp_replace(hash, '[^$]*$', '') from public.user_password where user_id = person",
    ),
    "is_password(person uuid, candidate text)": (
        "boolean",
        "select exists (select from public.user_password where user_id = person and hash = candidate)",
    ),
}


def upgrade() -> None:
    op.create_table(
        "user_password",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_password")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_password_user_id")),
    )
    op.execute("insert into user_password select id, password_hash from user_account where password_hash is not null")
    op.drop_column("user_account", "password_hash")
    op.alter_column("user_account", "is_staff", server_default=sa.false())
    op.execute(f"revoke insert on user_account from {RUNTIME}")
    op.execute(f"grant insert ({_INSERTED}) on user_account to {RUNTIME}")
    op.execute(f"grant select (user_id), insert, update (hash), delete on user_password to {RUNTIME}")
    op.execute(f"grant select (user_id), delete on user_password to {SYSTEM}")
    for signature, (answer, body) in _FUNCTIONS.items():
        op.execute(f"""
            create function {signature} returns {answer} language sql stable security definer
            set search_path = pg_catalog, pg_temp as $body${body}$body$
        """)
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to {RUNTIME}")


def downgrade() -> None:
    for signature in _FUNCTIONS:
        op.execute(f"drop function {signature}")
    op.add_column("user_account", sa.Column("password_hash", sa.String(), nullable=True))
    op.execute(
        "update user_account set password_hash = hash from user_password where user_password.user_id = user_account.id"
    )
    op.execute(f"grant update (password_hash) on user_account to {RUNTIME}")
    op.execute(f"revoke insert ({_INSERTED}) on user_account from {RUNTIME}")
    op.execute(f"grant insert on user_account to {RUNTIME}")
    op.alter_column("user_account", "is_staff", server_default=None)
    op.drop_table("user_password")
