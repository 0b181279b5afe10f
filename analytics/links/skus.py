"""Finds SKUs in texts of people: names of ads, and parameters of addresses."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

# A shorter SKU is too likely to be a word, a size or a year that means nothing.
SHORTEST = 4
_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class SkuFinder:
    """Finds where a text has one of these SKUs as a whole token, which is to be given folded.

    A token ends where a letter or digit has none beside it: "new_LAMP-1_DE" has LAMP-1, and has no AMP-1. A SKU may
    have several words; where one SKU begins with another, the longer one counts. One that is shorter than 4 characters,
    or begins or ends with neither letter nor digit, is not found.
    """

    def __init__(self, skus: Iterable[str]) -> None:
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        self._skus = {each for each in skus if len(each) >= SHORTEST and each[0].isalnum() and each[-1].isalnum()}
        for sku in self._skus:
            if (word := _WORD.match(sku)) is not None:
                lengths[word[0]].add(len(sku))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def found_in(self, text: str) -> Iterator[str]:
        """The SKUs in the order of their places; a text of the platform's {{placeholders}} is none."""
        folded, after = _without_placeholders(text).casefold(), 0
        for word in _WORD.finditer(folded):
            start = word.start()
            if start < after:
                continue
            for length in self._lengths.get(word[0], ()):
                end = start + length
                if folded[start:end] in self._skus and not _goes_on(folded, end):
                    yield folded[start:end]
                    after = end
                    break


def _without_placeholders(text: str) -> str:
    # Each that opens before the last end is closed. Behind it, every opening would be sought an end for, in vain.
    last = text.rfind("}}") + 2
    return _PLACEHOLDER.sub(" ", text[:last]) + text[last:] if last > 1 else text


def _goes_on(text: str, end: int) -> bool:
    return end < len(text) and _WORD.match(text, end) is not None
