"""Naming templates: how a tenant reads the names of its campaigns, ad sets and ads, and the queries on them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid
from sqlmodel import Field, col, select

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from models.columns import JSON, TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession
from models.thin.records import rows

# Of one tenant; services/naming/templates.py keeps to it.
MOST_TEMPLATES = 100


class NamingTemplate(TenantRow, table=True):
    """A version begins at 1 and rises with each change.

    `fields` are objects with `key`, `type`, `required`, `labels` (`code`, `label`), `date_format` and `default`.
    `ad_account_ids` is empty for all accounts; accounts that are erased stay in it, so that a template of theirs never
    becomes one of all.
    """

    __tablename__ = "naming_template"
    __table_args__ = (
        one_of("level", NamingLevel),
        one_of("mode", NamingMode),
        one_of("on_extra", ExtraTokens),
        one_of("on_duplicate", DuplicateKeys),
    )

    name: str
    level: NamingLevel = Field(sa_type=TextEnum(NamingLevel))
    mode: NamingMode = Field(sa_type=TextEnum(NamingMode))
    priority: int = Field(sa_type=Integer)
    delimiter: str | None = None
    pattern: str | None = None
    trim: bool
    on_extra: ExtraTokens = Field(sa_type=TextEnum(ExtraTokens))
    on_duplicate: DuplicateKeys = Field(sa_type=TextEnum(DuplicateKeys))
    ad_account_ids: list[UUID] = Field(sa_type=ARRAY(Uuid()))
    fields: list[dict[str, Any]] = Field(sa_type=JSON)
    version: int = 1
    created_at: datetime = dated()
    updated_at: datetime = dated()


async def naming_templates(session: ReadSession | WriteSession) -> Sequence[NamingTemplate]:
    """All of the tenant, the oldest first."""
    query = (
        select(NamingTemplate)
        .where(NamingTemplate.tenant_id == session.tenant_id)
        .order_by(col(NamingTemplate.created_at), col(NamingTemplate.id))
        .limit(MOST_TEMPLATES)
    )
    return (await session.exec(query)).all()


async def naming_templates_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[NamingTemplate]:
    query = select(NamingTemplate).where(
        NamingTemplate.tenant_id == session.tenant_id, is_any(col(NamingTemplate.id), ids)
    )
    return await rows(session, NamingTemplate, query)


def rules_of(template: NamingTemplate) -> TemplateRules:
    """The template as names are parsed by it."""
    return TemplateRules(
        name=template.name,
        level=template.level,
        mode=template.mode,
        fields=tuple(_field(each) for each in template.fields),
        priority=template.priority,
        delimiter=template.delimiter,
        pattern=template.pattern,
        trim=template.trim,
        on_extra=template.on_extra,
        on_duplicate=template.on_duplicate,
        ad_account_ids=frozenset(template.ad_account_ids),
    )


def stored_rules(rules: TemplateRules) -> dict[str, Any]:
    """The columns of a template with these rules."""
    names = ("name", "level", "mode", "priority", "delimiter", "pattern", "trim", "on_extra", "on_duplicate")
    return {
        **{name: getattr(rules, name) for name in names},
        "ad_account_ids": sorted(rules.ad_account_ids),
        "fields": [asdict(each) | {"labels": [asdict(label) for label in each.labels]} for each in rules.fields],
    }


def _field(stored: Mapping[str, Any]) -> NamingField:
    labels = tuple(NamingLabel(each["code"], each["label"]) for each in stored["labels"])
    kind = NamingFieldType(stored["type"])
    return NamingField(
        stored["key"], kind, stored["required"], labels, stored.get("date_format"), stored.get("default")
    )
