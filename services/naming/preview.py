"""Reads names by a template that is not stored, for people to see what it would say; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.enums import NamingStatus, TagSource
from analytics.naming.fields import ReadField
from analytics.naming.normal import plain_name
from analytics.naming.parser import NameParser
from analytics.naming.suggestions import NearValues
from analytics.naming.template import COPY_FIELD, TemplateRules
from auth.permissions import Permission, require
from auth.viewer import Viewer
from services.naming.turns import in_turns

MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class NamedTag:
    """What a name says for a field, and what is wrong with it."""

    field: str
    raw: str | None
    value: str | None
    label: str | None
    source: TagSource
    error: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class NamingPreview:
    """The tags are in the order of the template's fields, behind them the number of a copy where the name is one."""

    name: str
    status: NamingStatus
    tags: list[NamedTag]


async def preview_names(viewer: Viewer, rules: TemplateRules, names: Sequence[str]) -> list[NamingPreview]:
    """What the template, which must be a good one, makes of each of these names; needs READ."""
    require(viewer, Permission.READ)
    previewer = _Previewer(rules)
    return [previewer.preview(name) async for name in in_turns(names)]


class _Previewer:
    def __init__(self, rules: TemplateRules) -> None:
        self._parser = NameParser(rules)
        self._suggestions = {field.key: NearValues(field) for field in rules.fields}

    def preview(self, name: str) -> NamingPreview:
        plain = plain_name(name)
        reading = self._parser.read(plain)
        tags = [self._tag(each) for each in reading.fields]
        if plain.copies is not None:
            tags.append(NamedTag(COPY_FIELD, plain.suffix, str(plain.copies), None, TagSource.PARSED))
        # Half of a surrogate pair cannot be written in any answer.
        return NamingPreview(name.encode(errors="replace").decode(), reading.status, tags)

    def _tag(self, each: ReadField) -> NamedTag:
        is_wrong = each.error is not None and each.raw is not None and each.value is None
        meant = self._suggestions[each.key].meant_by(each.raw or "") if is_wrong else None
        return NamedTag(each.key, each.raw, each.value, each.label, each.source, each.error, meant)
