"""Reads names whose parts stand between delimiters: fields by their place (POSITION), or by their keys (KEYED)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.enums import DuplicateKeys, ExtraTokens
from analytics.naming.normal import folded
from analytics.naming.parts import FoundParts, Mode, counted, in_order
from analytics.naming.template import TemplateRules

_SEPARATORS = ":=-"
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def by_position(rules: TemplateRules, delimiter: str) -> Mode:
    """The n-th part is the n-th field; an empty part keeps its place.

    A name without the delimiter that is no whole name of the template was made by another rule: nothing is read in it.
    With a part too many, an empty one is most likely a delimiter that slipped in and has shifted what is behind it.
    """
    wanted = len(rules.fields)

    def split(name: str) -> FoundParts:
        found = _divide(name, delimiter)
        while len(found) > wanted and not found[-1].strip():
            found.pop()
        is_shifted = len(found) > wanted and rules.on_extra is ExtraTokens.ERROR
        faults = _behind_empty(found[:wanted]) if is_shifted else {}
        parts = in_order(found, rules.fields, on_extra=rules.on_extra, joined_by=delimiter, faults=faults)
        if len(found) == 1 and not parts.is_whole:
            return FoundParts([], remark="The delimiter is not in the name.", is_whole=False)
        return parts

    return split


def by_keys(rules: TemplateRules, delimiter: str) -> Mode:
    """A part is `key:value`, `key=value` or `key-value`, in any order; brackets around a value are no part of it.

    The first separator of a part divides it, so a value may contain others: `url:https://a.example`.
    """
    places = {folded(field.key): place for place, field in enumerate(rules.fields)}

    def split(name: str) -> FoundParts:
        reading = _Keyed([[] for _ in rules.fields], [])
        latest: list[str] | None = None
        for part in _divide(name, delimiter):
            key, value = _divided(part)
            place = places.get(key)
            if place is not None:
                latest = reading.said[place]
                latest.append(value)
            elif rules.on_extra is ExtraTokens.JOIN_LAST and latest:
                latest[-1] += delimiter + part
            elif part.strip() and rules.on_extra is not ExtraTokens.IGNORE:
                reading.extra.append(part)
        return reading.parts(rules.on_duplicate)

    return split


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What a name says for each field, and the parts that say nothing for any."""

    said: list[list[str]]
    extra: list[str]

    def parts(self, on_duplicate: DuplicateKeys) -> FoundParts:
        raws: list[str | None] = []
        faults: dict[int, str] = {}
        for place, values in enumerate(self.said):
            bare = [value for value in map(_bare, values) if value.strip()]
            raws.append(None if not bare else bare[-1] if on_duplicate is DuplicateKeys.LAST else bare[0])
            if len(bare) > 1 and on_duplicate is DuplicateKeys.ERROR:
                faults[place] = "The name has this key more than once."
        remark = None
        if self.extra:
            remark = f"The name has {counted(len(self.extra), 'part')} without a key of the template."
        return FoundParts(raws, faults, remark, is_whole=not faults and not self.extra)


def _behind_empty(parts: Sequence[str]) -> Mapping[int, str]:
    """That each part behind the first empty one may be another field's."""
    empty = next((place for place, part in enumerate(parts) if not part.strip()), len(parts))
    fault = "It stands behind an empty part, and the name has a part too many."
    return dict.fromkeys(range(empty + 1, len(parts)), fault)


def _divide(name: str, delimiter: str) -> list[str]:
    """A plain name has no space at its ends, where the one of a delimiter such as ` - ` may have been."""
    if len(delimiter) > 1 and delimiter[0] == " " and name.startswith(delimiter[1:]):
        name = " " + name
    if len(delimiter) > 1 and delimiter[-1] == " " and name.endswith(delimiter[:-1]):
        name += " "
    return name.split(delimiter)


def _divided(part: str) -> tuple[str, str]:
    """Key and value; the key is empty without a separator."""
    places = [place for each in _SEPARATORS if (place := part.find(each)) >= 0]
    if not places:
        return "", part
    first = min(places)
    return part[:first].strip().casefold(), part[first + 1 :]


def _bare(value: str) -> str:
    """The value without the pair of brackets around it."""
    inner = value.strip()
    if len(inner) > 1 and _PAIRS.get(inner[0]) == inner[-1]:
        return inner[1:-1]
    return value
