"""Naming templates: lists, saves and deletes them; analytics/naming/checks.py says which are good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from analytics.naming.checks import TemplateFault, faults_of
from analytics.naming.template import TemplateRules
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Refused, UserErrorCode
from models.ads.ad_account import ad_accounts_by_ids
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.database import Database, WriteSession
from models.naming.template import MOST_TEMPLATES, NamingTemplate, naming_templates, stored_rules
from models.tenants.tenant import NO_TENANT, raise_naming_version
from services.naming.tagging import tag_tenant
from services.people.names import checked_name

# Faults that are told at once.
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class TemplateWish:
    """What somebody wants a template to be: a new one without an id, else the one that was read in a version."""

    rules: TemplateRules
    template_id: UUID | None = None
    is_new: bool = True
    expected_version: int | None = None


async def all_naming_templates(db: Database, viewer: Viewer) -> Sequence[NamingTemplate]:
    """The tenant's templates, the oldest first; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await naming_templates(session)


async def save_naming_template(db: Database, clock: Clock, viewer: Viewer, wish: TemplateWish) -> NamingTemplate:
    """Makes a template or changes one, and gives everything the tags that follow from it; needs EDIT_NAMING.

    Raises Refused: INVALID, TEMPLATE_INVALID, NOT_FOUND for the template or an account, CONFLICT where the template has
    another version than the expected one, QUOTA_EXCEEDED for the one after the 100th.
    """
    require(viewer, Permission.EDIT_NAMING)
    name = checked_name(wish.rules.name, what="A template's name", field="name")
    _check(wish)
    async with db.write(viewer) as session:
        await lock_naming(session)
        template = await _load_or_make(session, wish, now=clock())
        before = None if template.version == 0 else _shown(template)
        template.sqlmodel_update(stored_rules(wish.rules) | {"name": name})
        if _shown(template) != before:
            template.version += 1
            template.updated_at = clock()
            session.add(template)
            after = _shown(template)
            record(
                session,
                viewer,
                action="naming_template.saved",
                target_type="NamingTemplate",
                target_id=template.id,
                before=before,
                after=after,
            )
            await _renew(session)
    return template


async def delete_naming_template(db: Database, viewer: Viewer, template_id: UUID | None) -> NamingTemplate:
    """Deletes a template with the tags that follow from it alone, and answers it as it was; needs EDIT_NAMING.

    Overrides stay. Raises Refused: NOT_FOUND.
    """
    require(viewer, Permission.EDIT_NAMING)
    async with db.write(viewer) as session:
        await lock_naming(session)
        template = await _load(session, template_id)
        await session.delete(template)
        record(
            session,
            viewer,
            action="naming_template.deleted",
            target_type="NamingTemplate",
            target_id=template.id,
            before=_shown(template),
        )
        await _renew(session)
    return template


async def lock_naming(session: WriteSession) -> None:
    """Makes changes of naming wait for each other, and new accounts for them; NotFound for a deleted tenant.

    To be called before any other lock is taken.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)


def _check(wish: TemplateWish) -> None:
    if wish.is_new and wish.expected_version is not None:
        message = "A new template has no version yet: name the template that was read, or no version."
        raise Refused(UserErrorCode.INVALID, message, field="expected_version")
    faults = faults_of(wish.rules)
    if faults:
        first, *others = (_refusal(each) for each in faults[:_MOST_FAULTS])
        first.others = others
        raise first


def _refusal(fault: TemplateFault) -> Refused:
    field, *within = fault.path
    return Refused(UserErrorCode.TEMPLATE_INVALID, fault.message, field=str(field), within=within)


async def _load_or_make(session: WriteSession, wish: TemplateWish, *, now: datetime) -> NamingTemplate:
    """The template that is wanted; a new one has the version 0."""
    await _check_accounts(session, wish.rules.ad_account_ids)
    if not wish.is_new:
        template = await _load(session, wish.template_id)
        if wish.expected_version not in (None, template.version):
            message = f"Somebody has changed this template, which is at version {template.version} now: read it again."
            raise Refused(UserErrorCode.CONFLICT, message, field="expected_version")
        return template
    if len(await naming_templates(session)) >= MOST_TEMPLATES:
        message = f"A tenant has at most {MOST_TEMPLATES} naming templates: delete one that nobody needs."
        raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
    return NamingTemplate(tenant_id=session.tenant_id, version=0, created_at=now, **stored_rules(wish.rules))


async def _load(session: WriteSession, template_id: UUID | None) -> NamingTemplate:
    template = None if template_id is None else await session.get(NamingTemplate, (session.tenant_id, template_id))
    if template is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such naming template.", field="template_id")
    return template


async def _check_accounts(session: WriteSession, ids: frozenset[UUID]) -> None:
    if len(await ad_accounts_by_ids(session, list(ids))) < len(ids):
        message = "One of the ad accounts does not exist in this tenant."
        raise Refused(UserErrorCode.NOT_FOUND, message, field="ad_account_ids")


async def _renew(session: WriteSession) -> None:
    await session.flush()
    await raise_naming_version(session)
    await tag_tenant(session)


def _shown(template: NamingTemplate) -> dict[str, Any]:
    """What the audit log says of a template."""
    return template.model_dump(mode="json", exclude={"tenant_id", "id", "version", "created_at", "updated_at"})
