"""Says for every table whether its rows are spread over the nodes of a sharded database; knows no statement.

Where Citus is, a distributed table lies on the nodes in pieces, by `tenant_id`, and all rows of one tenant lie
together. The other tables stay on the coordinator, the node that every process connects to. Both kinds meet in one
transaction, but in one statement only by values that do not depend on each other, and no foreign key leads from one
kind to the other.
"""

# What grows with a tenant's ad accounts, in the order of `db distribute`: a table comes after those that it refers to.
DISTRIBUTED: tuple[str, ...] = (
    "access_grant",
    "ad_account",
    "campaign",
    "ad_set",
    "creative",
    "ad",
    "entity_reading",
    "entity_name",
    "entity_tag",
    "fetch_memory",
    "refresh_job",
    "refresh_slice",
    "insight",
    "insight_campaign_day",
    "insight_account_day",
    "insight_ad_month",
    "insight_day",
    "insight_breakdown",
    "insight_breakdown_account_day",
    "breakdown_day",
    "unique_insight",
    "unique_period",
    "custom_metric",
    "naming_template",
    "naming_override",
    "export",
    "dataset",
    "channel",
    "channel_access",
    "channel_policy",
    "channel_term_list",
    "channel_job",
    "channel_retry",
    "relay_agent",
    "relay_step",
    "product",
    "own_attribute",
    "product_attribute",
    "listing",
    "suggestion",
    "product_image",
    "sales_order",
    "order_line",
    "order_refund",
    "order_shipment",
    "order_case",
    "conversation",
    "message",
    "booked_sales",
    "ad_link",
    "audit_log",
    "idempotency_key",
)

# A tenant's rows that are found before the tenant is known, joined with people or compared over all tenants: a slug is
# unique in the installation, a membership is read beside the person and the session, turns of tenants are compared.
_OF_TENANTS_ON_COORDINATOR = {
    "tenant",
    "membership",
    "invitation",
    "api_key",
    "billing_subscription",
    "usage_counter",
    "vendor_turn",
    "channel_turn",
    "auth_session",
}
_OF_NO_TENANT = {
    "user_account",
    "user_password",
    "refresh_token",
    "oauth_identity",
    "oauth_flow",
    "one_time_token",
    "api_key_secret",
    "relay_secret",
    "outgoing_mail",
    "stripe_event",
    "seller_message",
    "sealed_value",
    "deletion_request",
    "vendor_throttle",
    "channel_throttle",
    "channel_calls",
    "fx_rate",
    "shared_attribute",
}
# The queue claims its jobs by SKIP LOCKED over all tenants, and NOTIFY is heard on the node that sends it.
_OF_LIBRARIES = {
    "alembic_version",
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
}

ON_COORDINATOR: frozenset[str] = frozenset(_OF_TENANTS_ON_COORDINATOR | _OF_NO_TENANT | _OF_LIBRARIES)
