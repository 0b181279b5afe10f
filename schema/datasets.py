"""Dataset: the ad-days of an account as a file."""

from datetime import datetime

import strawberry

from models.exports.export import ExportFormat
from resolvers.exports import datasets
from schema.field import field
from schema.scalars import BigInt


@strawberry.type(
    description="The ad-days of an account as a file: a row for each ad and day, with names, tags and base facts. "
    "It is renewed by each refresh, and by each change of naming."
)
class Dataset:
    url: str | None = field(
        datasets.url,
        description="Where the file is, for whoever has the address, until `urlExpiresAt`. Null without EXPORT.",
    )
    format: ExportFormat = field(description="Always PARQUET.")
    rows: BigInt = field(description="Its ad-days: all that are stored of the period.")
    bytes: BigInt = field(description="The size of the file.")
    sha256: str = field(
        description="Of its bytes, in hexadecimal: the same as long as nothing that it shows has changed."
    )
    generated_at: datetime = field(
        description="When the ad-days were last read for it. A refresh that changes none of them keeps the file."
    )
    url_expires_at: datetime = field(description="`url` works until then; ask again for another one.")
