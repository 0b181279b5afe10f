"""Programs of others in environments of their own, and what the sandbox's generator made for them to read."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from sandbox.meta.data.counts import Count
from sandbox.meta.data.delivery import ad_day
from sandbox.meta.state import Sandbox

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".data" / "conformance"
GUESTS = {
    "sdk": "facebook-business==26.0.3",
    "tap": "tap-facebook==1.26.0",
    "describe": "pytest-describe==3.2.0",
    "etsy": "etsy-python==1.2.3 standardwebhooks==1.1.0",
    "schemathesis": "schemathesis==4.32.5",
    "gql": "gql[aiohttp,requests,websockets]==4.4.0 pandas==3.1.1 matplotlib==3.11.2 nbclient==0.11.0 ipykernel==7.4.0",
}

Row = tuple[str, str, str]


def generated(sandbox: Sandbox, account_id: str, since: date, *, until: date) -> list[Row]:
    """Made from the generator itself, so that the sandbox's own pages are compared too."""
    account = sandbox.dataset.accounts[account_id]
    rows: list[Row] = []
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        for ad in account.ads:
            today = sandbox.clock.today(account.zone)
            vector = ad_day(sandbox.config.seed, account.plan, ad=ad, day=day, today=today)
            if vector is not None and ad.effective_status != "DELETED":
                rows.append((ad.ad_id, day.isoformat(), str(vector[Count.IMPRESSIONS])))
    return rows


def python_of(guest: str) -> Path:
    """The interpreter of the guest's own environment, made when it is not there."""
    wanted = GUESTS[guest].split()
    folder = ENVIRONMENTS / wanted[0].replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        sys.stderr.write(f"installing {GUESTS[guest]} into {folder.relative_to(ROOT)}\n")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "install", *wanted]
        subprocess.run(install, check=True)
        (folder / ".ready").touch()
    return python
