"""Owns what the four modes have in common: the parts of a name that they find, and what is left over.

A mode is a function from a plain name, which is not empty, to its parts. It takes time in proportion to the name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from analytics.enums import ExtraTokens
from analytics.naming.template import NamingField

_NOTHING: Mapping[int, str] = {}


class FoundParts(NamedTuple):
    """The part of each field, in the template's order; null or blank where the name has none.

    `faults` are sentences on fields, by place: what stands there cannot be trusted and is no value. `remark` is a
    sentence on the name as a whole, which cannot match then; the values stay. A name that cannot match for the reason
    that is told of one of its fields has neither: `is_whole` is false.
    """

    raws: Sequence[str | None]
    faults: Mapping[int, str] = _NOTHING
    remark: str | None = None
    is_whole: bool = True


Mode = Callable[[str], FoundParts]


def in_order(
    found: Sequence[str],
    fields: Sequence[NamingField],
    *,
    on_extra: ExtraTokens,
    joined_by: str,
    faults: Mapping[int, str] = _NOTHING,
) -> FoundParts:
    """FoundParts that are fields by their place: there are at most as many as fields afterwards.

    With one too many nobody can say which part it is that no field means, least of all of the last field: an error
    makes that one no value, so that half a text is not taken for the whole.
    """
    last = len(fields) - 1
    rest = found[last:]
    if not rest:
        return _fewer(found, fields, faults)
    if len(rest) == 1:
        return FoundParts(found, faults, is_whole=not faults)
    if on_extra is ExtraTokens.IGNORE:
        return FoundParts(found[: last + 1], faults, is_whole=not faults)
    raws = [*found[:last], joined_by.join(rest)]
    if on_extra is ExtraTokens.JOIN_LAST:
        moved = {min(place, last): fault for place, fault in faults.items()}
        return FoundParts(raws, moved, is_whole=not moved)
    fault = f"The name has {counted(len(rest) - 1, 'part')} more than the template has fields."
    return FoundParts(raws, {**faults, last: fault}, is_whole=False)


def _fewer(found: Sequence[str], fields: Sequence[NamingField], faults: Mapping[int, str]) -> FoundParts:
    """Only where all parts are of required fields it is clear that none of them is shifted.

    Else any optional one may be the one that was left out: tools that build names drop an empty part with its
    delimiter.
    """
    here, missing = fields[: len(found)], fields[len(found) :]
    if all(each.required for each in here) and not any(each.required for each in missing):
        return FoundParts(found, faults, is_whole=not faults)
    fault = f"The name has {counted(len(found), 'part')}, and the template {counted(len(fields), 'field')}."
    return FoundParts(found, {**dict.fromkeys(range(len(found), len(fields)), fault), **faults}, is_whole=False)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
