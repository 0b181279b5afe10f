"""The list of mutations: one line each, what they do is in resolvers/."""

import strawberry

from resolvers import installation, refreshes
from resolvers.ads import ad_accounts, changes
from resolvers.billing import purchases
from resolvers.connections import dialog, grants
from resolvers.people import own_account
from resolvers.sign_in import by_password, identities
from resolvers.tenants import api_keys, lifecycle, members
from schema.ads.ad_account import AdAccountPayload
from schema.ads.change import AdPayload, AdSetPayload, BudgetPayload, CampaignPayload
from schema.billing.plan import BillingUrlPayload
from schema.connections.access_grant import AccessGrantPayload
from schema.connections.dialog import BeginOAuthPayload, CompleteOAuthPayload, ConnectAdAccountsPayload
from schema.field import field
from schema.ok_payload import OkPayload
from schema.people.viewer import ViewerPayload
from schema.refreshes import RefreshJobPayload, RefreshJobsPayload
from schema.sign_in import AuthPayload
from schema.tenants.api_key import ApiKeyPayload
from schema.tenants.invitation import InvitePayload
from schema.tenants.membership import MembershipPayload
from schema.tenants.tenant import TenantPayload


@strawberry.type
class Mutation:
    """What concerns the input is a `userErrors` entry of the payload."""

    register: AuthPayload | None = field(
        by_password.register, description="A new person, signed in: in a new tenant or the one that invited."
    )
    login: AuthPayload | None = field(by_password.login)
    refresh_session: AuthPayload | None = field(
        by_password.refresh_session,
        description="Trades a refresh token for new tokens; it works once. Without one, the session cookie of the "
        "browser is traded, for a page of our own origin that sends `X-Adgraph-Session: cookie`.",
    )
    logout: OkPayload | None = field(
        by_password.logout,
        description="Ends the session that asks, and with `X-Adgraph-Session: cookie` the one of the browser's cookie.",
    )
    begin_sign_in: BeginOAuthPayload | None = field(
        identities.begin_sign_in,
        description="Facebook or Google: sign in, or link to the viewer. Open authorizationUrl in a browser, then "
        "trade the code that comes back on returnUrl with completeOAuth.",
    )
    unlink_identity: ViewerPayload | None = field(
        identities.unlink_identity,
        description="CONFLICT for the last way to sign in: set a password or link another account first.",
    )
    begin_connection: BeginOAuthPayload | None = field(
        dialog.begin_connection,
        description="Connects ad accounts in a browser: open authorizationUrl, then trade the code that comes back on "
        "returnUrl. Needs CONNECT_ACCOUNTS.",
    )
    complete_oauth: CompleteOAuthPayload | None = field(
        dialog.complete_oauth,
        name="completeOAuth",
        description="The one-time code of the callback (60 s) and the verifier of codeChallenge; a connection or a "
        "link only by the viewer who began it.",
    )
    add_access_grant: AccessGrantPayload | None = field(
        grants.add_access_grant,
        description="A system-user token pasted by hand; checked with the platform before it is stored. "
        "Needs CONNECT_ACCOUNTS.",
    )
    share_access_grant: AccessGrantPayload | None = field(
        grants.share_access_grant, description="By the person who connected it. Needs CONNECT_ACCOUNTS."
    )
    revoke_access_grant: OkPayload | None = field(
        grants.revoke_access_grant, description="Forgets the token for good. Needs CONNECT_ACCOUNTS."
    )
    connect_ad_accounts: ConnectAdAccountsPayload | None = field(
        dialog.connect_ad_accounts,
        description="Stores the accounts and queues their first refresh. Needs CONNECT_ACCOUNTS.",
    )
    disconnect_ad_account: OkPayload | None = field(
        dialog.disconnect_ad_account,
        description="No longer refreshed; its data stay readable unless deleteData. Needs CONNECT_ACCOUNTS.",
    )
    refresh_ad_account: RefreshJobPayload | None = field(
        refreshes.refresh_ad_account,
        description="Without a range: the look-back, or all history the first time. A refresh of the same account and "
        "range that is queued, running or waiting is returned instead of a second one. Needs REFRESH.",
    )
    refresh_ad_accounts: RefreshJobsPayload | None = field(
        refreshes.refresh_ad_accounts,
        description="The same for many accounts in one call. An account that is refused costs no other: its error "
        "names it, and the place of its id. Each refresh counts for the plan's quota. Needs REFRESH.",
    )
    cancel_refresh_job: RefreshJobPayload | None = field(
        refreshes.cancel_refresh_job,
        description="A running one ends as soon as its worker hears of it; what it stored stays. Needs REFRESH.",
    )
    retry_refresh_job: RefreshJobPayload | None = field(
        refreshes.retry_refresh_job, description="The same job again, as its next attempt. Needs REFRESH."
    )
    set_refresh_schedule: AdAccountPayload | None = field(
        ad_accounts.schedule_refreshes,
        description="Refreshes of an account that come by themselves, one a period; skipped while another refresh of "
        "the account is under way. Needs REFRESH.",
    )
    set_campaign_status: CampaignPayload | None = field(
        changes.set_campaign_status,
        description="Switches it on or off on the platform, and answers what the platform shows then. Needs "
        "MANAGE_ADS, and ads_management in the grant's scopes.",
    )
    set_ad_set_status: AdSetPayload | None = field(
        changes.set_ad_set_status, description="As setCampaignStatus; an ad set delivers only below an active one."
    )
    set_ad_status: AdPayload | None = field(
        changes.set_ad_status, description="As setCampaignStatus; an ad delivers only below active ones."
    )
    set_daily_budget: BudgetPayload | None = field(
        changes.set_daily_budget,
        description="In the account's currency, of a campaign or an ad set that has a daily budget. Needs MANAGE_ADS, "
        "and ads_management in the grant's scopes.",
    )
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
    create_checkout_session: BillingUrlPayload | None = field(
        purchases.create_checkout_session,
        description="A page of Stripe's that sells the plan. Refused with CONFLICT while a subscription is live: "
        "change it in the portal. The first subscription of a team begins with a trial. Needs MANAGE_BILLING.",
    )
    create_billing_portal_session: BillingUrlPayload | None = field(
        purchases.create_billing_portal_session,
        description="Stripe's page where a subscription is changed, paid or cancelled. Needs MANAGE_BILLING.",
    )
    request_email_verification: OkPayload | None = field(
        own_account.request_email_verification,
        description="Mails a link to your address that proves it is yours; nothing when it is verified already.",
    )
    verify_email: OkPayload | None = field(
        own_account.verify_email,
        description="The token behind `#token=` of the link; it works once, for 24 hours. Needs no credentials.",
    )
    request_password_reset: OkPayload | None = field(
        own_account.request_password_reset,
        description="Mails a link for a new password, if the address has an account; the answer does not tell "
        "whether it has. Needs no credentials.",
    )
    reset_password: OkPayload | None = field(
        own_account.reset_password,
        description="The token behind `#token=` of the link, which works once, for an hour. Ends every session. "
        "Needs no credentials.",
    )
    set_password: OkPayload | None = field(
        own_account.set_password,
        description="`current` is null for somebody who has none yet, which needs a sign-in within the last 5 minutes. "
        "Your other sessions end.",
    )
    update_profile: ViewerPayload | None = field(
        own_account.update_profile,
        description="A new name counts at once; a new e-mail address once the link that is mailed there was "
        "opened, and it needs a sign-in within the last 5 minutes.",
    )
    revoke_session: OkPayload | None = field(
        own_account.revoke_session,
        description="Ends one of your sessions everywhere within 30 seconds, open sockets included.",
    )
    delete_my_account: OkPayload | None = field(
        own_account.delete_my_account,
        description="Removes you from every tenant, for good; refused while a tenant would be without an owner. "
        "Your API keys end. Needs a sign-in within the last 5 minutes.",
    )
    admin_set_user_disabled: OkPayload | None = field(
        installation.set_user_disabled,
        description="By staff of the installation. A disabled person loses sessions, open sockets and API keys within "
        "30 seconds, and for good; enabled again, they sign in anew.",
    )
    admin_delete_user: OkPayload | None = field(
        installation.delete_user,
        description="By staff of the installation, signed in within the last 5 minutes. Refused while the person is "
        "the last owner of a tenant.",
    )
