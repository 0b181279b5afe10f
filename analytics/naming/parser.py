"""Reads names by one template: what each field says, where that is from, what is wrong, and if the name matches."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from analytics.enums import NamingMode, NamingStatus
from analytics.naming.brackets import in_brackets
from analytics.naming.fields import Mended, PartReader, ReadField
from analytics.naming.normal import PlainName, plain_delimiter
from analytics.naming.parts import FoundParts, Mode
from analytics.naming.pattern import by_pattern
from analytics.naming.split import by_keys, by_position
from analytics.naming.template import TemplateRules

_NOTHING: Mapping[str, Mended] = {}


class NameReading(NamedTuple):
    """`fields` are in the template's order; `valid` is how many of them the name says well."""

    status: NamingStatus
    fields: Sequence[ReadField]
    valid: int


class NameParser:
    """Reads names by a template, which must be a good one (analytics/naming/checks.py).

    `mending` replaces mistaken values before they are checked.
    """

    def __init__(self, rules: TemplateRules, mending: Mapping[str, Mended] = _NOTHING) -> None:
        self.rules = rules
        self.fields = {each.key: PartReader(each, mending.get(each.key), trim=rules.trim) for each in rules.fields}
        self._split = mode_of(rules)
        self._readers = list(self.fields.values())
        self._required = [place for place, each in enumerate(rules.fields) if each.required]

    def read(self, name: PlainName) -> NameReading:
        parts = (
            self._split(name.text)
            if name.text
            else FoundParts([], remark="The name is empty, or too long to be one.", is_whole=False)
        )
        raws = [*parts.raws, *[None] * (len(self._readers) - len(parts.raws))]
        said = [
            reader.read(raw, parts.faults.get(place) if parts.faults else None)
            for place, (reader, raw) in enumerate(zip(self._readers, raws, strict=True))
        ]
        valid = sum([each.is_said for each in said])
        is_matched = parts.is_whole and all(said[place].is_said for place in self._required)
        if parts.remark is not None:
            said = _with_remark(said, parts.remark)
        if not valid:
            return NameReading(NamingStatus.UNMATCHED, said, 0)
        return NameReading(NamingStatus.MATCHED if is_matched else NamingStatus.PARTIAL, said, valid)


def mode_of(rules: TemplateRules) -> Mode:
    match rules.mode:
        case NamingMode.POSITION:
            return by_position(rules, plain_delimiter(rules.delimiter or ""))
        case NamingMode.KEYED:
            return by_keys(rules, plain_delimiter(rules.delimiter or ""))
        case NamingMode.BRACKETED:
            return in_brackets(rules, rules.delimiter)
        case NamingMode.REGEX:
            return by_pattern(rules, rules.pattern or "")


def _with_remark(said: Sequence[ReadField], remark: str) -> list[ReadField]:
    """A name has no error of its own: its first field without a part tells it, or else the last field."""
    place = next((place for place, each in enumerate(said) if each.raw is None), len(said) - 1)
    told = said[place]
    error = remark if told.raw is None else told.error or remark
    return [*said[:place], told._replace(error=error), *said[place + 1 :]]
