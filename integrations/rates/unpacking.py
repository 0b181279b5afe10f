"""Makes text of a file of rates: plain, zipped or gzipped, never longer than a bound; knows no line of it."""

import gzip
import zipfile
import zlib
from io import BytesIO

# The whole history of the European Central Bank has two million.
MOST_BYTES = 16 * 1024 * 1024
_ZIP, _GZIP = b"PK", b"\x1f\x8b"
# What zipfile and gzip raise for damaged, encrypted and unusual files.
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class UnreadableRates(Exception):
    """A file is none of rates, or a line of it is odd; the message says what and where."""


def text_of(content: bytes) -> str:
    """The text of a file, without a byte order mark; raises UnreadableRates."""
    if len(content) > MOST_BYTES:
        raise _too_large()
    try:
        return _unpacked(content).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableRates("The file is no text in UTF-8, and no zip or gzip of one.") from None


def _unpacked(content: bytes) -> bytes:
    # No more than the bound is unpacked, whatever the file says of its own size.
    try:
        if content.startswith(_ZIP):
            with zipfile.ZipFile(BytesIO(content)) as archive, archive.open(_only_file(archive)) as packed:
                content = packed.read(MOST_BYTES + 1)
        elif content.startswith(_GZIP):
            with gzip.open(BytesIO(content)) as packed:
                content = packed.read(MOST_BYTES + 1)
    except _DAMAGES as error:
        raise UnreadableRates("The file is packed, and cannot be unpacked: it is damaged or encrypted.") from error
    if len(content) > MOST_BYTES:
        raise _too_large()
    return content


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(files) != 1:
        raise UnreadableRates(f"The archive must hold one file, not {len(files)}.")
    # The library bounds what it unpacks at once for these alone.
    if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableRates("The archive is compressed in an unusual way: make it with deflate.")
    return files[0]


def _too_large() -> UnreadableRates:
    return UnreadableRates(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
