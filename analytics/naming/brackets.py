"""Reads names whose fields stand in brackets, the n-th pair for the n-th field (BRACKETED); text between is free."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.naming.parts import FoundParts, Mode, in_order
from analytics.naming.template import TemplateRules

KINDS = ("[]", "()", "{}")

_NOT_CLOSED = "The bracket is not closed."
_NOT_OPENED = "A bracket is closed here that was not opened."


def in_brackets(rules: TemplateRules, kind: str | None) -> Mode:
    """`kind` is the pair of brackets that counts; null for all three. Inside of one pair the others are text.

    A bracket without its other half keeps a place, so that what follows is not shifted: an opened one up to the next
    of its kind, a closed one if there is text before it.
    """
    kinds = KINDS if kind is None else (kind,)
    closing = {pair[0]: pair[1] for pair in kinds}
    sign = re.compile("[" + re.escape("".join(kinds)) + "]")

    def split(name: str) -> FoundParts:
        scan = _Scan(name, closing, [], {})
        for match in sign.finditer(name):
            scan.meet(match[0], match.start())
        scan.end()
        if not scan.found:
            return FoundParts([], remark="The name has no brackets.", is_whole=False)
        parts = in_order(scan.found, rules.fields, on_extra=rules.on_extra, joined_by=" ", faults=scan.faults)
        if scan.is_balanced:
            return parts
        return parts._replace(remark="The brackets of the name do not pair.", is_whole=False)

    return split


@dataclass(slots=True)
class _Scan:
    """Where a walk through the signs of a name has come to: `opened` is the bracket that waits for its other half."""

    name: str
    closing: Mapping[str, str]
    found: list[str]
    faults: dict[int, str]
    opened: str = ""
    start: int = 0
    is_balanced: bool = True

    def meet(self, sign: str, place: int) -> None:
        if self.opened and sign == self.closing[self.opened]:
            self.found.append(self.name[self.start : place])
            self.opened = ""
        elif self.opened and sign != self.opened:
            return
        elif sign in self.closing:
            if self.opened:
                self._broken(_NOT_CLOSED, self.name[self.start : place])
            self.opened = sign
        else:
            self.is_balanced = False
            if text := self.name[self.start : place].strip():
                self._broken(_NOT_OPENED, text)
        self.start = place + 1

    def end(self) -> None:
        if self.opened:
            self._broken(_NOT_CLOSED, self.name[self.start :])

    def _broken(self, fault: str, text: str) -> None:
        self.is_balanced = False
        self.faults[len(self.found)] = fault
        self.found.append(text)
