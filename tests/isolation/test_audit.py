"""Every mutation that changes something says so in the audit log, in the transaction that changes it.

Made from the built schema: a new mutation is asked for with the ids of a tenant that has a row of everything. One that
this cannot make succeed is to be named below, with the entry that it writes and the test that makes it.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from auth.one_time_tokens import one_time_token_hash
from embedded.postgres import DatabaseUrls
from models.acting import TenantScope
from models.audit.entry import INSTALLATION
from models.people.one_time_token import OneTimeToken, TokenPurpose
from models.people.user import User, insert_user_unless_email_taken
from models.people.user_password import UserPassword
from models.tables import metadata
from models.tenants.membership import Membership, Role, memberships_of_user
from services.toolbox import Toolbox
from tests.isolation.canaries import LATER, NOT_SHOWN, NOW, CanaryTenant
from tests.isolation.operations import Place, Writer
from tests.isolation.test_isolation import NODE_TYPES, WRITES, fields_of
from tests.isolation.worlds import PASSWORD, SCHEMA, Worlds, known_to, worlds_of

TESTS = Path(__file__).resolve().parent.parent

# They need a platform, a secret that only the caller has, or two tenants: the entry, and the test that makes it.
MADE_ELSEWHERE = {
    "sendMessage": ("channel_job.requested", "services/conversations/test_sending.py"),
    "actOnCase": ("channel_job.requested", "services/cases/test_acting.py"),
    "addProductImage": ("product.image_added", "services/products/images/test_adding.py"),
    "adminDeleteUser": ("user.deleted", "resolvers/test_installation.py"),
    "adminSetUserDisabled": ("user.disabled", "resolvers/test_installation.py"),
    "acceptInvitation": ("invitation.accepted", "resolvers/test_audit.py"),
    "addAccessGrant": ("access_grant.connected", "services/connections/test_grants.py"),
    "completeOAuth": ("access_grant.connected", "services/connections/test_dialog.py"),
    "arrangeProductImages": ("product.images_arranged", "services/products/images/test_adding.py"),
    "importOrders": ("orders.saved", "resolvers/orders/test_importing.py"),
    "pairRelay": ("channel.paired", "resolvers/relay/test_pairing.py"),
    "refreshSession": ("session.refreshed", "services/people/test_sessions.py"),
    "register": ("user.registered", "services/sign_in/test_by_password.py"),
    "deleteAttribute": ("attribute.deleted", "services/products/test_vocabulary.py"),
    "importProducts": ("products.imported", "services/products/files/test_importing.py"),
    "restoreProduct": ("product.restored", "services/products/test_removal.py"),
    "retryRefreshJob": ("refresh.retried", "services/refreshes/test_retrying.py"),
    "retryChannelJob": ("channel_job.retried", "services/channel_jobs/test_by_people.py"),
    "publishProducts": ("channel_job.requested", "services/listings/test_publishing.py"),
    "updateListing": ("channel_job.requested", "services/listings/test_changing.py"),
    "endListings": ("channel_job.requested", "services/listings/test_changing.py"),
    "importListings": ("product.created", "services/listings/test_importing.py"),
    "linkListing": ("listing.unlinked", "services/listings/test_changing.py"),
    "decideSuggestions": ("suggestion.accepted", "services/listings/test_suggestions.py"),
    "deleteProduct": ("product.deleted", "services/products/test_removal.py"),
    "shipOrder": ("channel_job.requested", "services/orders/acting/test_asking.py"),
    "refundOrder": ("channel_job.requested", "services/orders/acting/test_asking.py"),
    "cancelOrder": ("channel_job.requested", "services/orders/acting/test_asking.py"),
    "syncChannel": ("channel_job.requested", "services/channel_jobs/test_requests.py"),
    "setAdSetStatus": (".status_set", "services/ads/test_changes.py"),
    "setAdStatus": (".status_set", "services/ads/test_changes.py"),
    "setCampaignStatus": ("campaign.status_set", "services/ads/test_changes.py"),
    "setDailyBudget": ("campaign.daily_budget_set", "services/ads/test_changes.py"),
}
# A page to open or a letter to send is asked for; what comes of it is in the log when it comes.
CHANGES_NOTHING = {
    # What a browser extension is handed out and reports is told by the job, which was asked for.
    "claimRelayWork",
    "reportRelayStep",
    "beginConnection",
    "beginSignIn",
    "requestPasswordReset",
    "createCheckoutSession",
    "createBillingPortalSession",
}
# Rows beside the change that are nobody's affair: what a key answered, letters, counters.
BOOKKEEPING = {"idempotency_key", "outgoing_mail", "oauth_flow", "usage_counter"}
ROWS = 'select to_jsonb(t)::text, t.xmin::text from "{}" t'

MUTATIONS = sorted(set(fields_of(SCHEMA.mutation_type)) - set(MADE_ELSEWHERE) - CHANGES_NOTHING)


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row that the tenant sees, as text, with the transaction that wrote it."""

    written_by: dict[tuple[str, str], str]

    def fresh(self, before: "Rows") -> Counter[tuple[str, str]]:
        """How many rows of each table each transaction has written since."""
        new = self.written_by.keys() - before.written_by.keys()
        return Counter((table, self.written_by[table, row]) for table, row in new)

    def gone(self, before: "Rows") -> set[str]:
        """The tables that lost rows, or changed some."""
        return {table for table, _ in before.written_by.keys() - self.written_by.keys()}


