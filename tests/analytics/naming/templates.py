"""Templates in few words, and what a name says by one."""

from typing import Any

from analytics.enums import NamingFieldType, NamingLevel, NamingMode, TagSource
from analytics.naming.fields import ReadField
from analytics.naming.normal import plain_name
from analytics.naming.parser import NameParser, NameReading
from analytics.naming.template import NamingField, NamingLabel, TemplateRules

FORMAT = NamingField(
    "format",
    NamingFieldType.ENUM,
    labels=(NamingLabel("UGC", "User made"), NamingLabel("VID", "Video"), NamingLabel("IMG", "Image")),
)


def template(fields: str | list[NamingField], mode: NamingMode = NamingMode.POSITION, **rules: Any) -> TemplateRules:
    """For ads, with `_` between parts; `fields` may be keys of texts, with `!` behind those that are required."""
    if isinstance(fields, str):
        fields = [NamingField(key.rstrip("!"), required=key.endswith("!")) for key in fields.split()]
    if mode in (NamingMode.POSITION, NamingMode.KEYED):
        rules = {"delimiter": "_"} | rules
    return TemplateRules(**({"name": "Ads", "level": NamingLevel.AD, "mode": mode, "fields": tuple(fields)} | rules))


def read(rules: TemplateRules, name: str) -> NameReading:
    return NameParser(rules).read(plain_name(name))


def said(rules: TemplateRules, name: str) -> str:
    """The status, and behind it each field: its value, `-` where the name has none, and the raw part and `!` if wrong.

    >>> said(template("geo hook"), "US_Summer")
    'MATCHED US Summer'
    """
    reading = read(rules, name)
    return " ".join([reading.status, *map(_shown, reading.fields)])


def field_of(rules: TemplateRules, name: str, key: str) -> ReadField:
    return next(each for each in read(rules, name).fields if each.key == key)


def _shown(each: ReadField) -> str:
    if each.value is not None:
        return each.value + ("=" if each.source is TagSource.DEFAULT else "")
    return "-" if each.raw is None else f"{each.raw}!"
