"""The mutations that lead to pages of Stripe's."""

import strawberry

from resolvers.billing import purchases
from schema.billing.plan import BillingUrlPayload
from schema.field import field


@strawberry.type
class BillingMutations:
    create_checkout_session: BillingUrlPayload | None = field(
        purchases.create_checkout_session,
        description="A page of Stripe's that sells the plan. Refused with CONFLICT while a subscription is live: "
        "change it in the portal. The first subscription of a team begins with a trial. Needs MANAGE_BILLING.",
    )
    create_billing_portal_session: BillingUrlPayload | None = field(
        purchases.create_billing_portal_session,
        description="Stripe's page where a subscription is changed, paid or cancelled. Needs MANAGE_BILLING.",
    )
