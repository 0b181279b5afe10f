"""Manifests of Relay, GraphQL code generator and Apollo: what is read, and how each wrong entry is named."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from execution.persisted import lookup
from execution.persisted.asked import AskedDocument
from execution.persisted.lookup import Documents
from execution.persisted.manifest import LARGEST_MANIFEST, ManifestError, read_manifest
from execution.persisted.manifest_check import MAX_NAMED, checked_manifest
from tests.execution.conftest import ENGINE

HELLO = "query Hello { hello }"
CHANGE = "mutation Change { change }"
FORMAT = "apollo-persisted-query-manifest"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apollo(*operations: Any, **changed: Any) -> dict[str, Any]:
    return {"format": FORMAT, "version": 1, "operations": list(operations), **changed}


def operation(text: str = HELLO, **changed: Any) -> dict[str, Any]:
    return {"id": hash_of(text), "name": "Hello", "type": "query", "body": text, **changed}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.json"


def documents_of(path: Path, manifest: Any) -> Documents:
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    documents = Documents()
    documents.trust(checked_manifest(ENGINE.core, read_manifest(path)))
    return documents


def complaint(path: Path, manifest: Any) -> str:
    with pytest.raises(ManifestError) as caught:
        documents_of(path, manifest)
    return caught.value.message


def found_by(documents: Documents, document_id: str) -> str:
    asked = AskedDocument.of({"documentId": document_id})
    assert asked is not None
    return documents.find(asked, owner=None).text


@pytest.mark.parametrize(
    ("manifest", "ids"),
    [
        ({hash_of(HELLO): HELLO, hash_of(CHANGE): CHANGE}, [hash_of(HELLO)]),
        ({f"sha256:{hash_of(HELLO)}": HELLO}, []),
        ({"Hello": HELLO, "5d41402abc4b2a76b9719d911017c592": CHANGE}, ["Hello"]),
        (apollo(operation(), operation(CHANGE, name="Change", type="mutation")), [hash_of(HELLO)]),
        (apollo(operation(id="hello-1", clientName="web")), ["hello-1"]),
        (apollo(operation(), operation()), [hash_of(HELLO)]),
        (apollo(operation("{ hello }", name="")), []),
        ("\ufeff" + json.dumps({"Hello": HELLO}), ["Hello"]),
    ],
    ids=[
        "relay",
        "codegen",
        "own ids",
        "apollo",
        "apollo with own ids",
        "repeated",
        "anonymous",
        "with a byte order mark",
    ],
)
def test_documents_are_found_by_id_and_by_hash(path: Path, manifest: Any, ids: list[str]) -> None:
    documents = documents_of(path, manifest)
    text = "{ hello }" if f"sha256:{hash_of(HELLO)}" not in documents.trusted else HELLO
    assert {found_by(documents, each) for each in (*ids, f"sha256:{hash_of(text)}")} == {text}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"a": ' + "1" * 5_000 + "}", "is no JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ("3", "must be a JSON object"),
        ("{}", "has no document"),
        (apollo(), "has no document"),
        ('{"Hello": "{ hello }", "Hello": "{ twice }"}', 'has the key "Hello" twice'),
        (apollo(operation(), format="other"), "must say `format`"),
        (apollo(operation(), version=2), "must say `format`"),
        ({"format": FORMAT, "version": 1}, "must have a list"),
        (apollo(operations={}), "must have a list"),
        (apollo(3), "something else than an object in `operations`, at place 0"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_in_words(path: Path, manifest: Any, said: str) -> None:
    assert said in complaint(path, manifest)


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        ({"Hello": None}, '"Hello": the document is no text'),
        ({"Hello": {"text": HELLO}}, '"Hello": the document is no text'),
        ({"": HELLO}, '"": an id must be a text of 1 to 256 characters'),
        ({"x" * 300: HELLO}, "an id must be a text of 1 to 256 characters"),
        ({"Hello": "{ nope }"}, "\"Hello\": Cannot query field 'nope' on type 'Query'."),
        ({"Hello": "{ hello("}, '"Hello": Syntax Error: Expected Name, found <EOF>.'),
        ({"Hello": ""}, '"Hello": Syntax Error: Unexpected <EOF>.'),
        ({"Hello": "fragment F on Query { hello }"}, '"Hello": Fragment'),
        ({"Hello": "type A { b: Int }"}, '"Hello": '),
        ({"Hello": "{ a: " * 2_000}, '"Hello": '),
        ({"Hello": "{ hello }" + " " * 100_000}, '"Hello": A document may have at most 100000 characters.'),
        ({"md5:5d41402abc4b2a76b9719d911017c592": HELLO}, "an id with a colon must begin with sha256:"),
        ({hash_of(CHANGE): HELLO}, f'"{hash_of(CHANGE)}": the SHA-256 of its document is {hash_of(HELLO)}'),
        ({f"sha256:{hash_of(CHANGE)}": HELLO}, f"the SHA-256 of its document is {hash_of(HELLO)}"),
        ({"sha256:abc": HELLO}, '"sha256:abc": the SHA-256 of its document is'),
        ({f"sha256:{hash_of(HELLO).upper()}": HELLO}, "the SHA-256 of its document is"),
        ({"a\nb": "{ nope }"}, '"a\\nb": Cannot query'),
        ({"Hello": "\ud800"}, '"Hello": Syntax Error'),
        (apollo(operation(name="Other")), '("Other"): the document has no query of this name'),
        (apollo(operation(type="mutation")), '("Hello"): the document has no mutation of this name'),
        (apollo(operation(type=None)), '("Hello"): it says no `type`'),
        (apollo(operation(name=["Hello"])), "the document has no query of this name"),
        (apollo(operation(body=None)), '("Hello"): the document is no text'),
        (apollo(operation(id=3)), '3 ("Hello"): an id must be a text'),
        (apollo({}), "null: an id must be a text"),
        (apollo(operation(id="a"), operation(CHANGE, id="a", name="Change", type="mutation")), "another document has"),
    ],
)
def test_each_wrong_entry_is_named_with_what_is_wrong(path: Path, manifest: Any, line: str) -> None:
    text = complaint(path, manifest)
    assert text.startswith("has documents that cannot run:\n  ")
    assert line in text
    assert len(text) < 600


def test_of_many_wrong_entries_the_first_are_named_and_the_others_counted(path: Path) -> None:
    lines = complaint(path, {f"Page{number}": "{ nope }" for number in range(50)} | {"Good": HELLO}).splitlines()
    assert len(lines) == 1 + MAX_NAMED + 1
    assert [lines[1][:9], lines[-1]] == ['  "Page0"', "  and 30 more"]


def test_a_manifest_of_50_mb_is_refused_by_its_size(path: Path) -> None:
    with path.open("wb") as file:
        os.truncate(file.fileno(), 50_000_000)
    with pytest.raises(ManifestError, match="is too large: a manifest may have 8 MiB"):
        read_manifest(path)
    os.truncate(path, LARGEST_MANIFEST)
    with pytest.raises(ManifestError, match="is no JSON"):
        read_manifest(path)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="No such file"):
        read_manifest(path)
    with pytest.raises(ManifestError, match="Is a directory"):
        read_manifest(tmp_path)


def test_a_document_of_the_manifest_stays_parsed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = documents_of(path, {"Hello": HELLO, "Change": CHANGE})
    kept = documents.trusted["Hello"].ready
    assert kept is not None
    assert documents.trusted["Hello"].prepared(ENGINE.core, hides_names=True) is kept
    monkeypatch.setattr(lookup, "MOST_PARSED", len(HELLO))
    bounded = documents_of(path, {"Hello": HELLO, "Change": CHANGE})
    assert (bounded.trusted["Hello"].ready is not None, bounded.trusted["Change"].ready) == (True, None)
    assert bounded.trusted["Change"].prepared(ENGINE.core, hides_names=True).errors == ()
