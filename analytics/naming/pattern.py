"""Reads names by a pattern of the person's own, whose named groups are the fields (REGEX), in linear time."""

from typing import Any

import re2

from analytics.enums import ExtraTokens
from analytics.naming.parts import FoundParts, Mode
from analytics.naming.template import TemplateRules

# Characters, of a pattern and of a name that it is held against.
LONGEST_PATTERN = 400
LONGEST_NAME = 400
MOST_GROUPS = 100
# Instructions of RE2. The work on a name grows with them, and repetitions in repetitions have a hundred thousand; of
# this size the worst pattern takes some milliseconds for the longest name.
LARGEST_PROGRAM = 2_000
# Bytes that RE2 takes for a pattern. Compiled ones are kept for later, those too that are refused, and one of 400
# characters can take megabytes; this is enough for several times the largest program.
_MOST_MEMORY = 512 * 1024


def compiled(pattern: str) -> Any:
    """Raises re2.error for a pattern that RE2 does not know, such as one that looks back, and for a huge one."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return re2.compile(pattern, options=options)


def by_pattern(rules: TemplateRules, pattern: str) -> Mode:
    """The pattern must be that of the whole name, unless extra text is ignored: then it may stand anywhere in it."""
    expression = compiled(pattern)
    groups = expression.groupindex
    places = [groups[field.key] for field in rules.fields]

    def raws(found: Any) -> list[str | None]:
        # A pattern may take a character apart by \C, so the bytes of a group need not be a text.
        parts = [found[place] for place in places]
        return [None if part is None else part.decode(errors="replace") for part in parts]

    def split(name: str) -> FoundParts:
        if len(name) > LONGEST_NAME:
            remark = f"The name has more than {LONGEST_NAME} characters: patterns are not tried on it."
            return FoundParts([], remark=remark, is_whole=False)
        text = name.encode()  # what RE2 reads: of a str it would look up where each byte stands
        found = expression.fullmatch(text)
        if found is not None:
            return FoundParts(raws(found))
        found = expression.search(text)
        if found is None:
            return FoundParts([], remark="The pattern is not that of the name.", is_whole=False)
        if rules.on_extra is ExtraTokens.IGNORE:
            return FoundParts(raws(found))
        return FoundParts(raws(found), remark="The pattern is that of a part of the name only.", is_whole=False)

    return split
