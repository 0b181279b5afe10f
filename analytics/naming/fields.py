"""Reads the part of a name that stands for one field: its value, where that is from, and what is wrong with it."""

from collections.abc import Mapping
from typing import NamedTuple

from analytics.enums import NamingFieldType, TagSource
from analytics.naming.normal import folded, plain
from analytics.naming.template import NamingField
from analytics.naming.values import ReadValue, value_reader

# What mistaken values (folded) are replaced by, null being no value: the overrides of scope VALUE of a field.
Mended = Mapping[str, str | None]


class ReadField(NamedTuple):
    """What a name says for a field of the template.

    `raw` is the part as it stands in the name, null where it has none. `value` and `label` are null where it says
    nothing that is valid; an error may stand beside a value where the name as a whole is at fault.
    """

    key: str
    raw: str | None
    value: str | None
    label: str | None
    source: TagSource
    error: str | None

    @property
    def is_said(self) -> bool:
        """Whether the name says it: not whether there is a value, which may be a default."""
        return self.value is not None and self.source is not TagSource.DEFAULT


class PartReader:
    """Reads parts of names for a field. `mended` replaces mistaken values before they are checked."""

    def __init__(self, field: NamingField, mended: Mended | None, *, trim: bool) -> None:
        self.field = field
        self.unsaid = ReadField(field.key, None, None, None, TagSource.MISSING, None)
        self._read = value_reader(field)
        self._mended = mended or {}
        self._trim = trim
        # Many names have the same codes and dates; texts differ, and to keep them would cost more than to read them.
        self._known: dict[str, ReadField] | None = None if field.type is NamingFieldType.TEXT else {}
        if field.default is not None:
            default = self._read(plain(field.default))
            self.unsaid = ReadField(field.key, None, default.value, default.label, TagSource.DEFAULT, None)

    def read(self, raw: str | None, fault: str | None = None) -> ReadField:
        """`fault` is why the part cannot be trusted: it is no value then."""
        if raw is not None and self._trim:
            raw = raw.strip()
        if not raw or raw.isspace():
            error = fault or ("The name lacks it." if self.field.required else None)
            return self.unsaid._replace(error=error) if error else self.unsaid
        if fault is not None:
            return ReadField(self.field.key, raw, None, None, TagSource.MISSING, fault)
        if self._known is None:
            return self._said(raw)
        said = self._known.get(raw)
        if said is None:
            said = self._known[raw] = self._said(raw)
        return said

    def as_person_says(self, value: str) -> ReadValue:
        """A person's value in the spelling of the field's type, or as it is if it is no value of that type."""
        said = self._read(value)
        return said if said.value is not None else ReadValue(value)

    def _said(self, raw: str) -> ReadField:
        read = self._read(raw)
        if self._mended:
            # A value may be meant in both of its spellings: as it stands in the name, and as the template spells it.
            for spelt in (folded(raw), folded(read.value or "")):
                if spelt in self._mended:
                    return self._replaced(raw, self._mended[spelt])
        if read.value is None:
            return ReadField(self.field.key, raw, None, None, TagSource.MISSING, read.error)
        source = TagSource.PARSED if read.value == raw else TagSource.MAPPED
        return ReadField(self.field.key, raw, read.value, read.label, source, None)

    def _replaced(self, raw: str, value: str | None) -> ReadField:
        said = ReadValue(None) if value is None else self.as_person_says(value)
        return ReadField(self.field.key, raw, said.value, said.label, TagSource.OVERRIDE, None)
