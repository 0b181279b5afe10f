"""What makes one name of many spellings, and which number a copy has."""

import pytest

from analytics.naming.normal import LONGEST_READ, PlainName, folded, plain, plain_delimiter, plain_name

SPELLINGS = {
    "wide signs": ("US｜Video＿UGC", "US|Video_UGC"),  # noqa: RUF001 - on purpose
    "a space that does not break": ("US\u00a0|\u00a0Video", "US | Video"),
    "spaces, tabs and lines": ("  US \t Video\r\n2 ", "US Video 2"),
    "marks without width": ("U\u200bS\ufeff \u2060Vi\u00addeo\u200d", "US Video"),
    "marks of direction": ("\u200fעברית\u202e x\u2066", "עברית x"),  # noqa: RUF001
    "NUL and other controls": ("U\x00S\x07\x1b Video\x7f\x80", "US Video"),
    "halves of a surrogate pair": ("US\ud800 \udfffVideo", "US Video"),
    "an accent by itself": ("Co\u0301pia", "Cópia"),
    "dashes stay": ("A – B — C - D", "A – B — C - D"),  # noqa: RUF001 - on purpose
    "case stays": ("uGc", "uGc"),
    "emoji stay, joined ones too": ("🔥 👩\u200d👩\u200d👧 ❤️", "🔥 👩\u200d👩\u200d👧 ❤️"),
    "right to left stays": ("تخفيضات الصيف", "تخفيضات الصيف"),
    "a ligature of 18 letters": ("\ufdfa", "صلى الله عليه وسلم"),
    "nothing": ("", ""),
    "spaces alone": (" \u3000\t", ""),
}

COPIES = {
    "English": ("Summer - Copy", ("Summer", "- Copy", 1)),
    "a number": ("Summer - Copy 2", ("Summer", "- Copy 2", 2)),
    "Portuguese": ("Summer – Cópia 3", ("Summer", "– Cópia 3", 3)),  # noqa: RUF001 - on purpose
    "German and Dutch": ("Sommer – Kopie", ("Sommer", "– Kopie", 1)),  # noqa: RUF001 - on purpose
    "French": ("Été – Copie 12", ("Été", "– Copie 12", 12)),  # noqa: RUF001 - on purpose
    "Spanish and Italian": ("Verano - copia", ("Verano", "- copia", 1)),
    "a copy of a copy": ("Summer - Copy - Copy", ("Summer", "- Copy - Copy", 2)),
    "a copy of a third copy": ("Summer - Copy 3 – Kopie", ("Summer", "- Copy 3 – Kopie", 4)),  # noqa: RUF001
    "nothing but a suffix": ("- Copy", ("", "- Copy", 1)),
    "an ad's copy, which is no copy": ("US-Video-Copy", ("US-Video-Copy", None, None)),
    "a suffix in the middle": ("Summer - Copy - US", ("Summer - Copy - US", None, None)),
    "a year behind it": ("Summer - Copy 20255", ("Summer - Copy 20255", None, None)),
    "a word that begins like it": ("Summer - Copyright", ("Summer - Copyright", None, None)),
}


@pytest.mark.parametrize("written", SPELLINGS)
def test_a_name_has_one_spelling(written: str) -> None:
    name, wanted = SPELLINGS[written]
    assert plain(name) == wanted
    assert plain(wanted) == wanted


@pytest.mark.parametrize("written", COPIES)
def test_the_suffix_of_a_copy_is_no_part_of_its_name(written: str) -> None:
    name, (text, suffix, copies) = COPIES[written]
    assert plain_name(name) == PlainName(text, plain(name), suffix, copies)


def test_texts_are_compared_without_spelling_and_case() -> None:
    assert folded(" ＵＧＣ\u00a0straße") == folded("ugc STRASSE")  # noqa: RUF001 - on purpose
    assert folded("A–B") != folded("A-B")  # noqa: RUF001 - on purpose


def test_a_delimiter_keeps_its_spaces() -> None:
    assert plain_delimiter("\u00a0－\t ") == " - "  # noqa: RUF001 - on purpose
    assert plain_delimiter("\u200b") == ""


def test_what_is_too_long_to_be_a_name_is_none() -> None:
    assert plain("a" * LONGEST_READ) == "a" * LONGEST_READ
    assert plain("a" * (LONGEST_READ + 1)) == ""
    assert plain("a\u0316\u0301" * 1_000_000) == ""
