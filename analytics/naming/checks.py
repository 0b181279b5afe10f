"""Says which naming templates are good: everything that is wrong with one, each with the place at which it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from analytics.enums import ExtraTokens, NamingFieldType, NamingMode
from analytics.naming.brackets import KINDS
from analytics.naming.dates import date_reader
from analytics.naming.normal import folded, plain, plain_delimiter
from analytics.naming.pattern import LARGEST_PROGRAM, LONGEST_PATTERN, MOST_GROUPS, compiled
from analytics.naming.template import NamingField, TemplateRules
from analytics.naming.values import LONGEST_VALUE, value_reader

MOST_FIELDS = 50
MOST_LABELS = 1_000
LONGEST_DELIMITER = 5
LONGEST_CODE = 100
LONGEST_LABEL = 200
LONGEST_KEY = 50

_NO_PATTERN = "It is no regular expression of RE2, which neither looks around nor back, nor repeats over 1,000 times."
_TOO_LARGE = r"It is too large when it is written out: repeat less, and write [^_]+ rather than \pL+."
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_KEY = re.compile(r"[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """`path` leads to what is wrong, such as `("fields", 2, "date_format")`."""

    path: tuple[str | int, ...]
    message: str


def is_field_key(key: str) -> bool:
    """Whether a field can have this key: a letter, then letters, digits and underscores."""
    return len(key) <= LONGEST_KEY and _KEY.fullmatch(key) is not None and plain(key) == key


def faults_of(rules: TemplateRules) -> list[TemplateFault]:
    """What is wrong with a template; nothing is with a good one. Its name is not looked at."""
    faults = [*_of_mode(rules), *_of_fields(rules)]
    told = {fault.path for fault in faults}
    faults += [fault for fault in _of_texts(rules) if fault.path not in told]
    if rules.mode is NamingMode.REGEX and not faults:
        faults += _of_groups(rules)
    return faults


def _of_texts(rules: TemplateRules) -> Iterator[TemplateFault]:
    """Texts that are no Unicode, or that Postgres does not store."""
    texts: list[tuple[tuple[str | int, ...], str | None]] = [
        (("delimiter",), rules.delimiter),
        (("pattern",), rules.pattern),
    ]
    for place, field in enumerate(rules.fields):
        texts += [(("fields", place, name), getattr(field, name)) for name in ("date_format", "default")]
        for at, each in enumerate(field.labels):
            texts += [(("fields", place, "labels", at, name), getattr(each, name)) for name in ("code", "label")]
    for path, text in texts:
        if text is not None and _NO_TEXT.search(text):
            yield TemplateFault(path, "It must not contain the character NUL or half of a surrogate pair.")


def _of_mode(rules: TemplateRules) -> Iterator[TemplateFault]:
    has_delimiter, has_pattern = rules.delimiter is not None, rules.pattern is not None
    match rules.mode:
        case NamingMode.POSITION | NamingMode.KEYED:
            yield from _of_delimiter(rules.delimiter)
        case NamingMode.BRACKETED:
            if has_delimiter and rules.delimiter not in KINDS:
                yield TemplateFault(("delimiter",), "The brackets that count are [], () or {}; leave it out for all.")
        case NamingMode.REGEX:
            if has_delimiter:
                yield TemplateFault(("delimiter",), "A pattern needs no delimiter: leave it out.")
            if rules.on_extra is ExtraTokens.JOIN_LAST:
                yield TemplateFault(("on_extra",), "A pattern leaves no parts over that could be joined.")
            yield from _of_pattern(rules.pattern)
    if has_pattern and rules.mode is not NamingMode.REGEX:
        yield TemplateFault(("pattern",), "Only the mode REGEX has a pattern: leave it out.")


def _of_delimiter(delimiter: str | None) -> Iterator[TemplateFault]:
    if not 1 <= len(plain_delimiter(delimiter or "")) <= LONGEST_DELIMITER:
        yield TemplateFault(("delimiter",), f"Names need a delimiter of 1 to {LONGEST_DELIMITER} characters.")


def _of_pattern(pattern: str | None) -> Iterator[TemplateFault]:
    if not pattern or len(pattern) > LONGEST_PATTERN:
        yield TemplateFault(("pattern",), f"Names need a pattern of 1 to {LONGEST_PATTERN} characters.")
        return
    try:
        expression = compiled(pattern)
    except (re2.error, UnicodeError) as fault:
        yield TemplateFault(("pattern",), _TOO_LARGE if "too large" in str(fault) else _NO_PATTERN)
        return
    if expression.groups > MOST_GROUPS:
        yield TemplateFault(("pattern",), f"A pattern has at most {MOST_GROUPS} groups.")
    if expression.programsize > LARGEST_PROGRAM:
        yield TemplateFault(("pattern",), _TOO_LARGE)


def _of_groups(rules: TemplateRules) -> Iterator[TemplateFault]:
    groups = compiled(rules.pattern or "").groupindex
    keys = [field.key for field in rules.fields]
    for place, key in enumerate(keys):
        if key not in groups:
            yield TemplateFault(("fields", place, "key"), "The pattern has no group of this name: (?P<key>...).")
    if surplus := sorted(groups.keys() - set(keys)):
        yield TemplateFault(("pattern",), f"There is no field for the group {surplus[0]}.")


def _of_fields(rules: TemplateRules) -> Iterator[TemplateFault]:
    if not 1 <= len(rules.fields) <= MOST_FIELDS:
        yield TemplateFault(("fields",), f"A template has 1 to {MOST_FIELDS} fields.")
        return
    keys: set[str] = set()
    for place, field in enumerate(rules.fields):
        if not is_field_key(field.key):
            message = f"A key is a letter, then letters, digits and underscores: at most {LONGEST_KEY} characters."
            yield TemplateFault(("fields", place, "key"), message)
        elif folded(field.key) in keys:
            yield TemplateFault(("fields", place, "key"), "Another field has this key.")
        keys.add(folded(field.key))
        for fault in _of_field(field):
            yield TemplateFault(("fields", place, *fault.path), fault.message)


def _of_field(field: NamingField) -> Iterator[TemplateFault]:
    faults = [*_of_labels(field), *_of_date_format(field)]
    yield from faults
    if field.default is not None and not faults:
        default = plain(field.default)
        error = value_reader(field)(default).error if default else f"A default has 1 to {LONGEST_VALUE:,} characters."
        if error:
            yield TemplateFault(("default",), error)


def _of_labels(field: NamingField) -> Iterator[TemplateFault]:
    if field.type is not NamingFieldType.ENUM:
        if field.labels:
            yield TemplateFault(("labels",), "Only fields of type ENUM have labels.")
        return
    if not 1 <= len(field.labels) <= MOST_LABELS:
        yield TemplateFault(("labels",), f"A field of type ENUM has 1 to {MOST_LABELS:,} labels.")
        return
    codes: set[str] = set()
    for place, each in enumerate(field.labels):
        code = folded(each.code)
        if not 1 <= len(code) <= LONGEST_CODE:
            yield TemplateFault(("labels", place, "code"), f"A code has 1 to {LONGEST_CODE} characters.")
        elif code in codes:
            yield TemplateFault(("labels", place, "code"), "The field has this code already.")
        codes.add(code)
        if not 1 <= len(plain(each.label)) <= LONGEST_LABEL:
            yield TemplateFault(("labels", place, "label"), f"A label has 1 to {LONGEST_LABEL} characters.")


def _of_date_format(field: NamingField) -> Iterator[TemplateFault]:
    if field.type is not NamingFieldType.DATE:
        if field.date_format is not None:
            yield TemplateFault(("date_format",), "Only fields of type DATE have a format.")
        return
    try:
        date_reader(field.date_format or "")
    except ValueError as fault:
        yield TemplateFault(("date_format",), str(fault))
