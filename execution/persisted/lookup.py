"""Finds the document that a request asks for: in the request, in the manifest, or among those that were registered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from errors import AppError, BadInput, DocumentNotTrusted, PersistedQueryNotFound
from execution.documents import REFUSED_TEXT, Prepared, prepared, refused
from execution.limits.shape import MAX_CHARACTERS
from execution.persisted.asked import PREFIX, AskedDocument, name_of
from execution.persisted.manifest_check import TrustedDocument
from execution.persisted.store import TextStore

# A document of a manifest stays parsed for good, as long as all of them together have fewer characters. A parsed
# character takes about a hundred bytes.
MOST_PARSED = 1_000_000


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """The text to run; `keep` registers it where the request asks for that, once the operation is admitted."""

    text: str
    ready: Prepared | None = None
    keep: Callable[[], None] = lambda: None

    def prepared(self, schema: GraphQLSchema, *, hides_names: bool) -> Prepared:
        """As `documents.prepared`; a document that stays parsed is the same object each time."""
        return self.ready or prepared(schema, self.text, hides_names=hides_names)


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one application. With `only_trusted` it runs those of the manifest and nothing else."""

    store: TextStore = field(default_factory=TextStore)
    trusted: dict[str, FoundDocument] = field(default_factory=dict)
    only_trusted: bool = False

    def trust(self, documents: Iterable[TrustedDocument]) -> None:
        """Adds documents by their ids and by their names."""
        left = MOST_PARSED
        for each in documents:
            left -= len(each.text)
            found = FoundDocument(each.text, each.prepared if left >= 0 else None)
            self.trusted.update({each.document_id: found, each.name: found})

    def find(self, query: str, *, owner: str | None) -> FoundDocument:
        """The document of a request, or one whose only error says why there is none.

        `owner` is who registers documents and finds those that it has registered; None for all callers without a
        tenant. They are apart, since a document tells what its application does.
        """
        try:
            return self._asked(query, owner) if isinstance(query, AskedDocument) else self._sent(query)
        except AppError as error:
            return FoundDocument(REFUSED_TEXT, refused(error))

    def _asked(self, asked: AskedDocument, owner: str | None) -> FoundDocument:
        name = asked.name()
        if asked.has_text:
            return self._sent(str(asked)) if name is None else self._registered(str(asked), name, owner)
        assert name is not None  # a request without both is refused by the transports
        found = self.trusted.get(name)
        if found is None and self.only_trusted:
            raise DocumentNotTrusted
        return found or self._kept(name, owner)

    def _kept(self, name: str, owner: str | None) -> FoundDocument:
        text = self.store.find(owner, name)
        if text is None:
            raise PersistedQueryNotFound
        return FoundDocument(text)

    def _registered(self, text: str, name: str, owner: str | None) -> FoundDocument:
        if not name.startswith(PREFIX):
            raise BadInput("A `documentId` that is no hash is sent without the text of the document.")
        if len(text) > MAX_CHARACTERS:
            return self._sent(text)
        if name != name_of(text):
            raise BadInput("The hash is not the SHA-256 of the document's UTF-8.")
        if self.only_trusted or name in self.trusted:
            return self._sent(text)
        return FoundDocument(text, keep=lambda: self.store.keep(owner, name, text))

    def _sent(self, text: str) -> FoundDocument:
        """A document by its text. A text of the manifest is trusted whichever way it comes."""
        if not self.only_trusted or not text:
            return FoundDocument(text)
        found = self.trusted.get(name_of(text)) if len(text) <= MAX_CHARACTERS else None
        if found is None:
            raise DocumentNotTrusted
        return found
