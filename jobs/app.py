"""The queue's application: which function runs each kind of job, and in which database the queue's tables are."""

from procrastinate import App, PsycopgConnector

from jobs import (
    ad_links,
    billing,
    channels,
    connections,
    datasets,
    exports,
    installation,
    mail,
    people,
    refreshes,
    tenants,
)
from jobs.retries import JobRetries, try_for_a_day
from services.ad_links.queueing import AD_LINKS_TASK
from services.billing.stripe_sync import SYNC_TASK
from services.channel_jobs.queueing import CHANNEL_TASK
from services.channels.messages import MESSAGE_TASK
from services.connections.platform_callbacks import ERASE_TASK
from services.datasets.queueing import DATASET_TASK
from services.exports.requests import EXPORT_TASK
from services.installation.demo import SHOP_TASK
from services.mail import MAIL_TASK
from services.people.passwords import RESET_TASK
from services.refreshes.queueing import REFRESH_TASK
from services.tenants.deletion import ERASE_TENANT_TASK


def make_app(dsn: str) -> App:
    """The application; `dsn` reaches Postgres without a pooler, since the worker listens on it for new jobs."""
    app = App(connector=PsycopgConnector(conninfo=dsn, min_size=1, max_size=4))
    app.task(name=REFRESH_TASK, pass_context=True, retry=JobRetries())(refreshes.run)
    app.task(name=ERASE_TASK, pass_context=True, retry=JobRetries())(connections.run)
    app.task(name=ERASE_TENANT_TASK, pass_context=True, retry=JobRetries())(tenants.run)
    app.task(name=MAIL_TASK, pass_context=True, retry=try_for_a_day())(mail.send)
    app.task(name=SYNC_TASK, pass_context=True, retry=JobRetries())(billing.run)
    app.task(name=RESET_TASK, pass_context=True, retry=JobRetries())(people.answer)
    app.task(name=EXPORT_TASK, pass_context=True, retry=JobRetries())(exports.run)
    app.task(name=DATASET_TASK, pass_context=True, retry=JobRetries())(datasets.run)
    app.task(name=CHANNEL_TASK, pass_context=True, retry=JobRetries())(channels.run)
    app.task(name=MESSAGE_TASK, pass_context=True, retry=JobRetries())(channels.handle)
    app.task(name=AD_LINKS_TASK, pass_context=True, retry=JobRetries())(ad_links.run)
    app.task(name=SHOP_TASK, pass_context=True, retry=JobRetries())(installation.run)
    return app
