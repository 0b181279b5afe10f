"""Opens the storage of files: a bucket where one is set up, else a folder under DATA_DIR; and what signs links."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from analytics.clock import Clock
from auth.signed_links import SignedLinks, signing_key
from integrations.storage.door import FileStorage
from integrations.storage.local import LocalStorage, link_key
from integrations.storage.s3 import S3Bucket, open_s3
from settings.model import Settings, plain
from startup.services import public_url
from web.charts import PATH as CHARTS_PATH
from web.files import PATH as FILES_PATH


@asynccontextmanager
async def open_files(settings: Settings, clock: Clock) -> AsyncIterator[FileStorage]:
    """The storage until the block ends; a bucket is not called before a file is stored."""
    if settings.s3_endpoint_url is not None:
        bucket = S3Bucket(
            settings.s3_endpoint_url,
            settings.s3_bucket or "",
            settings.s3_access_key_id or "",
            plain(settings.s3_secret_access_key),
            settings.s3_region,
        )
        async with open_s3(bucket, clock) as storage:
            yield storage
        return
    keys = [link_key(each) for each in _secrets(settings)]
    yield LocalStorage(settings.data_dir / "files", f"{public_url(settings)}{FILES_PATH}", keys, clock)


def chart_links(settings: Settings) -> SignedLinks:
    keys = [signing_key(each, "adgraph links to charts") for each in _secrets(settings)]
    return SignedLinks(f"{public_url(settings)}{CHARTS_PATH}", keys)


def _secrets(settings: Settings) -> list[str]:
    """What the secret before has signed works on, as the access tokens that it signed do."""
    return [plain(each) for each in (settings.jwt_secret_key, settings.jwt_secret_key_previous) if each is not None]
