"""A browser extension and the site that it works at, in memory: steps that a run wants are done between two runs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from integrations.vinted.marketplace import VintedMarketplace
from integrations.vinted.orders import KnownOrders, nothing_known
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepsWanted, StepWish
from integrations.vinted.session import VintedSession

T = TypeVar("T")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SITE = "vinted.fr"
_MOST_RUNS = 60
Rows = list[dict[str, Any]]


def price(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


class WardrobeSite:
    """What the site has; whatever is put into its lists is told as it stands there."""

    def __init__(self) -> None:
        self.now = NOON
        self.items: Rows = []
        self.orders: dict[str, dict[str, Any]] = {}
        self.order_rows: Rows = []
        self.talks: dict[str, dict[str, Any]] = {}
        self.talk_rows: Rows = []
        self.terms: dict[str, Rows] = {}
        self.member = {"id": "501", "name": "lou"}
        # A new item is in the list so much later.
        self.delay = timedelta(0)
        self.per_page = 96
        # Called before each step, with its number from 1 on.
        self.meanwhile: Callable[[int, StepWish], None] = lambda _number, _wish: None
        self.done: list[StepWish] = []

    def item(self, title: str, amount: str = "10.00", **more: Any) -> dict[str, Any]:
        """Puts up an item, in front of all others."""
        made = {
            "id": str(7000 + len(self.done) + len(self.items)),
            "title": title,
            "price": price(amount),
            "status": "LIVE",
            "createdAt": self.now.isoformat(),
        }
        self.items.insert(0, made | more)
        return self.items[0]

    def result(self, wish: StepWish) -> dict[str, Any]:
        """Raises LookupError for what is gone."""
        self.done.append(wish)
        self.meanwhile(len(self.done), wish)
        acts: Mapping[RelayOperation, Callable[[dict[str, Any]], dict[str, Any]]] = {
            RelayOperation.WHOAMI: lambda _asked: self.member,
            RelayOperation.LIST_ITEMS: self._list_items,
            RelayOperation.GET_ITEM: lambda asked: self._item(asked["id"]),
            RelayOperation.UPLOAD_PHOTO: lambda _asked: {"id": str(9000 + len(self.done))},
            RelayOperation.CREATE_ITEM: self._create,
            RelayOperation.UPDATE_ITEM: self._update,
            RelayOperation.DELETE_ITEM: self._delete,
            RelayOperation.LIST_ORDERS: lambda asked: self._page(self.order_rows, "orders", asked),
            RelayOperation.GET_ORDER: lambda asked: self.orders[asked["id"]],
            RelayOperation.LIST_CONVERSATIONS: lambda asked: self._page(self.talk_rows, "conversations", asked),
            RelayOperation.GET_CONVERSATION: lambda asked: self.talks[asked["id"]],
            RelayOperation.SEND_MESSAGE: self._send,
            RelayOperation.LIST_TERMS: lambda asked: {"terms": self.terms[asked["kind"]]},
        }
        # What is told is as it was at this moment.
        return deepcopy(acts[wish.operation](dict(wish.arguments)))

    def _list_items(self, asked: dict[str, Any]) -> dict[str, Any]:
        listed = [_without(each, "description") for each in self.items if self._is_listed(each)]
        return self._page(listed, "items", asked)

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        made = self.item(asked["title"], asked["price"]["amount"], description=asked["description"])
        return {"id": made["id"], "url": f"https://www.{SITE}/items/{made['id']}"}

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._item(asked["id"]).update(asked)
        return {"id": asked["id"]}

    def _delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.items = [each for each in self.items if each["id"] != asked["id"]]
        return {"id": asked["id"]}

    def _send(self, asked: dict[str, Any]) -> dict[str, Any]:
        said = self.talks[asked["conversationId"]]["messages"]
        sent = {"id": f"m{len(said) + 1}", "fromUs": True, "text": asked["text"], "sentAt": self.now.isoformat()}
        said.append(sent)
        return {"id": sent["id"]}

    def _is_listed(self, item: Mapping[str, Any]) -> bool:
        made_at = item.get("createdAt")
        return not isinstance(made_at, str) or datetime.fromisoformat(made_at) + self.delay <= self.now

    def _item(self, item_id: str) -> dict[str, Any]:
        found = next((each for each in self.items if each["id"] == item_id), None)
        if found is None:
            raise LookupError(item_id)
        return found

    def _page(self, rows: Rows, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        start = (asked["page"] - 1) * self.per_page
        pages = -(-len(rows) // self.per_page)
        return {name: [*rows[start : start + self.per_page]], "page": asked["page"], "totalPages": pages}


@dataclass
class ScriptedRelay:
    """The answers of one job's steps, which grow with each round. `fates` say by key what becomes of a step instead."""

    site: WardrobeSite = field(default_factory=WardrobeSite)
    kept: dict[str, StepAnswer] = field(default_factory=dict)
    fates: dict[str, StepAnswer] = field(default_factory=dict)
    # With an answer that is lost, the site has done the step all the same.
    lost: set[str] = field(default_factory=set)
    wanted: list[list[str]] = field(default_factory=list)

    async def answers(self, wishes: Sequence[StepWish]) -> Sequence[StepAnswer]:
        found: list[StepAnswer] = []
        for wish in wishes:
            answer = self.kept.get(wish.key)
            if answer is not None and not answer.is_kept(wish.operation):
                del self.kept[wish.key]
                return [*found, answer]
            if answer is not None:
                found.append(answer)
        missing = [wish for wish in wishes if wish.key not in self.kept]
        if missing:
            raise StepsWanted(missing)
        return found

    def do(self, wishes: Sequence[StepWish], *, most: int | None = None) -> None:
        """The extension does the steps in their order, up to `most` of them; a failure ends the lease."""
        self.wanted.append([wish.key for wish in wishes])
        for wish in wishes[:most]:
            self.kept[wish.key] = self._done(wish)
            if self.kept[wish.key].error is not None or self.kept[wish.key].is_unknown:
                return

    def _done(self, wish: StepWish) -> StepAnswer:
        told: dict[str, Any] = {"started_at": self.site.now, "arguments": dict(wish.arguments)}
        fate = self.fates.pop(wish.key, None)
        if fate is not None and wish.key not in self.lost:
            return _with(fate, told)
        try:
            result = self.site.result(wish)
        except LookupError:
            return StepAnswer(error=RelayErrorCode.NOT_FOUND, **told)
        return StepAnswer(result, **told) if fate is None else _with(fate, told)

    def session(self, known: KnownOrders = nothing_known) -> VintedSession:
        return VintedMarketplace().session(self, SITE, lambda: self.site.now, known)

    async def until_done(self, call: Callable[[VintedSession], Awaitable[T]], *, most: int | None = None) -> T:
        """What the call answers in the end; each run begins anew with a session of its own."""
        for _ in range(_MOST_RUNS):
            try:
                return await call(self.session())
            except StepsWanted as wanted:
                self.do(wanted.wishes, most=most)
        raise AssertionError(f"no end after {_MOST_RUNS} runs: {self.wanted[-1]}")

    async def until_wanted(self, call: Callable[[VintedSession], Awaitable[object]], prefix: str) -> list[str]:
        """The keys of the steps among which is one with this beginning, once they are wanted; they are not done."""
        for _ in range(_MOST_RUNS):
            try:
                await call(self.session())
            except StepsWanted as wanted:
                keys = [wish.key for wish in wanted.wishes]
                if any(key.startswith(prefix) for key in keys):
                    return keys
                self.do(wanted.wishes)
        raise AssertionError(f"{prefix} was never wanted")


def unknown() -> StepAnswer:
    return StepAnswer(is_unknown=True)


def failed(error: RelayErrorCode, message: str | None = None, **more: Any) -> StepAnswer:
    return StepAnswer(error=error, message=message, **more)


async def quietly(_words: str) -> None:
    return


def _with(fate: StepAnswer, told: Mapping[str, Any]) -> StepAnswer:
    return StepAnswer(
        fate.result,
        fate.error,
        fate.message,
        fate.http_status,
        fate.retry_after_s,
        is_unknown=fate.is_unknown,
        **told,
    )


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
