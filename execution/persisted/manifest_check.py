"""Checks each entry of a manifest against the schema, and names those that are wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLSchema, GraphQLSyntaxError, OperationDefinitionNode

from execution.documents import Prepared, prepared
from execution.persisted.asked import PREFIX, is_hash, name_of
from execution.persisted.manifest import ManifestEntry, ManifestError, shown

MAX_NAMED = 20
LONGEST_ID = 256
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """A document of a manifest, parsed and valid, with its own name and its id in the manifest."""

    document_id: str
    name: str
    text: str
    prepared: Prepared


def checked_manifest(schema: GraphQLSchema, entries: Sequence[ManifestEntry]) -> Sequence[TrustedDocument]:
    """The documents of a manifest; raises ManifestError, which names the first MAX_NAMED entries that are wrong."""
    found: dict[str, TrustedDocument] = {}
    wrong: list[str] = []
    for entry in entries:
        try:
            _add(found, _checked(schema, entry))
        except ManifestError as error:
            wrong.append(f"  {_label(entry)}: {error.message}")
    if wrong:
        more = [f"  and {len(wrong) - MAX_NAMED} more"] if len(wrong) > MAX_NAMED else []
        raise ManifestError("\n".join(["has documents that cannot run:", *wrong[:MAX_NAMED], *more]))
    return list(found.values())


def _add(found: dict[str, TrustedDocument], document: TrustedDocument) -> None:
    if found.setdefault(document.document_id, document).text != document.text:
        raise ManifestError("another document has the same id")


def _label(entry: ManifestEntry) -> str:
    return shown(entry.document_id) + (f" ({shown(entry.name)})" if entry.name else "")


def _checked(schema: GraphQLSchema, entry: ManifestEntry) -> TrustedDocument:
    if not isinstance(entry.document_id, str) or not 0 < len(entry.document_id) <= LONGEST_ID:
        raise ManifestError(f"an id must be a text of 1 to {LONGEST_ID} characters")
    if not isinstance(entry.text, str):
        raise ManifestError("the document is no text")
    name = name_of(entry.text)
    _check_id(entry.document_id, name)
    try:
        found = prepared(schema, entry.text, hides_names=False)
    except GraphQLSyntaxError as error:
        raise ManifestError(error.message[:_LONGEST_REASON]) from error
    if found.errors:
        raise ManifestError(found.errors[0].message[:_LONGEST_REASON])
    _check_operations(found.document, entry)
    return TrustedDocument(entry.document_id, name, entry.text, found)


def _check_id(document_id: str, name: str) -> None:
    """Raises ManifestError for an id that claims to be a hash and is another, or whose prefix nobody can ask for."""
    if ":" in document_id and not document_id.startswith(PREFIX):
        raise ManifestError(f"an id with a colon must begin with {PREFIX}")
    claimed = document_id.removeprefix(PREFIX)
    if (claimed != document_id or is_hash(claimed)) and PREFIX + claimed != name:
        raise ManifestError(f"the SHA-256 of its document is {name.removeprefix(PREFIX)}")


def _check_operations(document: DocumentNode, entry: ManifestEntry) -> None:
    """Raises ManifestError for a document without an operation, or one that is not what the manifest says."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        raise ManifestError("the document has no operation")
    if entry.name is not None and (entry.name, entry.kind) not in _said(operations):
        raise ManifestError(f"the document has no {entry.kind} of this name" if entry.kind else "it says no `type`")


def _said(operations: Sequence[OperationDefinitionNode]) -> Iterator[tuple[str, str]]:
    for each in operations:
        yield (each.name.value if each.name else ""), each.operation.value
