"""Export: all rows of an answer about insights as a file; and the mutation that asks for it."""

from datetime import datetime

import strawberry

from models.exports.export import Export as ExportRow
from models.exports.export import ExportFormat, ExportStatus
from resolvers.exports import reading, requests
from schema.field import field
from schema.node import Node, entity
from schema.scalars import BigInt
from schema.user_error import UserError


@entity(ExportRow, description="All rows of an answer about insights as a file, which is kept for 7 days.")
class Export(Node):
    format: ExportFormat = field(description="How the file is written.")
    status: ExportStatus = field(description="SUCCEEDED is said only once the whole file is there.")
    progress: float = field(description="0 to 1; never falls.")
    rows: BigInt | None = field(description="Lines of data in the file. Null until it is there.")
    bytes: BigInt | None = field(description="The size of the file. Null until it is there.")
    sha256: str | None = field(description="Of the bytes of the file, in hexadecimal.")
    url: str | None = field(
        reading.url,
        description="Where the file is: for 15 minutes, for whoever has the address. Null until the file is there, and "
        "once it was deleted.",
    )
    error: str | None = field(description="FAILED: why, and what to do.")
    created_at: datetime = field(
        description="When it was asked for. Presets such as LAST_7_DAYS mean the days of that moment."
    )
    finished_at: datetime | None = field(description="When it ended; null until then.")
    version: int = field(description="Grows with every change: order events by it.")


@strawberry.type
class ExportPayload:
    export: Export | None = field(description="The export as it was queued; null where it was refused.")
    user_errors: list[UserError]


@strawberry.type
class ExportMutations:
    export_insights: ExportPayload | None = field(
        requests.export_insights,
        description="Every row that `insights` would answer, as a file that a worker writes: at most 1,000,000 rows, "
        "all of one moment, and never cut. `exportProgress` tells when it is there. Columns have the names of the API. "
        "Counts for EXPORTS_PER_DAY. Needs EXPORT.",
    )
