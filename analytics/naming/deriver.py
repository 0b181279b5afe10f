"""Derives the tags of campaigns, ad sets and ads from their names, the templates of their levels, and overrides.

What is said of the entity itself counts before what is said of its ad set, and that before its campaign: by a person
(of several overrides that of the narrowest scope, of these the latest), else by the name. A part of its own name that
is wrong is said too: nothing is inherited in its place. Where nobody says anything, the nearest default holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from analytics.enums import NamingLevel, NamingStatus, TagSource
from analytics.naming.derived import DerivedTags, FieldValue, NamedEntity
from analytics.naming.normal import PlainName, plain_name
from analytics.naming.override import OverrideRule
from analytics.naming.parser import NameParser, NameReading
from analytics.naming.resolution import Resolution
from analytics.naming.template import COPY_FIELD, TemplateRules

# Names whose readings are kept. What has the same name was mostly made at the same time and comes close together; the
# readings of all names of a large team would be hundreds of megabytes.
_MOST_KEPT = 10_000
_RANKS = {level: rank for rank, level in enumerate(NamingLevel)}


class _Said(NamedTuple):
    """By field: `values` are said, `defaults` hold where nothing is said, else a field is lacking.

    `parser` is that of the template that reads the name.
    """

    status: NamingStatus | None
    values: Mapping[str, FieldValue]
    defaults: Mapping[str, FieldValue]
    lacking: Mapping[str, FieldValue]
    parser: NameParser | None = None


class Deriver:
    """Derives tags in slices: parents are handed in before their children, and a name that comes again is read once.

    Of templates with equal priority the first one counts; overrides are in the order in which they were made.
    """

    def __init__(self, templates: Sequence[TemplateRules], overrides: Sequence[OverrideRule]) -> None:
        self._resolution = Resolution(overrides)
        in_order = sorted(templates, key=lambda each: -each.priority)
        self._parsers = [NameParser(each, self._resolution.mending) for each in in_order]
        self._unsaid = {each: _unsaid_by(each) for each in self._parsers}
        self._asked: dict[tuple[NamingLevel, UUID], tuple[NameParser, ...]] = {}
        self._by_name: dict[tuple[tuple[NameParser, ...], str], _Said] = {}
        self._of_parent: dict[UUID, _Said] = {}

    def tell(self, overrides: Iterable[OverrideRule]) -> None:
        """Adds overrides of entities, creatives and whole names that were not derived before."""
        self._resolution.tell(overrides)

    def derive(self, entities: Iterable[NamedEntity]) -> list[DerivedTags]:
        """The tags of these, in the same order. A parent that was not handed in before has none."""
        return [self.derive_one(each) for each in entities]

    def derive_one(self, entity: NamedEntity) -> DerivedTags:
        """The tags of this one, as `derive` says."""
        own, above = self._own(entity), self._above(entity)
        if above is None:
            every = {**own.lacking, **own.defaults, **own.values}
        else:
            every = {
                **above.lacking, **own.lacking, **above.defaults, **own.defaults, **above.values, **own.values
            }  # fmt: skip
        tags = tuple(sorted(every.values()))
        if entity.level is not NamingLevel.AD:
            self._of_parent[entity.id] = _inherited(tags)
        return DerivedTags(entity.id, own.status, tags)

    def _above(self, entity: NamedEntity) -> _Said | None:
        for parent in (entity.ad_set_id, entity.campaign_id):
            if parent is not None and parent in self._of_parent:
                return self._of_parent[parent]
        return None

    def _own(self, entity: NamedEntity) -> _Said:
        parsers = self._parsers_of(entity.level, entity.ad_account_id)
        by_name = self._by_name.get((parsers, entity.name))
        if by_name is None:
            if len(self._by_name) >= _MOST_KEPT:
                self._by_name.clear()
            by_name = self._by_name[parsers, entity.name] = self._said_by_name(parsers, entity.name)
        told = self._resolution.told_of(entity.id, entity.creative_id)
        if not told:
            return by_name
        return by_name._replace(values={**by_name.values, **_as_told(told, by_name.parser)})

    def _said_by_name(self, parsers: Sequence[NameParser], name: str) -> _Said:
        read = plain_name(name)
        told = self._resolution.told_of_name(read.whole)
        parser, reading = _best(parsers, read)
        if parser is None or reading is None:
            return _Said(None, _as_told(told, None), {}, {})
        values = _said_by(reading)
        if read.copies is not None:
            values[COPY_FIELD] = FieldValue(COPY_FIELD, str(read.copies), TagSource.PARSED)
        defaults, lacking = self._unsaid[parser]
        return _Said(reading.status, values | _as_told(told, parser), defaults, lacking, parser)

    def _parsers_of(self, level: NamingLevel, ad_account_id: UUID) -> tuple[NameParser, ...]:
        """Those whose templates are asked for names of the account's entities, in order."""
        asked = self._asked.get((level, ad_account_id))
        if asked is None:
            asked = self._asked[level, ad_account_id] = tuple(
                each for each in self._parsers if _is_for(each.rules, level, ad_account_id)
            )
        return asked


