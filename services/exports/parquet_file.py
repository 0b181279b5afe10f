"""Makes a Parquet file of CSV: a program of its own, so that its libraries and their memory are in no other process.

`python parquet_file.py SPECIFICATION TARGET`: the specification is a JSON file with the columns, as pairs of name and
kind, and the metadata of the file. The CSV, without a line of names, comes by standard input; an empty field is null,
and a quoted empty one a text.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

# A group of rows is in memory at once. A larger one would be read a little faster.
BLOCK_BYTES = 2 * 1024 * 1024
_KINDS: dict[str, Any] = {
    "TEXT": pa.string(),
    "DATE": pa.date32(),
    "WHOLE": pa.int64(),
    "FLOAT": pa.float64(),
    # Of a row as large as any that the API answers: 32 digits before the point.
    "DECIMAL": pa.decimal128(38, 6),
}


def schema_of(specification: dict[str, Any]) -> Any:
    fields = [pa.field(name, _KINDS[kind]) for name, kind in specification["columns"]]
    return pa.schema(fields, metadata=specification["metadata"])


def write(schema: Any, source: Any, target: Path) -> None:
    """One group of rows for each block of CSV."""
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        first = source.read(1)
        if not first:
            return
        for batch in csv.open_csv(
            pa.PythonFile(_Again(first, source), mode="r"),
            read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=schema.names),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={field.name: field.type for field in schema},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        ):
            writer.write_batch(batch.cast(schema) if batch.schema != schema else batch)


class _Again:
    """A stream of which a byte was read already."""

    closed = False

    def __init__(self, first: bytes, source: Any) -> None:
        self._first, self._source = first, source

    def read(self, size: int = -1) -> bytes:
        first, self._first = self._first, b""
        found: bytes = self._source.read(size - len(first) if size > 0 else size)
        return first + found

    def close(self) -> None:
        """The stream belongs to whoever has opened it."""


def main(specification: str, target: str) -> None:
    write(schema_of(json.loads(Path(specification).read_text(encoding="utf-8"))), sys.stdin.buffer, Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
