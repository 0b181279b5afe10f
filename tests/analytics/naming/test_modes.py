"""What the four modes find in names, and which names match."""

import pytest

from analytics.enums import DuplicateKeys, ExtraTokens, NamingMode
from analytics.naming.template import TemplateRules
from tests.analytics.naming.templates import field_of, said, template

K, B, R = NamingMode.KEYED, NamingMode.BRACKETED, NamingMode.REGEX
ALL, SOME = template("geo! format! hook!"), template("geo! format hook")
OPEN = template("geo format hook")
SPACED = template("geo hook", delimiter=" - ")
KEYS = template("geo! hook", K)
BRACKETS = template("geo! hook", B)
PATTERN = template("geo! hook", R, pattern="(?P<geo>[A-Z]{2})(?:_(?P<hook>[^_]+))?")


def with_extra(rules: str, mode: NamingMode, extra: ExtraTokens) -> TemplateRules:
    return template(rules, mode, on_extra=extra)


POSITION = {
    "every part": (ALL, "US_UGC_Hi", "MATCHED US UGC Hi"),
    "an empty part keeps its place": (SOME, "US__Hi", "MATCHED US - Hi"),
    "an empty part that is required": (ALL, "US__Hi", "PARTIAL US - Hi"),
    "a part of spaces": (SOME, "US_ _Hi", "MATCHED US - Hi"),
    "a delimiter behind": (ALL, "US_UGC_Hi_", "MATCHED US UGC Hi"),
    "delimiters behind": (ALL, "US_UGC_Hi_ __", "MATCHED US UGC Hi"),
    "a delimiter before": (ALL, "_US_UGC_Hi", "UNMATCHED - US! UGC_Hi!"),
    "a delimiter twice": (ALL, "US__UGC_Hi", "PARTIAL US - UGC_Hi!"),
    "a delimiter twice where the parts are as many as the fields": (SOME, "US__Hi", "MATCHED US - Hi"),
    "a delimiter twice, joined": (
        with_extra("a b c", NamingMode.POSITION, ExtraTokens.JOIN_LAST),
        "A__B_C",
        "MATCHED A - B_C",
    ),
    "an extra part": (ALL, "US_UGC_Hi_2", "PARTIAL US UGC Hi_2!"),
    "an extra part joined": (with_extra("a b", NamingMode.POSITION, ExtraTokens.JOIN_LAST), "A_B_C", "MATCHED A B_C"),
    "an extra part ignored": (with_extra("a b", NamingMode.POSITION, ExtraTokens.IGNORE), "A_B_C", "MATCHED A B"),
    "required parts alone": (SOME, "US", "MATCHED US - -"),
    "an optional part left out, nobody knows which": (SOME, "US_Hi", "PARTIAL US Hi -"),
    "a required part left out": (ALL, "US_Hi", "PARTIAL US Hi -"),
    "no delimiter": (OPEN, "Default Name", "UNMATCHED - - -"),
    "no delimiter and one field": (template("geo"), "Default Name", "MATCHED Default Name"),
    "spaces around the delimiter": (SPACED, "A-1 - B", "MATCHED A-1 B"),
    "a spaced delimiter at the end": (SPACED, "A -", "MATCHED A -"),
    "a spaced delimiter at the beginning": (SPACED, "- B", "MATCHED - B"),
    "a space between parts": (template("geo hook", delimiter=" "), " US  Hi ", "MATCHED US Hi"),
    "a space between too many parts": (template("geo hook", delimiter=" "), "US Hi 2", "PARTIAL US Hi 2!"),
    "untrimmed": (template("a b", trim=False), "A _ B", "MATCHED A   B"),
    "delimiters alone": (OPEN, "__", "UNMATCHED - - -"),
    "nothing": (OPEN, "", "UNMATCHED - - -"),
}
KEYED = {
    "in order": (KEYS, "geo:US_hook:Hi", "MATCHED US Hi"),
    "in another order, case and signs": (KEYS, "HOOK=Hi_Geo-US", "MATCHED US Hi"),
    "spaces around the sign": (KEYS, "geo : US _ hook = Hi", "MATCHED US Hi"),
    "in brackets": (KEYS, "hook-(Hi)_geo-[US]", "MATCHED US Hi"),
    "another bracket behind than before": (KEYS, "geo:(US]", "MATCHED (US] -"),
    "the first sign divides": (KEYS, "geo:US_hook:https://a.example/12:30", "MATCHED US https://a.example/12:30"),
    "another sign after the first": (KEYS, "geo:US_hook=12:30", "MATCHED US 12:30"),
    "a delimiter with a sign in it": (template("a b", K, delimiter=" - "), "a-1 - b:2", "MATCHED 1 2"),
    "a space between parts": (template("a b", K, delimiter=" "), "a:1 b:2", "MATCHED 1 2"),
    "an optional key left out": (KEYS, "geo:US", "MATCHED US -"),
    "a required key left out": (KEYS, "hook:Hi", "PARTIAL - Hi"),
    "a key without a value": (KEYS, "geo:US_hook:", "MATCHED US -"),
    "an unknown key": (KEYS, "geo:US_hok:Hi", "PARTIAL US -"),
    "a part without a key": (KEYS, "geo:US_FB", "PARTIAL US -"),
    "a part without a key ignored": (with_extra("geo", K, ExtraTokens.IGNORE), "X_geo:US_FB", "MATCHED US"),
    "a part without a key joined": (with_extra("geo", K, ExtraTokens.JOIN_LAST), "geo:(US_CA)", "MATCHED US_CA"),
    "a part with nothing to join": (with_extra("geo", K, ExtraTokens.JOIN_LAST), "FB_geo:US", "PARTIAL US"),
    "a key twice": (KEYS, "geo:US_hook:A_hook:B", "PARTIAL US A!"),
    "a key twice, the first": (template("a", K, on_duplicate=DuplicateKeys.FIRST), "a:1_a:2", "MATCHED 1"),
    "a key twice, the last": (template("a", K, on_duplicate=DuplicateKeys.LAST), "a:1_a:2", "MATCHED 2"),
    "a key twice, once empty": (KEYS, "geo:US_geo:", "MATCHED US -"),
    "a sign that is the delimiter": (template("a b", K, delimiter="-"), "a:1-b=2", "MATCHED 1 2"),
    "no key": (KEYS, "Summer", "UNMATCHED - -"),
}
BRACKETED = {
    "each kind": (BRACKETS, "[US] free {Hi} text", "MATCHED US Hi"),
    "one kind alone": (template("a b", B, delimiter="()"), "[US] (1) x (2)", "MATCHED 1 2"),
    "brackets in brackets": (BRACKETS, "[US (CA)] {Hi [x]}", "MATCHED US (CA) Hi [x]"),
    "an empty pair": (BRACKETS, "[US] []", "MATCHED US -"),
    "spaces inside": (BRACKETS, "[ US ]", "MATCHED US -"),
    "one that is not closed": (BRACKETS, "[US] [Hi", "PARTIAL US Hi!"),
    "one that is not closed before another": (BRACKETS, "[US [Hi]", "PARTIAL US! Hi"),
    "one that is not opened": (BRACKETS, "US] [Hi]", "PARTIAL US! Hi"),
    "one that is not opened and has no text": (BRACKETS, "] [US] [Hi]", "PARTIAL US Hi"),
    "an extra pair": (BRACKETS, "[US] [Hi] [v2]", "PARTIAL US Hi v2!"),
    "an extra pair joined": (with_extra("a", B, ExtraTokens.JOIN_LAST), "[US] x [v2]", "MATCHED US v2"),
    "an extra pair that is broken, joined": (with_extra("a", B, ExtraTokens.JOIN_LAST), "[US] [v2", "UNMATCHED US v2!"),
    "an extra pair that is broken, ignored": (with_extra("a", B, ExtraTokens.IGNORE), "[US] [v2", "PARTIAL US"),
    "no brackets": (BRACKETS, "US Hi", "UNMATCHED - -"),
}
REGEX = {
    "the whole name": (PATTERN, "US_Hi", "MATCHED US Hi"),
    "a group that is not there": (PATTERN, "US", "MATCHED US -"),
    "a part of the name": (PATTERN, "US_Hi_2", "PARTIAL US Hi"),
    "a part of the name, the rest ignored": (
        template("geo", R, pattern="(?P<geo>[A-Z]{2})", on_extra=ExtraTokens.IGNORE),
        "go US go",
        "MATCHED US",
    ),
    "another name": (PATTERN, "Summer", "UNMATCHED - -"),
    "characters of several bytes": (template("a b", R, pattern="(?P<a>.)(?P<b>é+).*"), "🔥éé🔥", "MATCHED 🔥 éé"),
    "half a character": (template("a", R, pattern=r"(?P<a>\C)\C"), "é", "MATCHED \ufffd"),
    "a name of 400 characters": (template("a", R, pattern="(?P<a>.).*"), "a" * 400, "MATCHED a"),
    "a name of 401 characters": (template("a", R, pattern="(?P<a>.).*"), "a" * 401, "UNMATCHED -"),
}
CASES = {
    f"{mode}: {case}": names
    for mode, cases in {"position": POSITION, "keyed": KEYED, "bracketed": BRACKETED, "regex": REGEX}.items()
    for case, names in cases.items()
}


