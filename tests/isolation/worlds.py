"""Two tenants with a row of everything, and how one asks about the other."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cache

from graphql import build_schema as build_schema_of
from sqlalchemy import text
from strawberry.types import ExecutionResult
from structlog.testing import capture_logs

from auth.viewer import Viewer
from execution.answers.cache import AnswerCache
from execution.documents import LONGEST_KEPT_TEXT
from execution.transport.json_text import encode_json
from execution.transport.uploads import Upload
from models.ids import new_id
from models.listener import notify_refresh_job
from models.tenants.membership import Role
from resolvers.context import Context
from resolvers.node_id import encode_id
from schema import build_schema
from services.toolbox import Toolbox
from tests.isolation.canaries import ORIGIN, CanaryTenant, canary_tenant, store_recent_days
from tests.isolation.operations import DAY, Place, Writer
from tests.sandbox.graph_client import SYSTEM_USER
from tests.worlds.imports import line, report, upload

# Read from its text: Strawberry tells graphql-core of @oneOf nowhere else.
SCHEMA = build_schema_of(build_schema().as_str())
assert SCHEMA.mutation_type is not None
MUTATIONS = SCHEMA.mutation_type.fields
KEYED = [name for name, field in MUTATIONS.items() if "idempotencyKey" in field.args]
PASSWORD = "correct horse battery"
# Of a selection: the fields around it need some room, and a longer one may cost more points than are allowed.
LONGEST = LONGEST_KEPT_TEXT // 2


@dataclass(frozen=True, slots=True)
class Worlds:
    """`own` asks about what is `foreign`."""

    tools: Toolbox
    own: CanaryTenant
    foreign: CanaryTenant
    # Of both, as a server keeps the answers of all tenants.
    answers: AnswerCache = field(default_factory=lambda: AnswerCache(100_000_000))

    @property
    def mirrored(self) -> "Worlds":
        """The control: the foreign tenant asks the same about itself."""
        return replace(self, own=self.foreign)

    def writer(self, deepest: int = 4) -> Writer:
        return _writer(self.own, deepest)

    def everything(self, root: str, field_name: str) -> str:
        """The operation that asks a root field for all it can answer."""
        return self.writer().operation(root, self.writer().call(root, field_name))

    def pieces(self, field_name: str) -> list[str]:
        """The same of a query, in texts that are short enough to be parsed once however often they are asked."""
        writer = self.writer()
        return [writer.operation("Query", call) for call in writer.calls("Query", field_name, LONGEST)]

    def pieces_of_node(self, type_name: str) -> list[str]:
        """All that a node can answer, in such texts."""
        writer = self.writer()
        return [writer.operation("Query", node) for node in writer.nodes(type_name, LONGEST)]

    def question(self, place: Place) -> str:
        """The operation that writes `$id` at the place; below a node, the node is the asker's own."""
        return _question(self.own, place)

    async def ask_at(self, place: Place, node_id: str, role: Role = Role.OWNER) -> str:
        return await self.ask(self.question(place), role, id=node_id, node=self.own.ids.get(place.owner, ""))

    async def ask(self, operation: str, role: Role = Role.OWNER, **ids: str) -> str:
        """The whole answer as text. Whatever is asked, answer and log hold nothing of a foreign tenant."""
        with capture_logs() as logged:
            result = await build_schema().execute(operation, with_key(ids) | with_file(), self.context(role))
        return self._clean(answer_text(result), logged)

    async def events(self, operation: str, **ids: str) -> AsyncGenerator[str, None]:
        """Each event of a subscription as text, as clean as the answers of `ask`."""
        stream = await build_schema().subscribe(operation, ids, self.context(Role.OWNER))
        if isinstance(stream, ExecutionResult):
            yield self._clean(answer_text(stream), [])
            return
        async with aclosing(stream):
            async for result in stream:
                yield self._clean(answer_text(result), [])

    async def change_job(self, tenant: CanaryTenant) -> None:
        """What a running refresh does: a new version of the job, announced."""
        job_id, tenant_id = tenant.id_of("refresh_job"), tenant.id_of("tenant")
        async with self.tools.db.write(tenant.scope) as session:
            statement = text("update refresh_job set version = version + 1 where id = :id returning version")
            version = (await (await session.connection()).execute(statement, {"id": job_id})).scalar_one()
            await notify_refresh_job(session, tenant_id=tenant_id, job_id=job_id, version=version)

    def context(self, role: Role) -> Context:
        viewer: Viewer = self.own.viewer(role)
        return Context(viewer, self.tools, self.tools.db.bounded(4), ORIGIN, answers=self.answers)

    def _clean(self, answer: str, logged: object) -> str:
        if self.own is not self.foreign:
            said = f"{answer} {logged}"
            traces = (self.foreign.mark, *self.foreign.ids.values())
            assert not [trace for trace in traces if trace in said]
        return answer


def _writer(asker: CanaryTenant, deepest: int) -> Writer:
    keys = {f"Mutation.{name}.idempotencyKey": "$key" for name in KEYED}
    return Writer(SCHEMA, {**known_to(asker), **keys}, deepest)


