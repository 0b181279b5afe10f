"""`python -m benchmarks` runs every comparison, one after the other, each in a process of its own."""

import subprocess
import sys

EVERY = ("ingest", "insights_sql", "nested_metrics", "subscribers", "login_timing")

if __name__ == "__main__":
    sys.exit(
        max(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode for name in EVERY)
    )
