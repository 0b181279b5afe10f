"""`python -m benchmarks [NAME...]` runs comparisons, all by default, one after the other in processes of their own."""

import subprocess
import sys

EVERY = (
    "ingest",
    "distance",
    "fairness",
    "insights_sql",
    "nested_metrics",
    "long_answers",
    "points",
    "compression",
    "subscribers",
    "login_timing",
    "rate_limits",
    "thin_reads",
    "retagging",
    "garbage",
    "names",
    "orders",
    "ebay_orders",
    "product_list",
    "sale_to_end",
    "export_files",
    "data_sets",
    "charts",
    "blended",
    "ad_links",
)

if __name__ == "__main__":
    names = sys.argv[1:] or EVERY
    sys.exit(
        max(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode for name in names)
    )
