"""Which templates are good, and where each of the others is wrong."""

from dataclasses import replace

import pytest
import re2

from analytics.enums import ExtraTokens, NamingFieldType, NamingMode
from analytics.naming.checks import faults_of, is_field_key
from analytics.naming.pattern import compiled
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from tests.analytics.naming.templates import FORMAT, template

REGEX = NamingMode.REGEX
DAY = NamingField("day", NamingFieldType.DATE, date_format="DD.MM.YY")


def patterned(pattern: str | None, fields: str = "a", **rules: object) -> TemplateRules:
    return template(fields, REGEX, pattern=pattern, **rules)


def labelled(*labels: tuple[str, str]) -> TemplateRules:
    return template([replace(FORMAT, labels=tuple(NamingLabel(*each) for each in labels))])


GOOD = {
    "by position": template([FORMAT, DAY, NamingField("größe_2")], delimiter=" | "),
    "by keys": template("a b", NamingMode.KEYED, delimiter=":"),
    "in brackets": template("a", NamingMode.BRACKETED),
    "in brackets of a kind": template("a", NamingMode.BRACKETED, delimiter="{}"),
    "by a pattern": patterned("(?P<a>[^_]{1,40})_(?<größe>.*)", "a größe"),
    "by a pattern of 400 characters": patterned("(?P<a>x)" + "y" * 392),
    "by a pattern of 100 groups": patterned("(?P<a>x)" + "()" * 99),
    "defaults of each type": template(
        [replace(FORMAT, default="ugc"), replace(DAY, default="05.01.25"), NamingField("x", default=" any ")]
    ),
    "fifty fields": template(" ".join(f"f{number}" for number in range(50))),
    "a thousand labels": labelled(*((f"c{number}", "x") for number in range(1000))),
}