def derive(
    templates: Sequence[TemplateRules], overrides: Sequence[OverrideRule], entities: Iterable[NamedEntity]
) -> list[DerivedTags]:
    """The tags of all of these, which may come in any order; campaigns are first in what is answered, ads last."""
    return Deriver(templates, overrides).derive(sorted(entities, key=lambda each: _RANKS[each.level]))


def _is_for(rules: TemplateRules, level: NamingLevel, ad_account_id: UUID) -> bool:
    return rules.level is level and (not rules.ad_account_ids or ad_account_id in rules.ad_account_ids)


def _unsaid_by(parser: NameParser) -> tuple[dict[str, FieldValue], dict[str, FieldValue]]:
    """The defaults of a template, and its fields without one."""
    unsaid = [FieldValue(key, each.unsaid.value, each.unsaid.source) for key, each in parser.fields.items()]
    return {each.field: each for each in unsaid if each.value}, {each.field: each for each in unsaid if not each.value}


def _inherited(tags: Sequence[FieldValue]) -> _Said:
    """What children have of these tags of their parent, where nothing is said of themselves.

    It follows from the tags alone, so children stay as they are while those do. That an ad set is a copy says nothing
    of its ads.
    """
    of: dict[TagSource, dict[str, FieldValue]] = {source: {} for source in TagSource}
    for each in tags:
        if each.field != COPY_FIELD:
            of[each.source][each.field] = each
    said = {**of[TagSource.PARSED], **of[TagSource.MAPPED], **of[TagSource.OVERRIDE]}
    return _Said(None, said, of[TagSource.DEFAULT], of[TagSource.MISSING])


def _best(parsers: Sequence[NameParser], name: PlainName) -> tuple[NameParser | None, NameReading | None]:
    """The first template that the name matches, else the first of those that find most in it; with its reading."""
    best: tuple[NameParser | None, NameReading | None] = (None, None)
    for parser in parsers:
        reading = parser.read(name)
        if reading.status is NamingStatus.MATCHED:
            return parser, reading
        if best[1] is None or reading.valid > best[1].valid:
            best = parser, reading
    return best


def _said_by(reading: NameReading) -> dict[str, FieldValue]:
    """What the name says well, and what it says badly; a name that no template fits says nothing badly."""
    fits = reading.status is not NamingStatus.UNMATCHED
    return {
        each.key: FieldValue(each.key, each.value, each.source)
        for each in reading.fields
        if each.is_said or (fits and each.raw is not None) or each.source is TagSource.OVERRIDE
    }


def _as_told(told: Mapping[str, str | None], parser: NameParser | None) -> dict[str, FieldValue]:
    """What a person says, in the spelling of the template's field where it has one."""
    values: dict[str, FieldValue] = {}
    for field, value in told.items():
        reader = None if parser is None else parser.fields.get(field)
        spelt = value if value is None or reader is None else reader.as_person_says(value).value
        values[field] = FieldValue(field, spelt, TagSource.OVERRIDE)
    return values
