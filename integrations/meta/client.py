"""Everything that can be read from Meta with one token, as records; must not know our tables."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import TypeVar

from analytics.enums import Breakdown, EntityLevel
from analytics.periods import DateRange
from integrations.ads.list_memory import ListMemory
from integrations.ads.questions import Asking
from integrations.ads.records import (
    AdAccountRecord,
    AdRecord,
    AdSetRecord,
    CampaignRecord,
    CreativeRecord,
    EntityState,
    PeopleRecord,
    PersonNotice,
    TokenInfo,
    VisibleAdAccounts,
)
from integrations.ads.spoiled import Spoiled
from integrations.ads.usage import Usage
from integrations.errors import Rejected
from integrations.http import HttpClient
from integrations.meta import changes, entities, oauth
from integrations.meta.change_windows import ChangedRows, ChangeWindow, ListQuestion
from integrations.meta.creatives import creative_record
from integrations.meta.decoding import Decoder, MetaRow, RowPage, id_of
from integrations.meta.entities import GraphEdge
from integrations.meta.graph import Graph, MetaApp
from integrations.meta.insights import ad_days, broken_down, reach, totals
from integrations.meta.insights.asking import page_reader
from integrations.meta.insights.report_runs import ReportQuestion, report_pages
from integrations.meta.insights.status_rules import StatusFiltering, StatusRule
from integrations.meta.lists import ListReader
from integrations.meta.paging import Once, pages
from integrations.meta.records import InsightRecord
from integrations.meta.signed_request import read_signed_request
from integrations.meta.tokens import confirm_token, token_info
from integrations.meta.values import minor_units, smallest_amount

T = TypeVar("T")
L = TypeVar("L", bound=MetaRow)
D = TypeVar("D", bound=InsightRecord)
R = TypeVar("R")
# The key by which a row of insights that came before is recognised.
_identity = attrgetter("identity")


class MetaPlatform:
    """An AdPlatform: Meta for one app; sessions with different tokens share its connections."""

    name = "Meta"
    dialog_name = "facebook"
    settings = "META_APP_ID and META_APP_SECRET"
    required_scopes = oauth.REQUIRED_SCOPES
    scopes = oauth.SCOPES
    write_scope = oauth.WRITE_SCOPE

    def __init__(self, app: MetaApp, http: HttpClient) -> None:
        self.app = app
        self.http = http
        # The rules on statuses that Meta has accepted: what it accepts is the same for all sessions.
        self.taken_rules = set[StatusRule | None]()

    @property
    def is_set_up(self) -> bool:
        return bool(self.app.app_id)

    def dialog_url(self, *, state: str, code_verifier: str) -> str:
        return oauth.authorization_url(self.app, state=state, code_verifier=code_verifier)

    async def token_for_code(self, *, code: str, code_verifier: str) -> str:
        """The token for the dialog's code; it lasts about 60 days."""
        return await oauth.token_for_code(self.app, self.http, code=code, code_verifier=code_verifier)

    async def renewed_token(self, token: str) -> str:
        return await oauth.renewed_token(self.app, self.http, token)

    def person_notice(self, text: str, *, now: datetime) -> PersonNotice:
        return read_signed_request(self.app.app_secret, text, now=now)

    def account_session(self, token: str) -> "MetaSession":
        return MetaSession(self, token)


