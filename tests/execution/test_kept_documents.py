"""Kept documents: bounded in bytes, and those in use stay whatever strangers send."""

import gc
import tracemalloc

import pytest

from execution import documents
from execution.kept_documents import BYTES_OF_ANY, BYTES_PER_CHARACTER, MOST_BYTES, KeptDocuments
from tests.doors.http import GraphQLClient
from tests.execution.conftest import ENGINE

SIZE = BYTES_OF_ANY + BYTES_PER_CHARACTER * 10


def kept(documents_of_room: int) -> KeptDocuments[str]:
    return KeptDocuments(documents_of_room * SIZE)


def ask(room: KeptDocuments[str], key: str) -> bool:
    """Whether a document is found; it is added otherwise."""
    if room.find(key) is not None:
        return True
    room.add(key, key, characters=10)
    return False


def test_all_documents_together_take_no_more_than_the_room() -> None:
    room = kept(8)
    for number in range(10_000):
        for key in (f"{number} once", f"{number} twice", f"{number} twice"):
            ask(room, key)
        assert room.bytes <= 8 * SIZE
    assert room.bytes >= 7 * SIZE


def test_a_flood_of_new_documents_pushes_out_none_that_is_repeated() -> None:
    room = kept(8)
    ask(room, "used")
    assert ask(room, "used")
    for number in range(1_000):
        ask(room, f"{number}")
    assert ask(room, "used")
    assert ask(room, "999")
    assert not ask(room, "0")


def test_of_repeated_documents_the_one_that_rests_the_longest_goes() -> None:
    room = kept(8)
    for key in "abcdefg":
        ask(room, key)
        ask(room, key)
        ask(room, "a")
    assert [key for key in "abcdefg" if room.find(key)] == list("acdefg")


def test_a_document_that_is_larger_than_its_room_is_not_kept() -> None:
    room = kept(8)
    room.add("large", "large", characters=1_000_000)
    assert (room.find("large"), room.bytes) == (None, 0)


TEXTS = {
    "names": "{ paged { nodes { " + "name " * 60 + "} } }",
    "brackets": "{ paged { nodes { " + "... { name } " * 60 + "} } }",
    "comments": "{ hello }" + "\n#" * 700,
    "one comment": "{ hello }\n#" + "x" * 7_000,
    "little": "{ hello }",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_parsed_document_takes_no_more_than_is_reckoned(text: str) -> None:
    def parsed(number: int) -> documents.Prepared:
        found = documents.prepared(ENGINE.core, f"{text}\n#{number} of a measurement", hides_names=False)
        assert not found.errors
        return found

    parsed(0)
    gc.collect()
    tracemalloc.start()
    made = [parsed(number) for number in range(1, 11)]
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(made) <= BYTES_OF_ANY + BYTES_PER_CHARACTER * len(text)


@pytest.mark.drill
def test_thousands_of_documents_that_differ_in_a_comment_leave_memory_flat() -> None:
    def flood(first: int) -> int:
        for number in range(first, first + 1_500):
            documents.prepared(ENGINE.core, f"{{ hello }} #{number} of a flood", hides_names=False)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    half = flood(0)
    whole = flood(1_500)
    tracemalloc.stop()
    assert whole <= half * 1.05
    assert whole <= MOST_BYTES


async def test_a_document_in_use_stays_parsed(client: GraphQLClient) -> None:
    used = "{ hello painted }"
    assert (await client.ask(used)).data == {"hello": "hello you", "painted": None}
    first = documents.prepared(ENGINE.core, used, hides_names=False)
    for number in range(20):
        documents.prepared(ENGINE.core, f"{used} #{number}", hides_names=False)
    assert documents.prepared(ENGINE.core, used, hides_names=False) is first
