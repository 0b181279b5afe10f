"""Which answers may be kept: those with insights, as far as all that they show is in the version of the answers."""

from functools import lru_cache

from auth.permissions import permissions_of_viewer
from auth.viewer import Viewer
from execution.answers.selected import Selected

# Root fields for which an answer is kept, and what pages ask for beside them. Accounts alone take as little as the
# version of answers.
_KEPT = frozenset({"insights", "creativeTest", "creativeFatigue", "anomalies"})
_ROOTS = _KEPT | {"adAccount", "adAccounts", "metricDefinitions", "__typename"}
# What is read for these types raises `data_version` when it changes (tests/resolvers/test_writes_in_answers.py). Lists
# below an entity are not among them, nor anything that has another life than the account's data.
TYPES = frozenset(
    {
        "InsightsResult",
        "InsightsConnection",
        "InsightsEdge",
        "InsightsRow",
        "InsightsMeta",
        "InsightsWarning",
        "CreativeTestResult",
        "CreativeArm",
        "FatigueConnection",
        "FatigueEdge",
        "FatigueFinding",
        "AnomalyConnection",
        "AnomalyEdge",
        "Anomaly",
        "PageInfo",
        "Period",
        "Dimensions",
        "Tag",
        "Metrics",
        "MetricsPoint",
        "MetricsChange",
        "MetricDelta",
        "MetricValue",
        "ActionValue",
        "MetricDefinition",
        "InsightEntity",
        "AdAccount",
        "AdAccountConnection",
        "AdAccountEdge",
        "Campaign",
        "AdSet",
        "Ad",
        "Creative",
    }
)
# Refreshes and grants are changed without the account's data, and the link to a chart is of its viewer and ends.
_LEFT_OUT = frozenset(
    {
        ("AdAccount", "grant"),
        ("AdAccount", "schedule"),
        ("AdAccount", "refreshJobs"),
        ("InsightsResult", "chart"),
    }
)


@lru_cache(1024)
def may_be_kept(selected: Selected) -> bool:
    """Whether the answer to a query of these fields depends on nothing but its question, viewer and version."""
    if not any(("Query", name) in selected for name in _KEPT) or selected & _LEFT_OUT:
        return False
    return all(name in _ROOTS if parent == "Query" else parent in TYPES for parent, name in selected)


def readers_of(viewer: Viewer) -> str:
    """Who may be given an answer of this viewer: those of the same tenant who may do the same."""
    kind = "key" if viewer.is_api_key else "person"
    return f"{viewer.tenant_id}/{kind}/{','.join(sorted(permissions_of_viewer(viewer)))}"
