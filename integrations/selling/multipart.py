"""A file with fields beside it, as forms send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class FilePart:
    """`name` and `file_name` stand in a header: letters, digits, dots, hyphens and underscores alone."""

    name: str
    file_name: str
    media_type: str
    content: bytes = field(repr=False)


def multipart(part: FilePart, fields: Mapping[str, str] | None = None) -> tuple[bytes, str]:
    """The body, and its content type. The boundary is made of the file, which cannot hold its own digest."""
    boundary = sha256(part.content).hexdigest()
    told = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (fields or {}).items()
    )
    head = (
        f'{told}--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"; filename="{part.file_name}"\r\n'
        f"Content-Type: {part.media_type}\r\n\r\n"
    )
    body = head.encode() + part.content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