async def rows_of(tools: Toolbox, postgres: DatabaseUrls, tenant: CanaryTenant) -> Rows:
    """In every tenant that the person belongs to or was in, and in the log of the installation."""
    person_id = tenant.id_of("user_account")
    found: dict[tuple[str, str], str] = {}
    async with tools.db.read(tenant.scope) as session:
        own = {each.tenant_id for each in await memberships_of_user(session, person_id)}
    for tenant_id in own | {tenant.id_of("tenant"), INSTALLATION}:
        async with tools.db.read(TenantScope(tenant_id, person_id)) as session:
            connection = await session.connection()
            for table in metadata.sorted_tables:
                if table.name not in NOT_SHOWN:
                    rows = await connection.execute(text(ROWS.format(table.name)))
                    found |= {(table.name, row): writer for row, writer in rows}
    # Whose hashes the owner alone may read.
    async with await psycopg.AsyncConnection.connect(postgres.migration) as owner:
        passwords = await owner.execute(ROWS.format(UserPassword.__tablename__).encode())
        found |= {(UserPassword.__tablename__, row): writer async for row, writer in passwords}
    return Rows(found)


async def prepared(tools: Toolbox) -> Worlds:
    """A tenant that could do without its owner, and what was sent to that person."""
    worlds = (await worlds_of(tools)).mirrored
    tenant, other = worlds.own, User(name="Another owner")
    async with tools.db.write(tenant.scope) as session:
        await insert_user_unless_email_taken(session, other)
        session.add(Membership(tenant_id=tenant.id_of("tenant"), user_id=other.id, role=Role.OWNER))
        for purpose in TokenPurpose:
            session.add(
                OneTimeToken(
                    token_hash=one_time_token_hash(f"{tenant.mark}-{purpose}"),
                    purpose=purpose,
                    user_id=tenant.id_of("user_account"),
                    email=tenant.rows["user_account"]["email"],
                    created_at=NOW,
                    expires_at=LATER,
                )
            )
    return worlds


def accepted(tenant: CanaryTenant) -> dict[str, str]:
    """What changes something, where the walk's own words would not."""
    # A key that came with one id is refused with the next one.
    known = {name: value for name, value in known_to(tenant).items() if name != "Mutation.createProduct.idempotencyKey"}
    return {
        **known,
        "AttributeInput.key": json.dumps(tenant.rows["own_attribute"]["key"]),
        "Mutation.changeMemberRole.role": "VIEWER",
        "Mutation.verifyEmail.token": f'"{tenant.mark}-{TokenPurpose.EMAIL_VERIFICATION}"',
        "Mutation.resetPassword.token": f'"{tenant.mark}-{TokenPurpose.PASSWORD_RESET}"',
        "Mutation.resetPassword.password": '"a new and longer password"',
        "Mutation.setPassword.current": f'"{PASSWORD}"',
        "Mutation.setPassword.password": '"a new and longer password"',
        "Mutation.updateProfile.name": '"Renamed"',
    }


def questions(worlds: Worlds, name: str) -> list[tuple[str, dict[str, str]]]:
    """The mutation with as little shown as possible: once, or for each kind of id that it might mean."""
    writer = Writer(SCHEMA, accepted(worlds.own), deepest=1)
    at: list[Place] = [place for place in WRITES if place.field == name]
    body = writer.operation("Mutation", writer.call("Mutation", name, at[0].path if at else None))
    return [(body, {"id": worlds.own.ids[kind]}) for kind in NODE_TYPES] if at else [(body, {})]


async def succeeds(worlds: Worlds, name: str) -> bool:
    for body, ids in questions(worlds, name):
        answer = json.loads(await worlds.ask(body, Role.OWNER, **ids))
        if not answer["errors"] and not answer["data"][name]["userErrors"]:
            return True
    return False


@pytest.mark.one_node(reason="xmin tells which rows one transaction wrote, and rows from shards have none")
@pytest.mark.parametrize("name", MUTATIONS)
async def test_what_a_mutation_changes_is_in_the_log(tools: Toolbox, postgres: DatabaseUrls, name: str) -> None:
    worlds = await prepared(tools)
    before = await rows_of(tools, postgres, worlds.own)
    assert await succeeds(worlds, name), "teach the walk what it would accept, or name it in MADE_ELSEWHERE"
    after = await rows_of(tools, postgres, worlds.own)
    fresh, gone = after.fresh(before), after.gone(before) - BOOKKEEPING
    changes = {writer for table, writer in fresh if table not in {*BOOKKEEPING, "audit_log"}}
    entries = {writer for table, writer in fresh if table == "audit_log"}
    assert changes or gone, "it changed nothing: the walk has to ask for more"
    assert entries, f"{sorted(table for table, _ in fresh)} changed without an entry"
    assert entries & changes or not changes, "the entry was written in another transaction"


@pytest.mark.parametrize("name", sorted(MADE_ELSEWHERE))
def test_an_entry_made_elsewhere_is_looked_for_there(name: str) -> None:
    action, path = MADE_ELSEWHERE[name]
    assert name in fields_of(SCHEMA.mutation_type)
    assert action in (TESTS / path).read_text()
