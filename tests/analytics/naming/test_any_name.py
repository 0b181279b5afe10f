"""Whatever is in a name, a template or an override: nothing raises, and what comes out fits the table of tags."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from analytics.enums import (
    DuplicateKeys,
    ExtraTokens,
    NamingFieldType,
    NamingLevel,
    NamingMode,
    NamingStatus,
    OverrideScope,
    TagSource,
)
from analytics.naming.checks import faults_of
from analytics.naming.derived import NamedEntity
from analytics.naming.deriver import derive
from analytics.naming.normal import plain_name
from analytics.naming.override import OverrideRule
from analytics.naming.parser import NameParser
from analytics.naming.suggestions import NearValues
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from tests.analytics.naming.templates import FORMAT

# Half of them look like names, so that much of what follows is about more than texts without any sense.
SIGNS = st.sampled_from(["_", "-", ":", "=", "|", " ", "\u00a0", "[", "]", "(", ")", "{", "}", "*", "?", "\\", "\x00"])
WORDS = st.sampled_from(
    [
        "ugc",
        "UCG",
        "User made",
        "a",
        "b",
        "9x16",
        "1:30",
        "15s",
        "007",
        "05.01.25",
        "- Copy 3",
        "🔥",
        "\ud800",
        "\ufdfa",
    ]
)
NAMES = st.lists(st.one_of(SIGNS, WORDS, st.text(max_size=5)), max_size=25).map("".join)
KINDS = st.sampled_from(
    [
        FORMAT,
        NamingField("a"),
        NamingField("b", NamingFieldType.DATE, date_format="DD.MM.YY", default="05.01.25"),
        NamingField("c", NamingFieldType.RATIO),
        NamingField("d", NamingFieldType.DURATION),
        NamingField("e", NamingFieldType.INTEGER, default="7"),
    ]
)


@st.composite
def fields_of_templates(draw: st.DrawFn) -> tuple[NamingField, ...]:
    kinds = draw(st.lists(KINDS, min_size=1, max_size=6, unique_by=lambda each: each.key))
    return tuple(replace(each, required=draw(st.booleans())) for each in kinds)


@st.composite
def templates(draw: st.DrawFn) -> TemplateRules:
    mode, fields = draw(st.sampled_from(NamingMode)), draw(fields_of_templates())
    delimiter = draw(st.sampled_from(["_", " - ", ":", " ", "|", "-", "=:"]))
    piece = draw(st.sampled_from([".*", "[^_]*", ".{0,9}", r"\C*"]))
    pattern = "_".join(f"(?P<{field.key}>{piece})" for field in fields)
    extra = st.sampled_from([each for each in ExtraTokens if mode is not NamingMode.REGEX or "JOIN" not in each])
    return TemplateRules(
        name="Any",
        level=draw(st.sampled_from(NamingLevel)),
        mode=mode,
        fields=fields,
        priority=draw(st.integers(-2, 2)),
        delimiter=delimiter if mode in (NamingMode.POSITION, NamingMode.KEYED) else None,
        pattern=pattern if mode is NamingMode.REGEX else None,
        trim=draw(st.booleans()),
        on_extra=draw(extra),
        on_duplicate=draw(st.sampled_from(DuplicateKeys)),
    )


@st.composite
def overrides(draw: st.DrawFn) -> OverrideRule:
    scope = draw(st.sampled_from(OverrideScope))
    target = (
        UUID(int=draw(st.integers(1, 6))) if scope in (OverrideScope.ENTITY, OverrideScope.CREATIVE) else draw(NAMES)
    )
    return OverrideRule(
        scope, target, draw(st.sampled_from("abcz")), draw(st.none() | st.sampled_from(["x", "15 SEC"]))
    )


@given(templates(), NAMES)
def test_any_name_is_read(rules: TemplateRules, name: str) -> None:
    assert faults_of(rules) == []
    reading = NameParser(rules).read(plain_name(name))
    assert [each.key for each in reading.fields] == [each.key for each in rules.fields]
    good = [each for each in reading.fields if each.is_said]
    assert len(good) == reading.valid
    assert (reading.valid == 0) == (reading.status is NamingStatus.UNMATCHED)
    if reading.status is NamingStatus.MATCHED:
        assert {each.key for each in rules.fields if each.required} <= {each.key for each in good}
    for field, each in zip(rules.fields, reading.fields, strict=True):
        assert (each.value is None) == (each.source is TagSource.MISSING)
        assert each.value is None or (0 < len(each.value) <= 2000 and "\x00" not in each.value)
        assert NearValues(field).meant_by(each.raw or "") in {None, "UGC", "VID", "IMG"}


@given(st.lists(templates(), max_size=3), st.lists(overrides(), max_size=4), st.lists(NAMES, min_size=6, max_size=6))
def test_any_entities_have_tags_that_can_be_stored(
    rules: list[TemplateRules], told: list[OverrideRule], names: list[str]
) -> None:
    account, campaign, ad_set = UUID(int=9), UUID(int=1), UUID(int=2)
    entities = [
        NamedEntity(campaign, NamingLevel.CAMPAIGN, account, names[0]),
        NamedEntity(ad_set, NamingLevel.AD_SET, account, names[1], campaign),
        *(
            NamedEntity(UUID(int=3 + number), NamingLevel.AD, account, name, campaign, ad_set, UUID(int=number + 1))
            for number, name in enumerate(names[2:])
        ),
    ]
    derived = derive(rules, told, reversed(entities))
    assert {each.entity_id for each in derived} == {each.id for each in entities}
    for each in derived:
        fields = [tag.field for tag in each.tags]
        assert fields == sorted(set(fields))
        for field, value, source in each.tags:
            assert 1 <= len(field) <= 50
            assert value is None or (0 < len(value) <= 2000 and "\x00" not in value)
            assert (value is None) == (source is TagSource.MISSING) or source is TagSource.OVERRIDE
    assert sorted(derive(rules, told, entities), key=str) == sorted(derived, key=str)


@given(
    st.just("a") | st.text(),
    st.just("_") | st.just("DD.MM.YY") | st.just("(?P<a>.*)") | st.text(),
    st.text(),
    st.sampled_from(NamingMode),
    st.sampled_from(NamingFieldType),
)
def test_any_template_is_judged(key: str, text: str, code: str, mode: NamingMode, kind: NamingFieldType) -> None:
    labels = (NamingLabel(code, text),) if kind is NamingFieldType.ENUM else ()
    form = text if kind is NamingFieldType.DATE else None
    rules = TemplateRules(
        name="Any",
        level=NamingLevel.AD,
        mode=mode,
        fields=(NamingField(key, kind, labels=labels, date_format=form, default=code),),
        delimiter=text if mode in (NamingMode.POSITION, NamingMode.KEYED) else None,
        pattern=text if mode is NamingMode.REGEX else None,
    )
    if not faults_of(rules):
        NameParser(rules).read(plain_name(text))
