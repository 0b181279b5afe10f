"""Where data sets lie, what they are called, and the links to them; writes none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, permissions_of_viewer
from auth.viewer import Viewer
from integrations.storage.door import LINK_LIFE, FileStorage
from models.datasets.dataset import Dataset, DatasetPeriod
from models.exports.export import ExportFormat
from services.exports.files import ENDINGS, MEDIA_TYPES
from services.stored_files import folder_of

FORMAT = ExportFormat.PARQUET
MEDIA_TYPE = MEDIA_TYPES[FORMAT]
# How long an object stays behind its successor: a link that was made a moment before still works for its time.
AFTERLIFE = LINK_LIFE + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """A data set as clients see it: a link that is made of it works until `url_expires_at` at least."""

    object_key: str
    name: str
    format: ExportFormat
    rows: int
    bytes: int
    sha256: str
    generated_at: datetime
    url_expires_at: datetime


def key_of(tenant_id: UUID, account_id: UUID, period: DatasetPeriod, *, sha256: str, run_id: UUID) -> str:
    """Two runs never write the same object, so that deleting that of one run deletes nothing of another's."""
    name = f"{sha256}-{run_id.hex[-8:]}.{ENDINGS[FORMAT]}"
    return f"{folder_of(tenant_id)}datasets/{account_id}/{period.value}/{name}"


def shown_file(dataset: Dataset, clock: Clock) -> DatasetFile:
    """The data set, to be linked to from now on."""
    return DatasetFile(
        object_key=dataset.object_key,
        name=f"ad-days-{dataset.period.value.lower().replace('_', '-')}-{dataset.sha256[:8]}.{ENDINGS[FORMAT]}",
        format=FORMAT,
        rows=dataset.rows,
        bytes=dataset.bytes,
        sha256=dataset.sha256,
        generated_at=dataset.generated_at,
        url_expires_at=(clock() + LINK_LIFE).replace(microsecond=0),
    )


async def links(files: FileStorage, viewer: Viewer, datasets: Sequence[DatasetFile]) -> list[str | None]:
    """A link to each file; None for viewers without EXPORT."""
    if Permission.EXPORT not in permissions_of_viewer(viewer):
        return [None] * len(datasets)
    return [(await files.link(each.object_key, name=each.name)).url for each in datasets]