BAD = {
    "no delimiter": (template("a", delimiter=None), "delimiter"),
    "an empty delimiter": (template("a", delimiter=""), "delimiter"),
    "a delimiter that nobody sees": (template("a", delimiter="\u200b"), "delimiter"),
    "a long delimiter": (template("a", delimiter="______"), "delimiter"),
    "half a pair of brackets": (template("a", NamingMode.BRACKETED, delimiter="["), "delimiter"),
    "a delimiter beside a pattern": (patterned("(?P<a>x)", delimiter="_"), "delimiter"),
    "a pattern beside a delimiter": (template("a", pattern="(?P<a>x)"), "pattern"),
    "joining what no pattern leaves": (patterned("(?P<a>x)", on_extra=ExtraTokens.JOIN_LAST), "on_extra"),
    "no pattern": (patterned(None), "pattern"),
    "an empty pattern": (patterned(""), "pattern"),
    "a pattern of 401 characters": (patterned("(?P<a>x)" + "y" * 393), "pattern"),
    "a pattern of 101 groups": (patterned("(?P<a>x)" + "()" * 100), "pattern"),
    "a pattern that is none": (patterned("(?P<a>x"), "pattern"),
    "a pattern that looks ahead": (patterned("(?P<a>x)(?=y)"), "pattern"),
    "a pattern that looks back": (patterned("(?P<a>x)\\1"), "pattern"),
    "a pattern of half a surrogate pair": (patterned("(?P<a>\ud800)"), "pattern"),
    "a pattern that repeats repetitions": (patterned("(?P<a>(x{1,30}){1,30}){1,30}"), "pattern"),
    "a pattern that is large": (patterned("(?P<a>((.{0,9}){0,9}){0,9})"), "pattern"),
    "a field without a group": (patterned("(?P<a>x)", "a b"), "fields 1 key"),
    "a group without a field": (patterned("(?P<a>x)(?P<b>y)"), "pattern"),
    "no fields": (template(""), "fields"),
    "51 fields": (template(" ".join(f"f{number}" for number in range(51))), "fields"),
    "a key twice": (template("a b A"), "fields 2 key"),
    "an empty key": (template([NamingField("")]), "fields 0 key"),
    "the key of copies": (template("_copy"), "fields 0 key"),
    "a key of 51 characters": (template("a" * 51), "fields 0 key"),
    "a key with a hyphen": (template("a-b"), "fields 0 key"),
    "a key with NUL": (template("a\x00"), "fields 0 key"),
    "a key with wide letters": (template("ａ"), "fields 0 key"),  # noqa: RUF001 - on purpose
    "labels of a text": (template([replace(FORMAT, type=NamingFieldType.TEXT)]), "fields 0 labels"),
    "no labels": (labelled(), "fields 0 labels"),
    "1,001 labels": (labelled(*((f"c{number}", "x") for number in range(1001))), "fields 0 labels"),
    "a code twice": (labelled(("UGC", "x"), ("ugc ", "y")), "fields 0 labels 1 code"),
    "an empty code": (labelled((" ", "x")), "fields 0 labels 0 code"),
    "a code of 101 characters": (labelled(("c" * 101, "x")), "fields 0 labels 0 code"),
    "an empty label": (labelled(("UGC", "")), "fields 0 labels 0 label"),
    "a label of 201 characters": (labelled(("UGC", "x" * 201)), "fields 0 labels 0 label"),
    "a date without a format": (template([replace(DAY, date_format=None)]), "fields 0 date_format"),
    "a format without a year": (template([replace(DAY, date_format="DD.MM")]), "fields 0 date_format"),
    "a format of a text": (template([NamingField("a", date_format="YYYY-MM")]), "fields 0 date_format"),
    "NUL in a delimiter": (template("a", delimiter="_\x00"), "delimiter"),
    "NUL in a pattern": (patterned("(?P<a>\x00)"), "pattern"),
    "half a surrogate pair in a code": (labelled(("UGC\ud800", "x")), "fields 0 labels 0 code"),
    "half a surrogate pair in a label": (labelled(("UGC", "\udfffx")), "fields 0 labels 0 label"),
    "NUL in a default": (template([NamingField("a", default="x\x00")]), "fields 0 default"),
    "NUL in a format": (template([replace(DAY, date_format="YYYY\x00MM")]), "fields 0 date_format"),
    "an empty default": (template([NamingField("a", default=" ")]), "fields 0 default"),
    "a long default": (template([NamingField("a", default="x" * 2001)]), "fields 0 default"),
    "a default that is no code": (template([replace(FORMAT, default="UCG")]), "fields 0 default"),
    "a default that is no date": (template([replace(DAY, default="2025-01-05")]), "fields 0 default"),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_good_template_has_no_faults(case: str) -> None:
    assert faults_of(GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_a_fault_has_a_place_and_a_sentence(case: str) -> None:
    rules, path = BAD[case]
    [fault] = faults_of(rules)
    assert " ".join(map(str, fault.path)) == path
    assert fault.message[0].isupper()
    assert fault.message.endswith((".", ".)"))


def test_all_faults_are_told_at_once() -> None:
    fields = [NamingField("a", default=""), NamingField("a"), replace(DAY, date_format="?")]
    faults = faults_of(template(fields, delimiter="", pattern="x"))
    assert [fault.path for fault in faults] == [
        ("delimiter",), ("pattern",), ("fields", 0, "default"), ("fields", 1, "key"), ("fields", 2, "date_format"),
    ]  # fmt: skip


def test_a_huge_pattern_takes_no_memory() -> None:
    huge = r"(?P<a>(\pL{0,5}.*){0,50})(.{0,20}\pL){0,8}"
    with pytest.raises(re2.error):
        compiled(huge)
    [fault] = faults_of(patterned(huge))
    assert fault.message.startswith("It is too large")


def test_a_field_that_people_name_has_a_key_too() -> None:
    assert [is_field_key(each) for each in ("hook", "größe", "f_1", "_copy", "1", "a b", "")] == [True] * 3 + [
        False
    ] * 4
