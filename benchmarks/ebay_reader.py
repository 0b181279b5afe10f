"""Reads all orders of a seller of eBay's stand-in into a new tenant, as the job of a channel does, in this process.

`benchmarks.ebay_orders` starts it, and reads the line of JSON that it prints.
"""

import json
import sys
import time
from datetime import datetime

from sqlalchemy import text

from analytics.clock import utc_now
from benchmarks.world import Place, new_owner, peak_memory_mb, run, toolbox
from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.http import HttpClient
from integrations.selling.marketplace import SellerSession
from jobs.channels import WORKSHOP
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.work import ChannelRun, Workshop
from startup.collector import settle_collector

MARKET = "EBAY_DE"


async def main(place: Place, url: str, token: str, since: str) -> None:
    async with toolbox(place, clock=utc_now) as tools:
        viewer, http = await new_owner(tools), HttpClient()
        assert viewer.tenant_id is not None
        channel = Channel(
            tenant_id=viewer.tenant_id,
            id=new_id(),
            kind=ChannelKind.EBAY,
            name="eBay",
            status=ChannelStatus.CONNECTED,
            external_id="seller",
            market=MARKET,
        )
        wish = JobWish(ChannelJobKind.SYNC_ORDERS, payload={"since": since})
        async with tools.db.write(viewer) as session:
            session.add(channel)
        async with tools.db.write(viewer) as session:
            job = await request_job(session, viewer, channel, wish, now=utc_now())

        async def opened(_run: ChannelRun) -> SellerSession:
            app = EbayApp("client", "secret", "name", url, url, url, f"{url}/graphql")
            return EbayMarketplace(app, http, utc_now).session(token, MARKET)

        settle_collector()
        began, own = time.perf_counter(), time.process_time()
        workshop = Workshop(WORKSHOP.by_kind, opened)
        await run_channel_job(tools, workshop, tenant_id=job.tenant_id, job_id=job.id)
        took, own = time.perf_counter() - began, time.process_time() - own
        await http.close()
        async with tools.db.read(viewer) as reading:
            rows = text("select count(*) from sales_order where tenant_id = :tenant_id")
            counted = (await (await reading.connection()).execute(rows, {"tenant_id": viewer.tenant_id})).scalar_one()
            done = await reading.get_one(type(job), (job.tenant_id, job.id))
    assert done.status is ChannelJobStatus.SUCCEEDED, (done.status, done.error_message)
    told = {"orders": counted, "s": took, "cpuS": own, "peakMb": peak_memory_mb(), "tenantId": str(viewer.tenant_id)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    datetime.fromisoformat(given[3])
    run(main(Place.from_argument(given[0]), *given[1:]))
