"""Opens the storage of files: a bucket where one is set up, else a folder under DATA_DIR."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from analytics.clock import Clock
from integrations.storage.door import FileStorage
from integrations.storage.local import LocalStorage, link_key
from integrations.storage.s3 import S3Bucket, open_s3
from settings.model import Settings, plain
from startup.services import public_url
from web.files import PATH


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
    # Links that the secret before signed work on, as the access tokens that it signed do.
    secrets = [plain(each) for each in (settings.jwt_secret_key, settings.jwt_secret_key_previous) if each is not None]
    yield LocalStorage(
        settings.data_dir / "files", f"{public_url(settings)}{PATH}", [link_key(each) for each in secrets], clock
    )
