"""The documents of an installation: those of its manifest, and those of the server's own pages and extension."""

from collections.abc import Sequence
from pathlib import Path

from execution.persisted.lookup import Documents
from execution.persisted.manifest import ManifestEntry, ManifestError, read_manifest
from execution.persisted.manifest_check import checked_manifest
from schema import build_schema
from settings.model import DocumentsMode, Settings
from startup.process import StartupError
from web.clients import AGENT_DOCUMENTS
from web.pages.account import OWN_DOCUMENTS


def open_documents(settings: Settings) -> Documents:
    """What DOCUMENTS and DOCUMENTS_FILE say; raises StartupError for a manifest that cannot be used as a whole."""
    documents = Documents(only_trusted=settings.documents is DocumentsMode.TRUSTED)
    own = [*read_manifest(OWN_DOCUMENTS), *read_manifest(AGENT_DOCUMENTS)]
    try:
        entries = _entries(settings.documents_file)
        documents.trust(checked_manifest(build_schema().core, [*own, *entries]))
    except ManifestError as error:
        raise StartupError(f"DOCUMENTS_FILE: {settings.documents_file} {error.message}") from error
    return documents


def _entries(path: Path | None) -> Sequence[ManifestEntry]:
    return read_manifest(path) if path is not None else ()
