"""Uploads: the GraphQL multipart request specification: `operations`, then `map`, then the files, in this order.

Files go to temporary files as they come, and these have no name in any folder: the operating system removes them when
they are closed, also if the process is killed. Everything is checked before the first file is read.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from errors import BadInput, RateLimited
from execution.transport.json_text import decode_json

MAX_FILES = 24
MAX_UPLOAD_BYTES = 32 * 1024 * 1024  # of a whole request
MAX_UPLOADS = 8  # requests with files that one process reads at once
SCALAR = "Upload"
_IN_MEMORY = 64 * 1024  # of each file
_CHUNK = 64 * 1024
_MAX_PLACES = 100
_MAX_FIELD_BYTES = 1024 * 1024  # of `operations` and of `map`, as of a request without files
_LONGEST_NAME = 255
_RETRY_S = 10
_NOTHING = object()  # null is something
_INDEX = re.compile(r"[0-9]{1,6}")
_FIELDS = ("operations", "map")
_ORDER = "A request with files has the field `operations`, then `map`, then the files that `map` names."


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """A file of a request, which is there as long as its operation runs.

    `name` and `media_type` are what the client says: `name` must never become a path.
    """

    name: str
    media_type: str
    size: int
    _file: UploadFile
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The content from its beginning; several may read at once, since one file may stand at several places."""
        offset = 0
        while chunk := await self._read(offset):
            offset += len(chunk)
            yield chunk

    async def _read(self, offset: int) -> bytes:
        async with self._reading:
            await self._file.seek(offset)
            return await self._file.read(_CHUNK)


@dataclass(frozen=True, slots=True)
class _NullPlace:
    """Where a file belongs in the operations: an object or a list, and the key in it."""

    holder: Any
    key: Any
    path: str


class _Form(MultiPartParser):
    """Starlette's parser, which refuses a part as soon as its headers say that it is not the next one."""

    spool_max_size = _IN_MEMORY

    def __init__(self, request: Request) -> None:
        super().__init__(
            request.headers,
            request.stream(),
            max_files=MAX_FILES,
            max_fields=len(_FIELDS),
            max_part_size=_MAX_FIELD_BYTES,
        )
        self.operations: Any = None
        self.places: dict[str, list[_NullPlace]] = {}
        self.files: dict[str, UploadFile] = {}
        self._is_whole = False

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        name, file = self._current_part.field_name, self._current_part.file
        finished = len(self.items)
        if finished < len(_FIELDS):
            if file is not None or name != _FIELDS[finished]:
                raise BadInput(_ORDER)
            return
        if not self.files:
            self.read_fields()
        if file is None or name not in self.places or name in self.files:
            raise BadInput(_ORDER if file is None else "A file stands in `map`, and comes once.")
        self.files[name] = file

    def on_end(self) -> None:
        self._is_whole = True

    def read_fields(self) -> None:
        """Reads the two fields; raises BadInput unless `map` says for each file where it belongs."""
        if len(self.items) < len(_FIELDS):
            raise BadInput(_ORDER)
        operations, places = (_decoded(name, str(text)) for name, text in self.items[: len(_FIELDS)])
        if not isinstance(operations, dict):
            raise BadInput("`operations` is a JSON object; batches are not supported.")
        self.operations = operations
        self.places = _places(operations, places)

    def fill(self) -> None:
        """Puts the files where they belong; raises BadInput if one is missing or not whole."""
        if not self._is_whole:
            raise BadInput("The form has no end.")
        if self.operations is None:
            self.read_fields()
        for name, places in self.places.items():
            if name not in self.files:
                raise BadInput(f"`map` names a file that has not come, for `{places[0].path}`.")
            file = self.files[name]
            upload = Upload((file.filename or "")[:_LONGEST_NAME], file.content_type or "", file.size or 0, file)
            for place in places:
                place.holder[place.key] = upload

    def close(self) -> None:
        for file in self._files_to_close_on_error:
            file.close()


class UploadDesk:
    """Reads requests with files, MAX_UPLOADS at once, since they take room on the disk."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """A schema without the scalar takes no files."""
        self.are_taken = SCALAR in schema.type_map
        self._open = 0

    @asynccontextmanager
    async def operations(self, request: Request) -> AsyncIterator[Any]:
        """The decoded `operations` with an Upload at each place of a file; the files are gone after the block.

        Raises BadInput for what does not follow the specification, and RateLimited for one request too many.
        """
        if self._open >= MAX_UPLOADS:
            raise RateLimited(f"At most {MAX_UPLOADS} requests with files are read at once.", retry_after_s=_RETRY_S)
        self._open += 1
        form = _Form(request)
        try:
            await form.parse()
            form.fill()
            yield form.operations
        except MultiPartException as error:
            raise BadInput(error.message) from error
        finally:
            self._open -= 1
            form.close()


def _decoded(name: str, text: str) -> Any:
    try:
        return decode_json(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"`{name}` is no JSON.") from error


def _places(operations: Mapping[str, Any], given: Any) -> dict[str, list[_NullPlace]]:
    if not isinstance(given, dict) or not all(_is_paths(paths) for paths in given.values()):
        raise BadInput("`map` is a JSON object of lists of paths, one list for each file.")
    if len(given) > MAX_FILES or sum(map(len, given.values())) > _MAX_PLACES:
        raise BadInput(f"A request may have at most {MAX_FILES} files, at {_MAX_PLACES} places.")
    places = {name: [_place(operations, path) for path in paths] for name, paths in given.items()}
    keys = [(id(place.holder), place.key) for each in places.values() for place in each]
    if len(set(keys)) < len(keys):
        raise BadInput("`map` names one place twice.")
    return places


def _is_paths(paths: Any) -> bool:
    return isinstance(paths, list) and bool(paths) and all(isinstance(path, str) for path in paths)


def _place(operations: Mapping[str, Any], path: str) -> _NullPlace:
    """The place of a path such as `variables.files.0`; raises BadInput unless there is null."""
    names = path.split(".")
    holder: Any = None
    key: Any = None
    value: Any = operations
    for name in names:
        holder = value
        key, value = _step(holder, name)
    if value is not None or names[0] != "variables" or len(names) < 2:  # noqa: PLR2004 - `variables` and a name
        raise BadInput(f"`map` names the place `{path[:_LONGEST_NAME]}`, where `operations` has no null.")
    return _NullPlace(holder, key, path)


def _step(holder: Any, name: str) -> tuple[Any, Any]:
    """The key that a name of a path stands for, and what is there."""
    if isinstance(holder, dict):
        return name, holder.get(name, _NOTHING)
    if isinstance(holder, list) and _INDEX.fullmatch(name) and int(name) < len(holder):
        return int(name), holder[int(name)]
    return name, _NOTHING
