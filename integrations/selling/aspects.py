"""Properties of a category's listings, as marketplaces ask for them, and which of our kinds of attributes they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.selling.records import ListingDraft, RecordProblem

# The names that a marketplace gives to our kinds of attributes, in small letters.
AspectNames = Mapping[str, frozenset[str]]
NO_PARENT = "The values of this kind are those of a category: say its id as `parent`."


@dataclass(frozen=True, slots=True)
class Aspect:
    """A property of a category's listings, in the words of the market. No `values`: any text is taken."""

    name: str
    is_required: bool
    is_selection: bool
    values: tuple[str, ...]


def aspect_for(kind: str, aspects: Sequence[Aspect], names: AspectNames) -> Aspect | None:
    """The aspect of a category that is our kind of attribute; None if it has none."""
    return next((aspect for aspect in aspects if aspect.name.casefold() in names.get(kind, ())), None)


def named_aspects(
    values: Mapping[str, Sequence[str]], aspects: Sequence[Aspect], names: AspectNames
) -> dict[str, Sequence[str]]:
    """The values by the market's names of aspects, of our kinds of attributes and of what has such a name already.

    A kind for which the category has no aspect is left out: the marketplace does not ask for it there.
    """
    found: dict[str, Sequence[str]] = {}
    for name, listed in values.items():
        aspect = aspect_for(name, aspects, names)
        if aspect is not None:
            found[aspect.name] = listed
        elif name not in names:
            found[name] = listed
    return found


def aspect_problems(draft: ListingDraft, aspects: Sequence[Aspect], vendor: str) -> list[RecordProblem]:
    """Required ones that are missing, and values that are none of those to choose from."""
    given = {name.casefold(): [value for value in values if value.strip()] for name, values in draft.aspects.items()}
    found: list[RecordProblem] = []
    for aspect in aspects:
        values = given.get(aspect.name.casefold(), [])
        known = {value.casefold() for value in aspect.values}
        odd = [value for value in values if aspect.is_selection and value.casefold() not in known]
        if aspect.is_required and not values:
            found.append(RecordProblem(f"{vendor}'s category asks for {aspect.name}.", "aspects"))
        elif odd:
            found.append(RecordProblem(f"{vendor} does not know {odd[0]!r} as {aspect.name}.", "aspects"))
    return found
