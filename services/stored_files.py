"""Where the files of a tenant lie in the storage, and how all of them are erased; knows nothing of what is in them.

A picture may have narrower copies beside it: a row names the whole one, and so all of them.
"""

import re
from uuid import UUID

from integrations.storage.door import FileStorage

_BATCH = 500
_COPY = re.compile(r"(.+)-w[0-9]{1,5}(\.jpg)")


def folder_of(tenant_id: UUID) -> str:
    """The prefix of the keys of all files of a tenant."""
    return f"{tenant_id}/"


async def erase_files(files: FileStorage, tenant_id: UUID, *, most: int = _BATCH) -> int:
    """Deletes up to `most` files of the tenant; answers how many. Raises IntegrationError."""
    keys: list[str] = []
    async for each in files.list(folder_of(tenant_id)):
        keys.append(each.key)
        if len(keys) >= most:
            break
    await files.delete(keys)
    return len(keys)


def copy_key(key: str, width: int | None) -> str:
    """The key of the copy with this width, in pixels; None for the whole picture."""
    return key if width is None else f"{key.removesuffix('.jpg')}-w{width}.jpg"


def whole_key(key: str) -> str:
    """The key that a row has where a file has this one: that of the whole picture of a copy, else the same."""
    copy = _COPY.fullmatch(key)
    return key if copy is None else f"{copy[1]}{copy[2]}"