@cache
def _question(asker: CanaryTenant, place: Place) -> str:
    writer = _writer(asker, deepest=2)
    inner = writer.call(place.owner, place.field, place.path)
    if place.owner in ("Query", "Mutation", "Subscription"):
        return writer.operation(place.owner, inner)
    return writer.operation("Query", writer.node(place.owner, inner))


async def tenant_of_canaries(tools: Toolbox) -> CanaryTenant:
    password_hash = await tools.credentials.passwords.hash(PASSWORD)
    made = await canary_tenant(tools.db, tools.cipher, platform_token=SYSTEM_USER, password_hash=password_hash)
    await store_recent_days(tools.db, made)
    return made


async def worlds_of(tools: Toolbox) -> Worlds:
    return Worlds(tools, await tenant_of_canaries(tools), await tenant_of_canaries(tools))


def with_key(ids: Mapping[str, str]) -> dict[str, str]:
    """A key that came before would be answered with what it was answered then."""
    return {"key": str(new_id()), **ids}


def with_file() -> dict[str, Upload]:
    """A report of ad-days that any account can import: of a day of long ago, and of an ad that nobody knows."""
    return {"file": upload(report(line("2024-02-29")))}


def known_to(tenant: CanaryTenant) -> Mapping[str, str]:
    """What the asker would really write where an example of the type says too little."""
    return {
        **{f"Mutation.{name}.idempotencyKey": json.dumps(str(new_id())) for name in KEYED},
        **_known_of_catalogue(tenant),
        "DateRangeInput": f'{{between: {{from: "{DAY}", to: "{DAY}"}}}}',
        "InsightsInput.groupBy": f"{{level: AD, tags: [{json.dumps(tenant.rows['entity_tag']['field'])}]}}",
        "Mutation.exportInsights.metrics": "[{metric: SPEND}]",
        "InsightsResult.chart.kind": "BAR",  # a question without a grain has no line
        "Query.adAccount.id": json.dumps(tenant.ids["AdAccount"]),
        "Mutation.connectAdAccounts.externalIds": '["act_1001"]',
        "LoginInput.email": json.dumps(tenant.rows["user_account"]["email"]),
        "LoginInput.password": json.dumps(PASSWORD),
        "RegisterInput.email": json.dumps(f"{new_id()}@example.com"),
        "RegisterInput.tenantName": '"Another"',
        "Mutation.inviteMember.email": json.dumps(f"{new_id()}@example.com"),
        "CreateApiKeyInput.role": "VIEWER",
        "UpdateTenantInput.name": '"Renamed"',
        # The days of the spike: store_recent_days.
        "AnomalyInput.range": "{preset: LAST_7_DAYS}",
        "CreativeTestInput.goal": "CTR_LINK",
        # Days that were not read: a warning names the account.
        "BlendedInput.range": f'{{between: {{from: "2025-01-01", to: "{DAY}"}}}}',
        "CreativeTestInput.adIds[]": json.dumps(tenant.second_ad),
        "Mutation.arrangeProductImages.productId": json.dumps(tenant.ids["Product"]),
        "Mutation.arrangeProductImages.imageIds": f"[{json.dumps(tenant.ids['ProductImage'])}]",
        "CustomMetricInput.key": '"another"',
        "CustomMetricInput.formula": '"impressions / 2"',
        "NamingTemplateInput.delimiter": '"_"',
        "NamingFieldInput.key": '"angle"',
        "OverrideTargetInput": '{exactName: "A name"}',
        "NamingOverrideInput.field": '"angle"',
        "ConnectChannelInput.kind": "SHOP",
        "ConnectChannelInput.name": '"Renamed"',
        "ChannelSettingsInput.name": '"Renamed"',
        "Mutation.deleteCustomMetric.key": json.dumps(tenant.rows["custom_metric"]["key"]),
    }


def _known_of_catalogue(tenant: CanaryTenant) -> Mapping[str, str]:
    return {
        "Mutation.updateProduct.id": json.dumps(tenant.ids["Product"]),
        "AttributeInput.key": '"another"',
        "ProductInput.title": '"Renamed"',
        "ProductInput.currency": '"EUR"',
        "ProductInput.price": "2",
        "Mutation.setProductAds.productId": json.dumps(tenant.ids["Product"]),
        "Mutation.setProductAds.addAdIds": f"[{json.dumps(tenant.second_ad)}]",
        "PublishInput.productIds": f"[{json.dumps(tenant.ids['Product'])}]",
        "PublishInput.channelIds": f"[{json.dumps(tenant.ids['Channel'])}]",
        "Mutation.importListings.channelId": json.dumps(tenant.ids["Channel"]),
        "Mutation.linkListing.id": json.dumps(tenant.ids["Listing"]),
        "ListingInput.quantity": "1",
        "Mutation.setProductStatus.status": "PUBLISHED",
        # Where the id that is asked with is that of a line.
        "ShipOrderInput.orderId": json.dumps(tenant.ids["Order"]),
        "RefundOrderInput.orderId": json.dumps(tenant.ids["Order"]),
    }


def answer_text(result: ExecutionResult) -> str:
    data = json.loads(encode_json(result.data))  # what was kept is JSON already
    return json.dumps({"data": data, "errors": [each.formatted for each in result.errors or ()]}, default=str)


def id_of_nothing(type_name: str) -> str:
    return encode_id(type_name, new_id())
