"""The store of registered documents: what it holds is bounded, and nobody pushes out what a tenant has stored."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from execution.persisted.asked import PREFIX, AskedDocument, is_hash, name_of
from execution.persisted.lookup import Documents
from execution.persisted.store import LARGEST_SHARE, TextStore

TENANT = "0190a0d4-1c3e-7b7a-a0f5-51b6f2b61c2e"


def test_callers_without_a_tenant_fill_their_own_share_alone() -> None:
    store = TextStore()
    texts = [f"query Page{number} {{ tenant {{ name }} }}" for number in range(50)]
    for text in texts:
        store.keep(TENANT, name_of(text), text)
    tracemalloc.start()
    for number in range(10_000):
        text = f"{{ __typename }} # {number} {'x' * 1_000}"
        store.keep(None, name_of(text), text)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [store.find(TENANT, name_of(text)) for text in texts] == texts
    assert held < 1.2 * LARGEST_SHARE
    assert store.size < 1.1 * LARGEST_SHARE


def test_of_one_owner_the_text_that_was_not_asked_for_the_longest_goes_first() -> None:
    store = TextStore(largest_share=3_000)
    for letter in "abcdef":
        store.keep("t", letter, letter * 500)
        assert store.find("t", "a") is not None
    assert [letter for letter in "abcdef" if store.find("t", letter)] == ["a", "e", "f"]


def test_of_many_tenants_those_lose_their_texts_that_asked_for_none_the_longest() -> None:
    store = TextStore(largest_share=2_000, all_shares=5_000)
    store.keep(None, "x", "x" * 1_000)
    for number in range(50):
        store.keep(f"tenant {number}", "x", "x" * 1_000)
        store.find("tenant 0", "x")
    assert store.size < 7_000
    found = [number for number in range(50) if store.find(f"tenant {number}", "x")]
    assert found == [0, 48, 49]
    assert store.find(None, "x") is not None


def test_a_text_larger_than_a_share_is_not_stored_and_pushes_out_nothing() -> None:
    store = TextStore(largest_share=1_000)
    store.keep("t", "small", "{ a }")
    store.keep("t", "large", "x" * 1_000)
    assert (store.find("t", "small"), store.find("t", "large")) == ("{ a }", None)


def test_a_text_that_is_stored_again_counts_once() -> None:
    store = TextStore()
    store.keep("t", "n", "{ a }")
    size = store.size
    store.keep("t", "n", "{ a }")
    assert store.size == size


@given(st.text(st.characters(codec=None), min_size=1))
def test_any_text_is_found_by_its_hash_and_by_no_other(text: str) -> None:
    documents, name = Documents(), name_of(text)
    assert is_hash(name.removeprefix(PREFIX))
    hash_alone = AskedDocument.of({"documentId": name})
    with_text = AskedDocument.of({"query": text, "documentId": name})
    wrong = AskedDocument.of({"query": text + " ", "documentId": name})
    assert hash_alone is not None
    assert with_text is not None
    assert wrong is not None
    assert documents.find(hash_alone, owner="t").text != text
    found = documents.find(with_text, owner="t")
    found.keep()
    assert found.text == text
    assert documents.find(hash_alone, owner="t").text == text
    assert documents.find(wrong, owner="t").ready is not None
