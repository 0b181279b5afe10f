"""Owns everything a running sandbox remembers; must not speak HTTP."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec

from sandbox.meta.call_log import CallLog
from sandbox.meta.clock import Clock, Stopwatch
from sandbox.meta.config import SandboxConfig
from sandbox.meta.data.accounts import account_plans
from sandbox.meta.data.dataset import Dataset, build_dataset
from sandbox.meta.data.lifecycle import HISTORY_DAYS
from sandbox.meta.data.objects import GraphObject, Kind
from sandbox.meta.entities.activities import ActivityLog
from sandbox.meta.entities.edits import ads_of, change, found, move_ad
from sandbox.meta.insights.report_runs import RunBook
from sandbox.meta.insights.row_cache import RowCache
from sandbox.meta.insights.selections import Selections
from sandbox.meta.sign_in.tokens import Code, Token, TokenBook, pinned_tokens
from sandbox.meta.trouble.faults import FaultBook
from sandbox.meta.trouble.limits import BrokenField, Heaviness, RefusedObject
from sandbox.meta.trouble.odd_values import OddValues
from sandbox.meta.trouble.spoiling import LastRows
from sandbox.meta.trouble.throttle import Throttling


class _Kept(msgspec.Struct, frozen=True):
    opened_on: date
    tokens: tuple[Token, ...] = ()
    codes: tuple[Code, ...] = ()


def _load(path: Path | None) -> _Kept | None:
    if path is None or not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except msgspec.MsgspecError:
        # Nothing in it is worth a refused start: who was connected connects again.
        return None


def _replace_file(path: Path, content: bytes) -> None:
    """Tokens are as good as passwords, so only the owner may read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


@dataclass(slots=True)
class Sandbox:
    config: SandboxConfig
    clock: Clock
    dataset: Dataset
    tokens: TokenBook
    # The first day with data; it stays when the clock moves on.
    opened_on: date
    stopwatch: Stopwatch
    run_seconds: tuple[float, float]
    heaviness: Heaviness
    throttling: Throttling
    latency_s: float = 0.0
    broken_fields: list[BrokenField] = field(default_factory=list)
    refused_objects: dict[str, RefusedObject] = field(default_factory=dict)
    # What no list has although it can be read by its id.
    unlisted: set[str] = field(default_factory=set)
    odd_values: OddValues = field(default_factory=OddValues)
    # Insights before it are refused as too old, however long they should be kept.
    oldest_day: date | None = None
    faults: FaultBook = field(default_factory=FaultBook)
    runs: RunBook = field(default_factory=RunBook)
    log: CallLog = field(default_factory=CallLog)
    rows: RowCache = field(default_factory=RowCache)
    selections: Selections = field(default_factory=Selections)
    last_rows: LastRows = field(default_factory=LastRows)
    dialog_tickets: dict[str, dict[str, str]] = field(default_factory=dict)
    # Days of ads whose delivery Meta took back.
    vanished: set[tuple[str, date]] = field(default_factory=set)
    activities: ActivityLog = field(default_factory=ActivityLog)
    # When each object's budget was changed, by the stopwatch.
    budget_changes: dict[str, list[float]] = field(default_factory=dict)
    # Counts the edits, so that rows printed before are told from rows printed after.
    edition: int = 0

    def save(self) -> None:
        if self.config.state_path is None:
            return
        kept = _Kept(self.opened_on, tuple(self.tokens.issued.values()), tuple(self.tokens.codes.values()))
        _replace_file(self.config.state_path, msgspec.json.encode(kept))

    def has_vanished(self, ad_id: str, day: date) -> bool:
        return (ad_id, day) in self.vanished

    def vanish(self, object_id: str, day: date) -> None:
        self.vanished.update((ad_id, day) for ad_id in ads_of(self.dataset, object_id))
        self._is_edited()

    def move_ad(self, ad_id: str, ad_set_id: str) -> None:
        move_ad(self.dataset, ad_id, ad_set_id=ad_set_id, now=self._stamp())
        self._is_edited()

    def change(self, object_id: str, fields: Mapping[str, object]) -> None:
        """Give a campaign, an ad set or an ad new values, now; the account's activities tell of it."""
        thing = found(self.dataset, object_id, kinds=(Kind.CAMPAIGN, Kind.AD_SET, Kind.AD))
        for name, value in fields.items():
            self.activities.add(thing, name, value=value, at=self._stamp())
        change(self.dataset, thing, fields=fields, now=self._stamp())
        self._is_edited()

    def create(self, thing: GraphObject) -> None:
        """Now; it carries the time of its making in its fields."""
        thing.fields.update(created_time=self._stamp(), updated_time=self._stamp())
        self.dataset.add(thing)
        self._is_edited()

    def set_account_status(self, account_id: str, status: int, *, reason: int) -> None:
        account = found(self.dataset, account_id, kinds=(Kind.ACCOUNT,))
        account.fields.update(account_status=status, disable_reason=reason)

    def _stamp(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S%z")

    def _is_edited(self) -> None:
        self.edition += 1
        self.rows = RowCache(self.config.cached_rows)

    def reset(self) -> None:
        """Back to the state after the first start; history keeps its first day."""
        self.dataset = build_dataset(self.config.seed, self.opened_on, extra_ads=self.config.extra_ads)
        self.vanished.clear()
        self.activities.clear()
        self.budget_changes.clear()
        self._is_edited()
        self.clock.set(self.config.today)
        self.clock.skew = timedelta()
        self.run_seconds = self.config.run_seconds
        self.heaviness = self.config.heaviness
        self.broken_fields.clear()
        self.refused_objects.clear()
        self.unlisted.clear()
        self.odd_values.turn(is_on=False)
        self.odd_values.pinned.clear()
        self.oldest_day = None
        self.throttling.throttle = self.config.throttle
        self.throttling.clear()
        self.latency_s = self.config.latency_s
        self.runs.clear()
        self.faults.clear()
        self.log.clear()
        self.dialog_tickets.clear()
        self.tokens.clear()
        self.tokens.pinned = {token.value: token for token in pinned_tokens(next(iter(self.dataset.accounts)))}


@lru_cache(maxsize=2)
def _unedited_rows(seed: int, opened_on: date, extra_ads: int, most_rows: int) -> RowCache:  # noqa: ARG001 - the key
    """Sandboxes of one process that are built alike print the same rows until they are edited."""
    return RowCache(most_rows)


def _first_day(clock: Clock) -> date:
    """Far enough back for the account whose day ends last."""
    today = min(clock.today(plan.zone) for plan in account_plans(0))
    return today - timedelta(days=HISTORY_DAYS - 1)


def open_sandbox(config: SandboxConfig) -> Sandbox:
    clock = Clock(config.today)
    kept = _load(config.state_path)
    opened_on = kept.opened_on if kept else _first_day(clock)
    dataset = build_dataset(config.seed, opened_on, extra_ads=config.extra_ads)
    first_account = next(iter(dataset.accounts))
    tokens = TokenBook({token.value: token for token in pinned_tokens(first_account)})
    if kept:
        tokens.issued.update({token.value: token for token in kept.tokens})
        tokens.codes.update({code.value: code for code in kept.codes})
    sandbox = Sandbox(
        config,
        clock,
        dataset,
        tokens,
        opened_on,
        Stopwatch(clock, config.time_scale),
        config.run_seconds,
        config.heaviness,
        Throttling(config.throttle),
        config.latency_s,
        rows=_unedited_rows(config.seed, opened_on, config.extra_ads, config.cached_rows),
    )
    tokens.changed = sandbox.save
    sandbox.save()
    return sandbox
