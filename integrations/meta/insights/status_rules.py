"""Owns by which rule on the status a question for insights asks for deleted ads too, and what follows a refused rule.

Without any rule the list leaves out ads that are deleted by now, and its sum falls short of the account's.
"""

from dataclasses import dataclass

from integrations.errors import Rejected
from integrations.meta.faults import refused_field


@dataclass(frozen=True, slots=True)
class StatusRule:
    operator: str
    statuses: tuple[str, ...]

    @property
    def filter(self) -> dict[str, object]:
        return {"field": "ad.effective_status", "operator": self.operator, "value": self.statuses}


# What names a status to be left out misses none that Meta adds: an ad in one of these was not delivered. Were it
# retired, the next one is named.
_UNDELIVERED = ("PREAPPROVED", "PENDING_BILLING_INFO", "IN_PROCESS")
_KNOWN = (
    *("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED"),
    *("PENDING_BILLING_INFO", "CAMPAIGN_PAUSED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES"),
)


# From the best on; at last none.
_RULES = (*(StatusRule("NOT_IN", (status,)) for status in _UNDELIVERED), StatusRule("IN", _KNOWN), None)
FIRST = _RULES[0]
# "Only certain values may be specified for run status."
_STATUS_REFUSED = 1487561
_INVALID = 100
# So many questions that were refused with every rule and without one were refused for reasons of their own.
_MOST_DOUBTS = 8


@dataclass(slots=True)
class StatusFiltering:
    """What one session knows: `current` is the rule of the next question, `taken` are those that Meta was seen to take.

    Meta documents the operators, but nobody says which of them insights take. Until a question with a rule is answered,
    any refusal may be about it; then only one that says so.
    """

    taken: set[StatusRule | None]
    current: StatusRule | None = FIRST
    is_changed: bool = False
    _doubts: int = 0

    @property
    def left_out(self) -> int:
        """How many of the rules are asked with no more, from the best on."""
        return _RULES.index(self.current)

    def leave_out(self, rules: int) -> None:
        """Those that an earlier session was refused."""
        self.current = _RULES[min(rules, len(_RULES) - 1)]

    def answered(self, rule: StatusRule | None) -> None:
        self._go_on_with(rule)
        self.taken.add(rule)

    def _go_on_with(self, rule: StatusRule | None) -> None:
        self.is_changed |= rule != self.current
        self.current = rule

    def refused(self, rule: StatusRule | None, error: Rejected, *, fields: str) -> StatusRule | None:
        """The rule to ask with instead; raises the refusal when it is no matter of rules."""
        said = error.said
        if rule is None or said is None:
            self._doubts += type(error) is Rejected
            raise error
        if said.subcode == _STATUS_REFUSED:
            self._go_on_with(_after(rule))
            return self.current
        if "filtering field" in said.text.lower():
            self._go_on_with(_after(rule, with_operator=True))
            return self.current
        may_be_the_rule = rule not in self.taken and self._doubts < _MOST_DOUBTS
        if may_be_the_rule and _is_vague(error, fields):
            return _after(rule, with_operator=True)
        raise error


def _is_vague(error: Rejected, fields: str) -> bool:
    is_plain = type(error) is Rejected and error.said is not None and error.said.code == _INVALID
    return is_plain and refused_field(error, fields.split(",")) is None


def _after(rule: StatusRule, *, with_operator: bool = False) -> StatusRule | None:
    """The next one; `with_operator`: of those with another operator."""
    following = _RULES[_RULES.index(rule) + 1 :]
    return next(each for each in following if each is None or not with_operator or each.operator != rule.operator)