class MetaSession:
    """An AdSession: everything that one token can read and change. Each method may raise any IntegrationError."""

    insight_fields = ad_days.METRICS
    part_fields = broken_down.PART_METRICS

    __slots__ = ("_graph", "_platform", "_token", "lists", "statuses")

    def __init__(self, platform: MetaPlatform, token: str) -> None:
        self._platform = platform
        self._token = token
        self._graph = Graph(platform.app, platform.http, token)
        self.lists = ListMemory()
        self.statuses = StatusFiltering(platform.taken_rules)

    @property
    def version(self) -> str:
        """The version of Meta's API, on which it depends what Meta refuses."""
        return self._platform.app.api_version

    @property
    def calls(self) -> int:
        """How many answers Meta has given so far, those to repeated calls included."""
        return self._graph.calls

    @property
    def usage(self) -> Mapping[tuple[str, str | None], Usage]:
        """The latest reading of each limit, by its kind and ad account."""
        return self._graph.usage

    def take_spoiled(self) -> list[Spoiled]:
        """The values of the answers that could not be read, since this was last called."""
        taken = self._graph.spoiled[:]
        self._graph.spoiled.clear()
        return taken

    async def token_info(self) -> TokenInfo:
        """What Meta says of the token; that it is invalid is an answer here, no error."""
        return await token_info(self._platform.app, self._platform.http, self._token)

    async def confirm_token(self) -> None:
        """Raises AccessRevoked when the token does not work, with the reason, which `token_info` does not tell."""
        await confirm_token(self._graph)

    async def visible_ad_accounts(self) -> VisibleAdAccounts:
        """Every ad account that the token's owner may see, even if Meta tells only its id."""
        found = {record.external_id: record async for record in self.ad_accounts()}
        for loss in self.lists.losses:
            if loss.object_id is not None and (loss.field_name is None or loss.field_name in entities.NEEDED):
                shown = found.get(loss.object_id) or entities.refused_ad_account(loss.object_id)
                found[loss.object_id] = replace(shown, refusal=loss.message)
        cut_short = next((loss.message for loss in self.lists.losses if loss.object_id is None), None)
        return VisibleAdAccounts([*found.values()], cut_short)

    async def ad_account(self, external_id: str) -> AdAccountRecord:
        reader = ListReader(self._graph, self.lists, entities.AD_ACCOUNTS.things)
        row = await reader.node(external_id, entities.AD_ACCOUNT)
        return entities.ad_account_record(row, self._graph.spoiled)

    def ad_accounts(self) -> AsyncGenerator[AdAccountRecord, None]:
        """Every ad account that the token's owner may see."""
        return self._list("me", entities.AD_ACCOUNTS, entities.ad_account_record)

    def campaigns(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncGenerator[CampaignRecord, None]:
        """The campaigns of an account: all, or those that were changed at `changed_since` or later."""
        convert = partial(entities.campaign_record, currency=currency)
        return self._list(owner_id, entities.CAMPAIGNS, convert, changed_since=changed_since)

    def ad_sets(
        self, owner_id: str, *, currency: str, changed_since: datetime | None = None
    ) -> AsyncGenerator[AdSetRecord, None]:
        """The ad sets of an account or a campaign, as in `campaigns`."""
        convert = partial(entities.ad_set_record, currency=currency)
        return self._list(owner_id, entities.AD_SETS, convert, changed_since=changed_since)

    def ads(self, owner_id: str, *, changed_since: datetime | None = None) -> AsyncGenerator[AdRecord, None]:
        """The ads of an account, a campaign or an ad set, as in `campaigns`."""
        return self._list(owner_id, entities.ADS, entities.ad_record, changed_since=changed_since)

    def creatives(self, external_id: str) -> AsyncGenerator[CreativeRecord, None]:
        return self._list(external_id, entities.CREATIVES, creative_record)

    async def campaigns_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[CampaignRecord]:
        """The campaigns that Meta still knows, deleted ones included; the others are left out."""
        rows = await self._by_ids(external_ids, entities.CAMPAIGNS)
        return [entities.campaign_record(row, self._graph.spoiled, currency=currency) for row in rows]

    async def ad_sets_by_ids(self, external_ids: Sequence[str], *, currency: str) -> list[AdSetRecord]:
        """The ad sets that Meta still knows, deleted ones included; the others are left out."""
        rows = await self._by_ids(external_ids, entities.AD_SETS)
        return [entities.ad_set_record(row, self._graph.spoiled, currency=currency) for row in rows]

    async def ads_by_ids(self, external_ids: Sequence[str]) -> list[AdRecord]:
        """The ads that Meta still knows, deleted ones included; the others are left out."""
        rows = await self._by_ids(external_ids, entities.ADS)
        return [entities.ad_record(row, self._graph.spoiled) for row in rows]

    async def creatives_by_ids(self, external_ids: Sequence[str]) -> list[CreativeRecord]:
        """The creatives that Meta still knows; the others are left out."""
        rows = await self._by_ids(external_ids, entities.CREATIVES)
        return [creative_record(row, self._graph.spoiled) for row in rows]

    def broken_down(
        self,
        external_id: str,
        since: date,
        until: date,
        breakdowns: Sequence[Breakdown],
        *,
        asking: Asking | None = None,
    ) -> AsyncGenerator[Sequence[InsightRecord], None]:
        """Every ad and day of the range, divided by the breakdowns, page by page; a page may be empty."""
        asking = asking or Asking()
        query = broken_down.broken_down_query(since, until, breakdowns, asking)
        return self._ad_days(external_id, query, broken_down.DECODER, asking)

    def insights(
        self, external_id: str, since: date, until: date, *, asking: Asking | None = None
    ) -> AsyncGenerator[Sequence[InsightRecord], None]:
        """Every ad and day of the range, page by page; a page may be empty."""
        asking = asking or Asking()
        return self._ad_days(external_id, ad_days.insights_query(since, until, asking), ad_days.DECODER, asking)

    async def spend_by_day(self, external_id: str, days: DateRange) -> dict[date, Decimal | None]:
        """What the account as a whole spent on each day with delivery; None where that cannot be read."""
        found: dict[date, Decimal | None] = {}
        listing = self._insights(external_id, totals.totals_query(days), totals.DECODER, Asking())
        async with aclosing(listing) as pages_of_days:
            async for rows in pages_of_days:
                found |= {row.day: totals.spend_of(row) for row in rows}
        return found

    def smallest_amount(self, currency: str) -> Decimal:
        """The unit to which Meta rounds amounts of a currency, in major units."""
        return smallest_amount(currency)

    async def people(
        self,
        external_id: str,
        level: EntityLevel,
        periods: Sequence[DateRange],
        *,
        daily: bool,
        asking: Asking | None = None,
    ) -> AsyncGenerator[list[PeopleRecord], None]:
        """Deduplicated people of the account or of its campaigns, for each period, or for each day of the periods."""
        asking = asking or Asking()
        query = reach.people_query(level, periods, daily=daily, asking=asking)
        once = Once[PeopleRecord](_identity)

        async with aclosing(self._insights(external_id, query, reach.DECODERS[level], asking)) as listing:
            async for rows in listing:
                yield once.new([row.record for row in rows])

    async def set_status(self, external_id: str, status: str) -> None:
        await changes.write(self._graph, external_id, {"status": status})

    async def set_daily_budget(self, external_id: str, amount: Decimal, *, currency: str) -> None:
        await changes.write(self._graph, external_id, {"daily_budget": minor_units(amount, currency)})

    async def entity_state(self, external_id: str, *, currency: str, has_budget: bool) -> EntityState:
        return await changes.read_state(self._graph, external_id, currency=currency, has_budget=has_budget)

    async def _ad_days(
        self, external_id: str, query: Mapping[str, str], decoder: Decoder[RowPage[D]], asking: Asking
    ) -> AsyncGenerator[Sequence[InsightRecord], None]:
        """The rows page by page, each of them once; a page may be empty."""
        once: Once[D] = Once(_identity)
        async with aclosing(self._insights(external_id, query, decoder, asking)) as listing:
            async for rows in listing:
                yield once.new(rows)

    async def _insights(
        self,
        external_id: str,
        query: Mapping[str, str],
        decoder: Decoder[RowPage[T]],
        asking: Asking,
    ) -> AsyncGenerator[Sequence[T], None]:
        """The rows page by page; some come twice when the question was asked again with another rule on statuses."""
        path = f"{external_id}/insights"
        if "filtering" not in query:
            async with aclosing(self._answer(path, query, decoder, asking)) as listing:
                async for rows in listing:
                    yield rows
            return
        # Asked with the best rule on statuses that Meta accepts; after a refusal the whole question begins anew.
        rule = self.statuses.current
        while True:
            query = {**query, "filtering": ad_days.filtering(asking, rule)}
            try:
                async with aclosing(self._answer(path, query, decoder, asking)) as listing:
                    async for rows in listing:
                        self.statuses.answered(rule)
                        yield rows
            except Rejected as error:
                rule = self.statuses.refused(rule, error, fields=query["fields"])
            else:
                return

    def _answer(
        self, path: str, query: Mapping[str, str], decoder: Decoder[RowPage[T]], asking: Asking
    ) -> AsyncGenerator[Sequence[T], None]:
        if not asking.by_report:
            read: Callable[[Mapping[str, str]], Awaitable[RowPage[T]]]
            read = page_reader(self._graph, path, query, decoder, asking)
            return pages(read)
        question, sleep = ReportQuestion(path, query), self._platform.http.rest
        return report_pages(self._graph, question, decoder, asking=asking, sleep=sleep)

    async def _list(
        self,
        owner: str,
        edge: GraphEdge[L],
        convert: Callable[[L, list[Spoiled]], R],
        *,
        changed_since: datetime | None = None,
    ) -> AsyncGenerator[R, None]:
        # Windows and the list of archived objects may bring a row that has come before.
        once: Once[L] = Once(id_of)
        window = ChangeWindow() if changed_since is None else ChangeWindow.since(changed_since)
        for query in edge.queries():
            question = ListQuestion(f"{owner}/{edge.name}", query, edge.kind, edge.decoder)
            changed = ChangedRows(self._graph, self.lists, edge.things, question)
            async with aclosing(changed.rows(window)) as listing:
                async for rows in listing:
                    for row in once.new(rows):
                        yield convert(row, self._graph.spoiled)

    async def _by_ids(self, external_ids: Sequence[str], edge: GraphEdge[L]) -> list[L]:
        return await ListReader(self._graph, self.lists, edge.things).by_ids(external_ids)
