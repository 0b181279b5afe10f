"""The 28 cases that tools for names get wrong, one after the other: what we make of each."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode, OverrideScope
from analytics.naming.checks import faults_of
from analytics.naming.derived import NamedEntity
from analytics.naming.deriver import derive
from analytics.naming.override import OverrideRule
from analytics.naming.suggestions import NearValues
from analytics.naming.template import NamingField, TemplateRules
from tests.analytics.naming.templates import FORMAT, said, template

ACCOUNT, CREATIVE = UUID(int=1), UUID(int=2)
TWO, THREE = template("a b"), template("a b c")
BY_DASH = template("format hook made", delimiter="-")
DAY = NamingField("day", NamingFieldType.DATE, date_format="DD/MM/YY")


def ad(number: int, name: str, creative_id: UUID | None = None) -> NamedEntity:
    return NamedEntity(UUID(int=number), NamingLevel.AD, ACCOUNT, name, creative_id=creative_id)


def on(scope: OverrideScope, target: UUID | str, value: str | None, field: str = "a") -> OverrideRule:
    return OverrideRule(scope, target, field, value)


def values(
    ads: Sequence[NamedEntity], overrides: Sequence[OverrideRule] = (), rules: TemplateRules = TWO, field: str = "a"
) -> list[str | None]:
    """Of each ad, what the field says."""
    return [tag.value for each in derive([rules], overrides, ads) for tag in each.tags if tag.field == field]


def test_01_a_trailing_delimiter_is_no_part_more() -> None:
    assert said(TWO, "A_B_") == "MATCHED A B"


def test_02_two_delimiters_keep_the_place_between_them() -> None:
    assert said(THREE, "A__B") == "MATCHED A - B"


def test_03_a_delimiter_inside_a_value_is_a_surplus_and_never_a_shifted_match() -> None:
    assert said(BY_DASH, "UGC-Mom-2025-01-05") == "PARTIAL UGC Mom 2025-01-05!"
    assert said(template("hook made"), "UGC-Mom_2025-01-05") == "MATCHED UGC-Mom 2025-01-05"


def test_04_an_extra_part_is_an_error_is_joined_or_is_ignored_as_the_template_says() -> None:
    extra = "A_B_C"
    assert said(TWO, extra) == "PARTIAL A B_C!"
    assert said(replace(TWO, on_extra=ExtraTokens.JOIN_LAST), extra) == "MATCHED A B_C"
    assert said(replace(TWO, on_extra=ExtraTokens.IGNORE), extra) == "MATCHED A B"


def test_05_with_fewer_parts_only_optional_ones_at_the_end_may_be_left_out() -> None:
    assert said(template("a! b! c"), "A_B") == "MATCHED A B -"
    assert said(template("a! b! c!"), "A_B") == "PARTIAL A B -"


def test_06_keys_may_come_in_any_order() -> None:
    keyed = template("a b", NamingMode.KEYED)
    assert said(keyed, "b:2_a:1") == said(keyed, "a:1_b:2") == "MATCHED 1 2"


def test_07_a_key_twice_is_the_first_the_last_or_an_error() -> None:
    keyed, twice = template("a", NamingMode.KEYED), "a:1_a:2"
    assert said(keyed, twice) == "UNMATCHED 1!"
    assert said(replace(keyed, on_duplicate=DuplicateKeys.FIRST), twice) == "MATCHED 1"
    assert said(replace(keyed, on_duplicate=DuplicateKeys.LAST), twice) == "MATCHED 2"


def test_08_a_value_may_have_the_sign_that_is_behind_keys() -> None:
    keyed = template("url at", NamingMode.KEYED)
    assert said(keyed, "url:https://a.example:8080/x_at:12:30") == "MATCHED https://a.example:8080/x 12:30"


def test_09_wide_signs_are_the_same_signs() -> None:
    assert said(template("a b", delimiter="|"), "A｜B") == "MATCHED A B"  # noqa: RUF001 - on purpose
    assert said(template("a b", delimiter="＿"), "A_B") == said(TWO, "A＿B") == "MATCHED A B"  # noqa: RUF001


def test_10_a_space_that_does_not_break_is_a_space() -> None:
    assert said(template("a b", delimiter="|"), "A\u00a0|\u202fB") == "MATCHED A B"
    assert said(template("a b", delimiter=" | "), "A\u00a0|\u00a0B") == "MATCHED A B"


def test_11_an_en_dash_is_another_sign_than_a_hyphen() -> None:
    assert said(template("a b", delimiter="-"), "A–B") == "UNMATCHED - -"  # noqa: RUF001 - on purpose
    assert said(template("a b", delimiter="–"), "A–B-C") == "MATCHED A B-C"  # noqa: RUF001 - on purpose


def test_12_copies_say_what_their_original_says_and_which_copy_they_are() -> None:
    copies = [ad(1, "A_B"), ad(2, "A_B – Cópia 3"), ad(3, "A_B - Copy - Copy")]  # noqa: RUF001 - on purpose
    assert values(copies, field="b") == ["B"] * 3
    assert values(copies, field="_copy") == ["3", "2"]


def test_13_case_makes_no_difference() -> None:
    assert [said(template([FORMAT]), name) for name in ("ugc", "UGC", "Ugc")] == ["MATCHED UGC"] * 3


def test_14_a_typo_is_told_and_never_taken() -> None:
    assert said(template([FORMAT]), "UCG") == "UNMATCHED UCG!"
    assert NearValues(FORMAT).meant_by("UCG") == "UGC"


def test_15_a_date_is_what_its_declared_format_says() -> None:
    assert faults_of(template([replace(DAY, date_format=None)]))
    rules = template([DAY, replace(DAY, key="other", date_format="MM/DD/YY")])
    assert said(rules, "03/04/25_03/04/25") == "MATCHED 2025-04-03 2025-03-04"
    assert said(template([DAY, FORMAT]), "31/02/25_ugc") == "MATCHED 31/02/25! UGC"
    assert said(template([replace(DAY, required=True), FORMAT]), "31/02/25_ugc") == "PARTIAL 31/02/25! UGC"


def test_16_emoji_and_scripts_from_right_to_left_are_texts_like_others() -> None:
    assert said(TWO, "🔥🔥👩\u200d👧_تخفيضات\u200f") == "MATCHED 🔥🔥👩\u200d👧 تخفيضات"


def test_17_a_name_of_400_characters_is_read_whole() -> None:
    assert said(TWO, "🔥" * 199 + "_" + "é" * 200) == "MATCHED " + "🔥" * 199 + " " + "é" * 200
    assert said(TWO, "x" * 1_000_000 + "_y") == "UNMATCHED - -"


def test_18_a_new_name_is_what_counts() -> None:
    assert values([ad(1, "A_B")]) == ["A"]
    assert values([ad(1, "X_B")]) == ["X"]


def test_19_an_override_of_a_name_means_each_ad_that_has_it_and_one_of_an_ad_only_that() -> None:
    ads = [ad(number, "A_B") for number in range(40)]
    assert values(ads, [on(OverrideScope.EXACT_NAME, "A_B", "X")]) == ["X"] * 40
    assert values(ads, [on(OverrideScope.ENTITY, ads[7].id, "X")]).count("X") == 1


def test_20_of_two_overrides_of_a_field_the_narrower_counts_then_the_later() -> None:
    wide, narrow = on(OverrideScope.NAME_PATTERN, "A*", "wide"), on(OverrideScope.ENTITY, UUID(int=1), "narrow")
    assert values([ad(1, "A_B")], [narrow, wide]) == ["narrow"]
    assert values([ad(1, "A_B")], [narrow, replace(narrow, value="later")]) == ["later"]


def test_21_a_cleared_field_has_no_value_though_there_is_a_default() -> None:
    rules = template([NamingField("a", default="World"), NamingField("b")])
    assert values([ad(1, "_B")], rules=rules) == ["World"]
    assert values([ad(1, "_B")], [on(OverrideScope.ENTITY, UUID(int=1), None)], rules) == [None]


def test_22_an_override_of_an_ad_that_is_gone_stays_without_effect_on_others() -> None:
    gone = on(OverrideScope.ENTITY, UUID(int=9), "X")
    assert values([ad(1, "A_B")], [gone]) == ["A"]
    assert values([ad(1, "A_B"), ad(9, "A_B")], [gone]) == ["A", "X"]


def test_23_brackets_that_do_not_pair_shift_nothing() -> None:
    bracketed = template("a b", NamingMode.BRACKETED)
    assert said(bracketed, "[A] ] [B]") == "PARTIAL A B"
    assert said(bracketed, "[A [B]") == "PARTIAL A! B"
    assert said(bracketed, "A] [B]") == "PARTIAL A! B"


def test_24_another_template_reads_again_and_leaves_overrides() -> None:
    override = on(OverrideScope.ENTITY, UUID(int=1), "X", "b")
    assert values([ad(1, "A_B")], [override]) == ["A"]
    turned = template("b a")
    assert values([ad(1, "A_B")], [override], turned) == ["B"]
    assert values([ad(1, "A_B")], [override], turned, "b") == ["X"]


def test_25_a_pattern_takes_time_in_proportion_to_the_name() -> None:
    bomb = template("a", NamingMode.REGEX, pattern="(?P<a>(x+x+)+y)")
    assert faults_of(bomb) == []
    assert said(bomb, "x" * 400) == "UNMATCHED -"


def test_26_a_part_that_a_launcher_dropped_is_found_by_counting() -> None:
    assert said(THREE, "US_Hook 1") == "PARTIAL US Hook 1 -"
    assert said(template("geo! format! hook!"), "US_Hook 1") == "PARTIAL US Hook 1 -"


def test_27_a_name_of_spaces_says_nothing() -> None:
    for mode in (NamingMode.POSITION, NamingMode.KEYED, NamingMode.BRACKETED):
        assert said(template("a b", mode), " \u00a0 ") == "UNMATCHED - -"


def test_28_an_override_of_a_creative_means_each_ad_that_shows_it() -> None:
    ads = [ad(1, "A_B", CREATIVE), ad(2, "C_D", CREATIVE), ad(3, "E_F", UUID(int=7)), ad(4, "G_H")]
    assert values(ads, [on(OverrideScope.CREATIVE, CREATIVE, "X")]) == ["X", "X", "E", "G"]


def test_a_stray_delimiter_shifts_no_value_into_another_field() -> None:
    """Wherever it slips in, each field says what the name says for it, or nothing."""
    rules, parts = template("geo format hook made"), ["US", "UGC", "Hi", "May"]
    name = "_".join(parts)
    assert said(rules, name) == "MATCHED US UGC Hi May"
    strays = [place for place, sign in enumerate(name) if sign == "_"]
    for place in (0, *strays):
        status, *found = said(rules, f"{name[:place]}_{name[place:]}").split()
        assert status in ("PARTIAL", "UNMATCHED")
        assert all(each in ("-", part) or each.endswith("!") for each, part in zip(found, parts, strict=True))
        assert found[-1].endswith("!")
    assert said(rules, name + "_") == "MATCHED US UGC Hi May"
