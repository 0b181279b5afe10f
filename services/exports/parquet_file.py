"""Makes Parquet files of CSV: a program of its own, so that its libraries and their memory are in no other process.

`python parquet_file.py SPECIFICATION`: a JSON file with the columns, as pairs of name and kind, and the files, each
with its path and metadata. The CSV, without a line of names, comes by standard input; an empty field is null, and a
quoted empty one a text. A file may have the rows from its `first_day` on alone; `cut_by` names the column by whose days
the rows are sorted then. Standard output tells the number of rows in each file, as JSON.
"""

import json
import sys
from contextlib import ExitStack
from datetime import date
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


def schema_of(columns: list[tuple[str, str]]) -> Any:
    return pa.schema([pa.field(name, _KINDS[kind]) for name, kind in columns])


class Target:
    """A file that is written; `rows` counts what it has."""

    def __init__(self, schema: Any, given: dict[str, Any], cut_by: str | None) -> None:
        first = given.get("first_day")
        self._first_day = None if first is None else date.fromisoformat(first)
        self._place = schema.names.index(cut_by) if cut_by is not None else 0
        self.rows = 0
        own = schema.with_metadata(given["metadata"])
        self.writer = parquet.ParquetWriter(given["path"], own, compression="zstd")

    def write(self, batch: Any) -> None:
        """One group of rows of those that belong to this file."""
        wanted = batch.slice(self._begin(batch))
        if wanted.num_rows:
            self.writer.write_batch(wanted.replace_schema_metadata(self.writer.schema.metadata))
            self.rows += wanted.num_rows

    def _begin(self, batch: Any) -> int:
        """The place of the first row of `first_day`, by halves: the rows are sorted by day."""
        low, high = 0, 0 if self._first_day is None else batch.num_rows
        days = batch.column(self._place)
        while low < high:
            middle = (low + high) // 2
            if days[middle].as_py() < self._first_day:
                low = middle + 1
            else:
                high = middle
        return low


def write(specification: dict[str, Any], source: Any) -> list[int]:
    """One group of rows for each block of CSV; answers how many rows each file has."""
    schema = schema_of(specification["columns"])
    with ExitStack() as opened:
        targets = [Target(schema, each, specification.get("cut_by")) for each in specification["files"]]
        for target in targets:
            opened.enter_context(target.writer)
        first = source.read(1)
        for batch in _batches(schema, _Again(first, source)) if first else ():
            for target in targets:
                target.write(batch)
        return [target.rows for target in targets]


def _batches(schema: Any, source: Any) -> Any:
    for batch in csv.open_csv(
        pa.PythonFile(source, mode="r"),
        read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=schema.names),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={field.name: field.type for field in schema},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ):
        yield batch.cast(schema) if batch.schema != schema else batch


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


def main(specification: str) -> None:
    json.dump(write(json.loads(Path(specification).read_text(encoding="utf-8")), sys.stdin.buffer), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
