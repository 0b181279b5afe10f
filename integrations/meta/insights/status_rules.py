"""The rules on statuses by which a question for insights includes deleted ads, and which rule follows a refused one.

Without any rule Meta leaves out ads that have been deleted since, and the sum of ads is less than the account's total.
"""

from dataclasses import dataclass

from integrations.errors import Rejected


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A filter on the delivery status of ads."""

    operator: str
    statuses: tuple[str, ...]

    @property
    def filter(self) -> dict[str, object]:
        return {"field": "ad.effective_status", "operator": self.operator, "value": self.statuses}


# A rule that excludes a single status also includes ads of statuses that Meta adds later. Ads of these statuses have no
# delivery, so excluding one of them loses nothing. If Meta retires the first status, the next one is excluded.
_UNDELIVERED = ("PREAPPROVED", "PENDING_BILLING_INFO", "IN_PROCESS")
_KNOWN = (
    *("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED"),
    *("PENDING_BILLING_INFO", "CAMPAIGN_PAUSED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES"),
)


# The rules in the order in which they are tried; None is a question without a rule.
_RULES = (*(StatusRule("NOT_IN", (status,)) for status in _UNDELIVERED), StatusRule("IN", _KNOWN), None)
FIRST = _RULES[0]
# The subcode of "Only certain values may be specified for run status."
_STATUS_REFUSED = 1487561
_INVALID = 100
# After so many questions that were refused with each rule and without any, refusals are no longer taken to be about the
# rule.
_MOST_DOUBTS = 8


@dataclass(slots=True)
class StatusFiltering:
    """What one session knows of rules: `current` is that of the next question, `taken` are those that Meta accepted.

    Meta documents the operators, but not which of them insights accept. Until Meta has answered a question with a rule,
    any refusal may be about the rule; after that only a refusal that says so.
    """

    taken: set[StatusRule | None]
    current: StatusRule | None = FIRST
    is_changed: bool = False
    _doubts: int = 0

    @property
    def left_out(self) -> int:
        """How many rules, from the first on, are not used any more."""
        return _RULES.index(self.current)

    def leave_out(self, rules: int) -> None:
        """Leaves out as many rules as Meta refused in an earlier session."""
        self.current = _RULES[min(rules, len(_RULES) - 1)]

    def answered(self, rule: StatusRule | None) -> None:
        self._go_on_with(rule)
        self.taken.add(rule)

    def _go_on_with(self, rule: StatusRule | None) -> None:
        self.is_changed |= rule != self.current
        self.current = rule

    def refused(self, rule: StatusRule | None, error: Rejected, *, fields: str) -> StatusRule | None:
        """The rule to ask with instead of a refused one; raises the refusal when it is not about the rule."""
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
    """Whether Meta calls the question invalid without naming a field of it, so that the rule may be the reason."""
    is_plain = type(error) is Rejected and error.said is not None and error.said.code == _INVALID
    return is_plain and error.refused_field(fields.split(",")) is None


def _after(rule: StatusRule, *, with_operator: bool = False) -> StatusRule | None:
    """The rule to try after this one; `with_operator`: the next one with another operator."""
    following = _RULES[_RULES.index(rule) + 1 :]
    return next(each for each in following if each is None or not with_operator or each.operator != rule.operator)