@pytest.mark.parametrize("case", CASES)
def test_a_name_says(case: str) -> None:
    rules, name, wanted = CASES[case]
    assert said(rules, name) == wanted


def test_a_name_that_does_not_match_tells_why() -> None:
    told = {
        (ALL, "US_UGC_Hi_2", "hook"): "The name has 1 part more than the template has fields.",
        (SOME, "US_Hi", "hook"): "The name has 2 parts, and the template 3 fields.",
        (ALL, "US__Hi", "format"): "The name lacks it.",
        (OPEN, "Default Name", "geo"): "The delimiter is not in the name.",
        (OPEN, "", "geo"): "The name is empty, or too long to be one.",
        (KEYS, "geo:US_FB_X", "hook"): "The name has 2 parts without a key of the template.",
        (KEYS, "geo:US_hook:Hi_FB", "hook"): "The name has 1 part without a key of the template.",
        (KEYS, "geo:US_hook:A_hook:B", "hook"): "The name has this key more than once.",
        (BRACKETS, "US] [Hi]", "geo"): "A bracket is closed here that was not opened.",
        (BRACKETS, "[US] [Hi", "hook"): "The bracket is not closed.",
        (BRACKETS, "] [US] [Hi]", "hook"): "The brackets of the name do not pair.",
        (BRACKETS, "US", "geo"): "The name has no brackets.",
        (PATTERN, "US_Hi_2", "hook"): "The pattern is that of a part of the name only.",
        (PATTERN, "x" * 401, "geo"): "The name has more than 400 characters: patterns are not tried on it.",
    }
    found = {(rules, name, key): field_of(rules, name, key).error for rules, name, key in told}
    assert found == told
