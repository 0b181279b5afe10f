"""What it costs to read names: distinct ones in each mode, beside many overrides, and by the worst patterns allowed."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from analytics.enums import NamingFieldType, NamingLevel, NamingMode, OverrideScope
from analytics.naming.checks import faults_of
from analytics.naming.derived import NamedEntity
from analytics.naming.deriver import derive
from analytics.naming.normal import PlainName, plain_name
from analytics.naming.override import OverrideRule
from analytics.naming.parser import NameParser
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from benchmarks.table import Ratio, Reading, print_table
from startup.collector import settle_collector

NAMES, MORE, ROUNDS = 10_000, 100_000, 3
ACCOUNT = UUID(int=1)
GEO = NamingField("geo", NamingFieldType.ENUM, labels=tuple(NamingLabel(code, code) for code in ("US", "DE", "FR")))
FORMAT = NamingField(
    "format", NamingFieldType.ENUM, labels=(NamingLabel("UGC", "User made"), NamingLabel("IMG", "Image"))
)
FIELDS = (
    GEO,
    FORMAT,
    NamingField("hook", required=True),
    NamingField("made", NamingFieldType.DATE, date_format="YYYY-MM-DD"),
    NamingField("ratio", NamingFieldType.RATIO),
    NamingField("length", NamingFieldType.DURATION),
)
# For each mode, how it finds the fields and how a name writes them.
MODES: dict[NamingMode, tuple[dict[str, Any], str]] = {
    NamingMode.POSITION: ({"delimiter": "_"}, "US_ugc_hook {}_2025-01-{:02}_9x16_15s"),
    NamingMode.KEYED: ({"delimiter": "_"}, "geo:US_format:ugc_hook:hook {}_made:2025-01-{:02}_ratio:9x16_length:15s"),
    NamingMode.BRACKETED: ({}, "[US] [ugc] [hook {}] [2025-01-{:02}] [9x16] [15s]"),
    NamingMode.REGEX: (
        {"pattern": "_".join(f"(?P<{field.key}>[^_]+)" for field in FIELDS)},
        "US_ugc_hook {}_2025-01-{:02}_9x16_15s",
    ),
}
# Patterns that make RE2 keep many places at once, each nearly as large as is allowed.
BOMBS = (
    "(?P<a>.{0,60}(.{0,9}){0,9})_(.{0,60})x",
    "(?P<a>(.*[a-c].{0,40}[d-f]){4})",
    "(?P<a>(.{0,9}){0,9}.*(.{0,9}){0,9})",
)


def template(mode: NamingMode) -> TemplateRules:
    rules = TemplateRules(name="Ads", level=NamingLevel.AD, mode=mode, fields=FIELDS)
    return replace(rules, **MODES[mode][0])


def ads(mode: NamingMode, number: int, suffix: str = "") -> list[NamedEntity]:
    form = MODES[mode][1] + suffix
    return [
        NamedEntity(UUID(int=each), NamingLevel.AD, ACCOUNT, form.format(each, each % 28 + 1)) for each in range(number)
    ]


def overrides() -> list[OverrideRule]:
    globs = [OverrideRule(OverrideScope.NAME_PATTERN, f"*hook {each}_*", "hook", "x") for each in range(NAMES // 10)]
    others = [OverrideRule(OverrideScope.ENTITY, UUID(int=each), "hook", "y") for each in range(len(globs), NAMES)]
    return [*globs, *others]


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def deriving(name: str, mode: NamingMode, number: int, told: Sequence[OverrideRule] = (), suffix: str = "") -> Reading:
    rules, named = [template(mode)], ads(mode, number, suffix)
    rounds = ROUNDS if number == NAMES else 1
    took = [seconds(lambda: derive(rules, told, named)) for _ in range(rounds)]
    return Reading(f"{name}, {number:,} names", "s", took)


def worst_pattern() -> Reading:
    """Milliseconds for a name of 400 characters, by each bomb, which all are good templates."""
    chance = random.Random(12)
    names = [plain_name("".join(chance.choices("abcdefg_-é", k=400))) for _ in range(50)]
    took = []
    for pattern in BOMBS:
        rules = TemplateRules(
            name="Bomb", level=NamingLevel.AD, mode=NamingMode.REGEX, fields=(NamingField("a"),), pattern=pattern
        )
        assert faults_of(rules) == []
        took.append(seconds(partial(_read, NameParser(rules), names)) * 1000 / len(names))
    return Reading("a name of 400 characters, by patterns made to be slow", "ms", took)


def _read(parser: NameParser, names: Sequence[PlainName]) -> None:
    for name in names:
        parser.read(name)


def main() -> None:
    settle_collector()
    few = [deriving(mode.value, mode, NAMES) for mode in NamingMode]
    many = [deriving(mode.value, mode, MORE) for mode in NamingMode]
    position = NamingMode.POSITION
    others = [
        deriving("POSITION, not ASCII, copies", position, NAMES, suffix=" 🔥 – Cópia 3"),  # noqa: RUF001 - on purpose
        deriving("POSITION, 10,000 overrides", position, NAMES, overrides()),
    ]
    growth = [
        Ratio(f"{mode.value}: {MORE:,} names of {NAMES:,}", more.median / less.median, "at most 12x", is_met=None)
        for mode, less, more in zip(NamingMode, few, many, strict=True)
    ]
    ratios = [Ratio(each.name, each.value, each.goal, each.value <= 12) for each in growth]
    print_table("names: CPU of deriving tags, 6 fields", [*few, *many, *others, worst_pattern()], ratios)


if __name__ == "__main__":
    main()
