"""What the tests of conversations share: a team, its channel that has messages, and a marketplace of the test's own."""

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import text
from sqlmodel import col, select

from integrations.selling.conversations import ConversationPage, RemoteConversation, RemoteMessage
from integrations.selling.marketplace import SellerSession, Tell
from jobs.channels import WORKSHOP
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channels.channel import ChannelKind
from models.conversations.conversation import Conversation
from models.conversations.message import Message
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs.requests import JobWish
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import ChannelJobWorld, channel_job_world, seller

SEND = """mutation ($id: ID!, $text: String!, $key: String!) {
  sendMessage(conversationId: $id, text: $text, idempotencyKey: $key) {
    jobs { id kind status subject { id } } userErrors { code field message } } }"""
MARK = """mutation ($id: ID!) { markConversationRead(id: $id) {
  conversation { id isUnread } userErrors { code field message } } }"""


def said(external_id: str, words: str = "Is it still there?", *, minute: int = 0, **more: Any) -> RemoteMessage:
    given: dict[str, Any] = {"from_us": False, "sent_at": NOON + timedelta(minutes=minute), **more}
    return RemoteMessage(external_id=external_id, text=words, **given)


def talk(external_id: str = "t-1", *messages: RemoteMessage, minute: int = 0, **more: Any) -> RemoteConversation:
    given: dict[str, Any] = {"with_name": "mia", "is_unread": True, "updated_at": NOON + timedelta(minutes=minute)}
    return RemoteConversation(external_id=external_id, messages=messages, **{**given, **more})


@dataclass
class Inbox:
    """A marketplace's session: it tells these pages, and each conversation by its id; `sent` is what was written.

    Each writing takes the next of `answers`: a message, nothing, or an error, before which it may have been `sent`.
    """

    pages: list[ConversationPage | Exception] = field(default_factory=list)
    alone: dict[str, RemoteConversation | Exception] = field(default_factory=dict)
    answers: list[RemoteMessage | Exception | None] = field(default_factory=list)
    asked_since: list[datetime | None] = field(default_factory=list)
    asked_alone: list[str] = field(default_factory=list)
    sent: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)

    async def conversations(self, since: datetime | None) -> AsyncGenerator[ConversationPage, None]:
        self.asked_since.append(since)
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page

    async def conversation(self, external_id: str) -> RemoteConversation:
        self.asked_alone.append(external_id)
        found = self.alone[external_id]
        if isinstance(found, Exception):
            raise found
        return found

    async def send_message(
        self, external_id: str, words: str, known_ids: Collection[str], _tell: Tell
    ) -> RemoteMessage | None:
        self.sent.append((external_id, words, frozenset(known_ids)))
        answer = self.answers.pop(0) if self.answers else said(f"sent-{len(self.sent)}", words, from_us=True)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class ConversationWorld(ChannelJobWorld):
    """The jobs are the product's own; `inbox` is what they meet."""

    inbox: Inbox = field(default_factory=Inbox)
    role: Role = Role.MANAGER

    @property
    def workshop(self) -> Workshop:
        async def opened(_run: ChannelRun) -> SellerSession:
            return cast("SellerSession", self.inbox)

        return Workshop(WORKSHOP.by_kind, opened)

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    async def data(self, query: str, **given: Any) -> Any:
        answer = await self.ask(query, **given)
        assert answer.codes == [], answer.messages
        return answer.data

    async def synced(self, *conversations: RemoteConversation, **payload: Any) -> ChannelJob:
        """A reading, of one page of these where there are any."""
        if conversations:
            self.inbox.pages = [ConversationPage(conversations)]
        return await self.run(await self.asked(JobWish(ChannelJobKind.SYNC_CONVERSATIONS, payload=payload)))

    async def talks(self) -> dict[str, Conversation]:
        """All that the tenant has, by the channel's ids."""
        async with self.tools.db.read(self.team.viewer) as session:
            mine = select(Conversation).where(Conversation.tenant_id == self.team.tenant_id)
            found = (await session.exec(mine.order_by(col(Conversation.id)))).all()
        return {each.external_id: each for each in found}

    async def words(self, external_id: str = "t-1") -> dict[str, str]:
        """The texts of a conversation by the channel's ids, the oldest first."""
        is_its = (
            Message.tenant_id == self.team.tenant_id,
            Message.conversation_id == (await self.talks())[external_id].id,
        )
        async with self.tools.db.read(self.team.viewer) as session:
            query = select(Message).where(*is_its).order_by(col(Message.sent_at), col(Message.id))
            found = (await session.exec(query)).all()
        return {each.external_id: each.text for each in found}

    async def id_of(self, external_id: str = "t-1") -> str:
        return encode_id("Conversation", (await self.talks())[external_id].id)

    async def send(self, words: str, key: str = "k", external_id: str = "t-1") -> Any:
        return (await self.data(SEND, id=await self.id_of(external_id), text=words, key=key))["sendMessage"]

    async def jobs(self, kind: ChannelJobKind = ChannelJobKind.SEND_MESSAGE) -> list[ChannelJob]:
        """The oldest first."""
        async with self.tools.db.read(self.team.viewer) as session:
            is_it = (ChannelJob.tenant_id == self.team.tenant_id, ChannelJob.kind == kind)
            return list((await session.exec(select(ChannelJob).where(*is_it).order_by(col(ChannelJob.id)))).all())

    async def noted(self) -> list[str]:
        """The actions of the audit log, the oldest first."""
        query = text("select action from audit_log where tenant_id = :tenant order by at, id")
        async with self.tools.db.read(self.team.viewer) as session:
            found = await (await session.connection()).execute(query, {"tenant": self.team.tenant_id})
        return list(found.scalars())


async def conversation_world(tools: Toolbox) -> ConversationWorld:
    made = await channel_job_world(tools)
    channel = await seller(made.team, kind=ChannelKind.VINTED, name="Vinted", external_id="member-1")
    return ConversationWorld(replace(made.tools), made.clock, made.team, channel)
