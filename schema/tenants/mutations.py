"""The mutations about a tenant: its keys, the tenant itself, its members."""

import strawberry

from resolvers.tenants import api_keys, lifecycle, members
from schema.field import field
from schema.ok_payload import OkPayload
from schema.sign_in import AuthPayload
from schema.tenants.api_key import ApiKeyPayload
from schema.tenants.invitation import InvitePayload
from schema.tenants.membership import MembershipPayload
from schema.tenants.tenant import TenantPayload


@strawberry.type
class TenantMutations:
    create_api_key: ApiKeyPayload | None = field(
        api_keys.create_api_key,
        description="A key for programs, in the active tenant, with a role up to ADMIN and never above yours: what you "
        "may no longer do, it may not either, and it ends with your membership. It cannot manage members, keys, "
        "billing or the tenant. Needs MANAGE_API_KEYS and a sign-in within the last 5 minutes.",
    )
    revoke_api_key: OkPayload | None = field(
        api_keys.revoke_api_key,
        description="Ends a key for good; everywhere within 30 seconds, open sockets included. Needs MANAGE_API_KEYS "
        "and a sign-in within the last 5 minutes.",
    )
    create_tenant: AuthPayload | None = field(
        lifecycle.create_tenant,
        description="A new tenant, whose owner you are; your session goes on in it, with new tokens.",
    )
    switch_tenant: AuthPayload | None = field(
        lifecycle.switch_tenant,
        description="Your session goes on in another of your tenants; use the new tokens from here on.",
    )
    update_tenant: TenantPayload | None = field(lifecycle.update_tenant, description="Needs MANAGE_TENANT.")
    delete_tenant: OkPayload | None = field(
        lifecycle.delete_tenant,
        description="For good: nobody gets in from now on, and a job erases everything; the audit log says how far it "
        "is. Not while a subscription is paid for. Needs MANAGE_TENANT and a sign-in within 5 minutes.",
    )
    leave_tenant: OkPayload | None = field(
        lifecycle.leave_tenant,
        description="Ends your own membership. Not for the last owner; an owner needs a sign-in within 5 minutes.",
    )
    invite_member: InvitePayload | None = field(
        members.invite_member,
        description="Offers a role, at most your own, to an address for 7 days; an open invitation of the address is "
        "replaced. Needs MANAGE_MEMBERS, and for OWNER a sign-in within 5 minutes.",
    )
    revoke_invitation: OkPayload | None = field(
        members.revoke_invitation, description="Its token is worth nothing any more. Needs MANAGE_MEMBERS."
    )
    accept_invitation: AuthPayload | None = field(
        members.accept_invitation,
        description="By a signed-in person whose verified address is the invited one; your session goes on in the "
        "tenant, with new tokens.",
    )
    change_member_role: MembershipPayload | None = field(
        members.change_member_role,
        description="At most to your own role, and never of somebody above you. To or from OWNER it needs a sign-in "
        "within 5 minutes, and a tenant keeps an owner. Needs MANAGE_MEMBERS.",
    )
    remove_member: OkPayload | None = field(
        members.remove_member,
        description="Ends the membership; what the person has open ends within 30 seconds. For an owner it needs a "
        "sign-in within 5 minutes, and a tenant keeps an owner. Needs MANAGE_MEMBERS.",
    )
