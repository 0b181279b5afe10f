"""What may break a rule, each place with its reason; an entry that no statement needs any more fails the whole run."""

from migrations.roles import RUNTIME
from tests.statements.reader import Offence
from tests.statements.recorder import TESTS
from tests.statements.rules import Rule

# The system role works for all tenants at once: with few rows and without locks every node is asked, and that is meant.
_SWEEP = "looks over all tenants for work, reads ids, locks nothing"
_OPERATOR = "tells an operator at a terminal which tenants there are"
_CATALOGUE = "asks the catalogue of Citus, which is not here"
_OF_CITUS = "asks functions that only Citus has"
_STAFF = "shows staff the whole installation, now and then"
# On plain Postgres an answer would cost a tenth to a third of the storing.
_ANSWERS = "has RETURNING on shards, as tests/models/insights/test_storing_on_shards.py shows"

ALLOWED: dict[tuple[str, Rule], str] = {
    ("models/ads/ad_account.py:all_refreshable_accounts", Rule.READS_ALL): _OPERATOR,
    ("models/ads/ad_account.py:tenants_of_account", Rule.READS_ALL): _OPERATOR,
    ("models/connections/access_grant.py:grants_of_platform_user", Rule.READS_ALL): "a platform names no tenant",
    ("models/connections/access_grant.py:unchecked_grants", Rule.READS_ALL): _SWEEP,
    ("models/datasets/over_tenants.py:dataset_keys_in_use", Rule.READS_ALL): _SWEEP,
    ("models/datasets/over_tenants.py:ended_datasets", Rule.READS_ALL): _SWEEP,
    ("models/exports/over_tenants.py:expired_exports", Rule.READS_ALL): _SWEEP,
    ("models/exports/over_tenants.py:keys_in_use", Rule.READS_ALL): _SWEEP,
    ("models/exports/over_tenants.py:old_exports", Rule.READS_ALL): _SWEEP,
    ("models/exports/over_tenants.py:silent_exports", Rule.READS_ALL): _SWEEP,
    ("models/insights/breakdown_swap.py:replace_parts", Rule.INSERT_SELECT): _ANSWERS,
    ("models/insights/imports/day_merge.py:merge_days", Rule.INSERT_SELECT): _ANSWERS,
    ("models/insights/day_swap.py:move_ads", Rule.INSERT_SELECT): _ANSWERS,
    ("models/insights/day_swap.py:replace_slice", Rule.INSERT_SELECT): _ANSWERS,
    ("models/insights/reach.py:replace_people", Rule.INSERT_SELECT): _ANSWERS,
    ("models/insights/months.py:accounts_to_sum", Rule.READS_ALL): _SWEEP,
    ("models/installation/overview.py:bytes_per_insight_row", Rule.NOT_PLANNED): _OF_CITUS,
    ("models/installation/overview.py:bytes_per_insight_row", Rule.READS_ALL): _STAFF,
    ("models/installation/overview.py:counts_by_tenant", Rule.READS_ALL): _STAFF,
    ("models/installation/overview.py:installation_counts", Rule.NOT_PLANNED): _OF_CITUS,
    ("models/installation/overview.py:installation_counts", Rule.READS_ALL): _STAFF,
    ("models/installation/overview.py:whole_audit_page", Rule.READS_ALL): _STAFF,
    ("models/installation/overview.py:count_whole_audit", Rule.READS_ALL): _STAFF,
    ("models/installation/retention.py:delete_audit_entries_before", Rule.READS_ALL): _SWEEP,
    ("models/installation/retention.py:delete_keys_before", Rule.READS_ALL): _SWEEP,
    ("models/installation/sealed_rows.py:channels_with_other_keys", Rule.READS_ALL): _SWEEP,
    ("models/installation/sealed_rows.py:grants_with_other_keys", Rule.READS_ALL): _SWEEP,
    ("models/products/image.py:image_keys_in_use", Rule.READS_ALL): _SWEEP,
    ("models/products/product.py:products_deleted_before", Rule.READS_ALL): _SWEEP,
    ("models/products/vocabulary.py:is_used_anywhere", Rule.READS_ALL): "a value is shared by all tenants",
    ("models/channels/message.py:channels_of_kind", Rule.READS_ALL): _OPERATOR,
    ("models/channels/message.py:channels_of_seller", Rule.READS_ALL): "a marketplace names no tenant",
    ("models/channels/message.py:channels_with_buyer", Rule.READS_ALL): "a marketplace names no tenant",
    ("models/listings/sold_products.py:tenants_with_long_sold", Rule.READS_ALL): _SWEEP,
    ("models/listings/suggestion.py:expired_suggestions", Rule.READS_ALL): _SWEEP,
    ("models/channel_jobs/job_queries.py:channel_jobs_to_tend", Rule.READS_ALL): _SWEEP,
    ("models/channels/due.py:channels_to_check", Rule.READS_ALL): _SWEEP,
    ("models/channels/due.py:channels_to_sync", Rule.READS_ALL): _SWEEP,
    ("models/relay/agent.py:ended_leases", Rule.READS_ALL): _SWEEP,
    ("models/relay/waiting.py:channels_without_agent", Rule.READS_ALL): _SWEEP,
    ("models/channels/calls.py:count_channels_that_are_read", Rule.READS_ALL): _SWEEP,
    ("models/queue/orphans.py:end_forgotten", Rule.READS_ALL): _SWEEP,
    ("models/queue/orphans.py:orphans", Rule.READS_ALL): _SWEEP,
    ("models/queue/work_load.py:work_load", Rule.READS_ALL): "counts for monitoring",
    ("models/refreshes/behind_grants.py:ended_grants_with_jobs", Rule.READS_ALL): _SWEEP,
    ("models/refreshes/schedule.py:due_accounts", Rule.READS_ALL): _SWEEP,
    ("models/shards.py:has_shards", Rule.NOT_PLANNED): _CATALOGUE,
    ("models/shards.py:lost_nodes", Rule.NOT_PLANNED): _CATALOGUE,
}

# Tests of the policies leave the tenant to them. The key is how the place begins.
ALLOWED_IN_TESTS: dict[str, str] = {
    "tests/attacks/test_leaks_between_requests.py:tenant_setting": "a session without a tenant sees nothing",
    "tests/isolation/": "looks for what a policy lets through",
    "tests/models/replicas/test_reads.py:": "a replica has the policies too",
    "tests/models/thin/": "tells what a transaction sets, by what the policies show then",
    "tests/models/test_database.py:": "tells what a session sets, by what the policies show then",
    "tests/services/tenants/test_deletion.py:remains": "looks for a tenant's rows wherever they are",
}


def exception_of(offence: Offence) -> str | None:
    """The name of the exception that lets an offence pass; None if there is none."""
    if not offence.place.startswith(TESTS):
        named = (offence.place, offence.rule)
        return name_of(*named) if named in ALLOWED else None
    return next((each for each in ALLOWED_IN_TESTS if offence.place.startswith(each)), None)


def concerns_us(offence: Offence) -> bool:
    """Of what tests send as other roles, or to tables of their own, nothing does."""
    is_of_test = offence.place.startswith(TESTS)
    return not is_of_test or (offence.role == RUNTIME and offence.rule is not Rule.NOT_PLANNED)


def name_of(place: str, rule: Rule) -> str:
    return f"{place}: {rule}"


def all_exceptions() -> set[str]:
    """The names of them all."""
    return {name_of(*each) for each in ALLOWED} | ALLOWED_IN_TESTS.keys()
