"""What may break a rule, each place with its reason; an entry that no statement needs any more fails the whole run."""

from tests.statements.rules import Rule

# The system role works for all tenants at once: with few rows and without locks every node is asked, and that is meant.
_SWEEP = "looks over all tenants for work, reads ids, locks nothing"
_STAFF = "shows staff the whole installation, now and then"

ALLOWED: dict[tuple[str, Rule], str] = {
    ("models/connections/access_grant.py:grants_of_platform_user", Rule.READS_ALL): "a platform names no tenant",
    ("models/connections/access_grant.py:unchecked_grants", Rule.READS_ALL): _SWEEP,
    ("models/installation/overview.py:whole_audit_slice", Rule.READS_ALL): _STAFF,
    ("models/installation/overview.py:count_whole_audit", Rule.READS_ALL): _STAFF,
    ("models/queue/work_load.py:work_load", Rule.READS_ALL): "counts for monitoring",
    ("models/refreshes/behind_grants.py:ended_grants_with_jobs", Rule.READS_ALL): _SWEEP,
    ("models/refreshes/schedule.py:due_accounts", Rule.READS_ALL): _SWEEP,
}

# Files whose queries are still to be changed; the list only gets shorter.
KNOWN = {
    "models/ads/entity_name.py",
    "models/ads/entity_upsert.py",
    "models/ads/ad_account.py",
    "models/audit/entry.py",
    "models/erasure/tenant.py",
    "models/ingestion/entity_reading.py",
    "models/ingestion/fetch_memory.py",
    "models/insights/accounts.py",
    "models/insights/breakdown_swap.py",
    "models/insights/by_entity.py",
    "models/insights/day_swap.py",
    "models/insights/days.py",
    "models/insights/reach.py",
    "models/insights/rows.py",
    "models/insights/spans.py",
    "models/installation/overview.py",
    "models/installation/retention.py",
    "models/installation/sealed_rows.py",
    "models/refreshes/behind_grants.py",
    "models/refreshes/fenced_writes.py",
    "models/refreshes/job_queries.py",
    "models/refreshes/orphans.py",
    "models/refreshes/schedule.py",
}
