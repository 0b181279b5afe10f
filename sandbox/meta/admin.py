"""Owns control of a sandbox by tests and demos, in process; must not answer the Graph or speak HTTP."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sandbox.meta.call_log import LoggedCall
from sandbox.meta.sign_in.callbacks import CallbackAnswer, CallbackKind
from sandbox.meta.sign_in.dialog import check_dialog, decide, open_ticket
from sandbox.meta.sign_in.grants import CallbackOrder, TokenOrder, end_sessions, issue_token, tell_app, withdraw
from sandbox.meta.sign_in.tokens import DEMO_USER
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.faults import FaultRule
from sandbox.meta.trouble.limits import BrokenField, Heaviness, LimitKind, RefusedObject, Throttle
from sandbox.meta.trouble.odd_values import Form
from sandbox.meta.trouble.usage import block, fill

_DEMO_CALLBACK = CallbackOrder()


@dataclass(frozen=True, slots=True)
class SandboxAdmin:
    """In-process control; the HTTP routes call the same methods."""

    sandbox: Sandbox

    def set_clock(self, moment: date | datetime | None) -> None:
        """A day, an instant, or None for the real clock."""
        self.sandbox.clock.set(moment)

    def skew_clock(self, ahead: timedelta) -> None:
        """Let the sandbox's clock be ahead of what it follows, or with less than nothing behind."""
        self.sandbox.clock.skew = ahead

    def add_fault(self, rule: FaultRule) -> None:
        self.sandbox.faults.add(rule)

    def clear_faults(self) -> None:
        self.sandbox.faults.clear()

    def doom_run(self, run_id: str, fate: FaultRule | None) -> None:
        """Decide what becomes of a report run that exists; with None, that all goes well."""
        self.sandbox.runs.doom(run_id, fate)

    def set_run_seconds(self, shortest: float, longest: float) -> None:
        """How long report runs take that are asked for from now on."""
        self.sandbox.run_seconds = (shortest, longest)

    def set_heaviness(self, limits: Heaviness) -> None:
        """How much one insights call may ask for, from now on."""
        self.sandbox.heaviness = limits

    def break_field(self, broken: BrokenField) -> None:
        """Make a field fail for good wherever this ad's day is among the rows of ads, or of another level."""
        self.sandbox.broken_fields.append(broken)

    def refuse_object(self, refused: RefusedObject) -> None:
        """Make every answer with this object in it fail for good."""
        self.sandbox.refused_objects[refused.object_id] = refused

    def unlist(self, object_id: str) -> None:
        """Leave an object out of every list from now on; by its id it can be read."""
        self.sandbox.unlisted.add(object_id)

    def spread_odd_values(self, *, is_on: bool = True, with_keys: bool = False) -> None:
        """Let every field that is asked for be a value, null, absent, empty and of another type in turn."""
        self.sandbox.odd_values.turn(is_on=is_on, with_keys=with_keys)

    def pin_odd_value(self, object_id: str, field: str, form: Form) -> None:
        """Let a field of one object be of this form from now on, wherever it is asked for."""
        self.sandbox.odd_values.pin(object_id, field, form)

    def set_oldest_day(self, day: date | None) -> None:
        """Refuse insights before this day as too old."""
        self.sandbox.oldest_day = day

    def set_throttle(self, throttle: Throttle | None) -> None:
        """Count calls by these rules from now on, from nothing; with None, count none."""
        self.sandbox.throttling.throttle = throttle
        self.sandbox.throttling.clear()

    def block(self, kind: LimitKind, seconds: float, *, account: str | None = None) -> None:
        """Refuse calls under a limit for some seconds of the stopwatch."""
        block(self.sandbox, (kind, account), seconds)

    def fill(self, kind: LimitKind, percent: float, *, account: str | None = None) -> None:
        """Let a limit be as full as this, so that headers say so; it drains from there."""
        fill(self.sandbox, (kind, account), percent)

    def set_latency(self, seconds: float) -> None:
        """How long every answer of the Graph is held back from now on."""
        self.sandbox.latency_s = seconds

    def vanish(self, object_id: str, day: date) -> None:
        """Take back a day's delivery of an ad, or of all ads of an account, a campaign or an ad set."""
        self.sandbox.vanish(object_id, day)

    def move_ad(self, ad_id: str, ad_set_id: str) -> None:
        """Hang an ad, with all its history, under another ad set of its account."""
        self.sandbox.move_ad(ad_id, ad_set_id)

    def rename(self, object_id: str, name: str) -> None:
        """Give a campaign, an ad set or an ad another name, now; also its old rows show it from now on."""
        self.sandbox.change(object_id, {"name": name})

    def set_status(self, object_id: str, status: str) -> None:
        """As if somebody had switched a campaign, an ad set or an ad in Ads Manager."""
        self.sandbox.change(object_id, {"status": status})

    def set_account_status(self, account_id: str, status: int, *, reason: int = 0) -> None:
        """1 is active, 2 disabled, ...; things of an account that is not active can be read and not changed."""
        self.sandbox.set_account_status(account_id, status, reason=reason)

    def log(self) -> list[LoggedCall]:
        """Calls to the Graph in their order; no token, proof or secret is in them."""
        return list(self.sandbox.log.calls)

    def reset(self) -> None:
        self.sandbox.reset()

    def issue_token(self, order: TokenOrder) -> str:
        """A token without the dialog."""
        return issue_token(self.sandbox, order)

    def end_sessions(self, subcode: int | None, *, person_id: str = DEMO_USER) -> None:
        """Let a person's tokens fail in every app: 459 checkpoint, 460 password changed, 467 logged out,
        492 role lost, ...; with None, work again.
        """
        end_sessions(self.sandbox, subcode, person_id=person_id)

    def withdraw(self, scope: str | None = None, *, person_id: str = DEMO_USER, app_id: str = "") -> None:
        """Take a scope back from an app, or all; the app is not told."""
        withdraw(self.sandbox, scope, person_id=person_id, app_id=app_id)

    async def deauthorize(self, order: CallbackOrder = _DEMO_CALLBACK) -> CallbackAnswer:
        """A person removes the app: its tokens end, and its URL gets a signed request."""
        return await tell_app(self.sandbox, CallbackKind.DEAUTHORIZE, order=order)

    async def request_deletion(self, order: CallbackOrder = _DEMO_CALLBACK) -> CallbackAnswer:
        """A person asks for the deletion of what the app knows: its URL gets a signed request."""
        return await tell_app(self.sandbox, CallbackKind.DELETION, order=order)

    def decide(self, authorization_url: str, decision: str = "allow", *, person_id: str = DEMO_USER) -> str:
        """What a click in the dialog leads to, without the page: the URL the browser would be sent to."""
        params = dict(parse_qsl(urlsplit(authorization_url).query, keep_blank_values=True))
        check_dialog(self.sandbox, params)
        return decide(self.sandbox, open_ticket(self.sandbox, params), decision=decision, person_id=person_id)
