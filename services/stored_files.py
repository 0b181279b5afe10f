"""Where the files of a tenant lie in the storage, and how all of them are erased; knows no kind of file."""

from uuid import UUID

from integrations.storage.door import FileStorage

_BATCH = 500


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
