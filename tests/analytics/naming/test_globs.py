"""Which names a glob means, and that many globs say the same as each of them alone."""

import random
from fnmatch import fnmatchcase

import pytest

from analytics.naming.globs import Globs, is_loose

# The glob, names that it means, and names that it does not mean.
MEANT = {
    "no sign": ("summer", ["summer"], ["summer ", "a summer", "summe"]),
    "an end that is open": ("us_*", ["us_", "us_summer"], ["de_us_", "us"]),
    "both ends open": ("*summer*", ["summer", "us_summer_2"], ["sumer"]),
    "texts in order": ("us*hi*2", ["us_hi_2", "ushi2", "us_hi_2_2"], ["us_2_hi", "us_hi_3"]),
    "texts that overlap": ("*aba*aba*", ["abaaba", "aba_aba"], ["ababa"]),
    "one character": ("v?deo", ["video", "v🔥deo"], ["vdeo", "viideo"]),
    "one character or more": ("a?*", ["ab", "abc"], ["a"]),
    "brackets are themselves": ("[us]*", ["[us] hi"], ["u", "us"]),
    "signs of patterns are themselves": ("a.b+c|d^$", ["a.b+c|d^$"], ["aXb+c|d^$", "a"]),
    "a sign that is meant itself": (
        r"50\%* \*new\* why\?",
        ["50\\% *new* why?"],
        ["50\\% new why?", "50\\% *new* whyx"],
    ),
    "a backslash that is meant itself": (r"a\\*", ["a\\", "a\\b"], ["ab"]),
    "a backslash at the end": ("a\\", ["a\\"], ["a"]),
    "everything": ("*", ["", "a"], []),
    "nothing": ("", [""], ["a"]),
    "lines": ("a*b", ["a\nb"], ["a\nb\n"]),
}


@pytest.mark.parametrize("case", MEANT)
def test_a_glob_means_whole_names(case: str) -> None:
    glob, meant, others = MEANT[case]
    assert [name for name in [*meant, *others] if Globs([glob]).meaning(name)] == meant


def test_many_globs_say_what_each_says_alone() -> None:
    chance = random.Random(12)
    texts = ["".join(chance.choices("abc", k=chance.randint(0, 9))) for _ in range(200)]
    globs = ["".join(chance.choices("abc*?", [3, 3, 3, 2, 1], k=chance.randint(0, 9))) for _ in range(300)]
    together = Globs(globs)
    for text in texts:
        alone = [place for place, glob in enumerate(globs) if fnmatchcase(text, glob)]
        assert together.meaning(text) == alone


@pytest.mark.parametrize("glob", ["*", "*ab*cd*", "?a*", "*a?b?", "*ab?", r"?\*??*"])
def test_a_glob_is_loose_where_every_name_may_be_like_it(glob: str) -> None:
    assert is_loose(glob)


@pytest.mark.parametrize("glob", ["a*", "*a", "a", "*abc*", "*?ab?abc?", r"\**", r"*ab\?*"])
def test_a_glob_is_not_loose_where_a_name_must_have_some_text(glob: str) -> None:
    assert not is_loose(glob)


def test_asterisks_are_not_tried_in_every_way() -> None:
    assert Globs(["*a" * 200 + "*b"]).meaning("a" * 400) == []
