"""Which tags follow for campaigns, ad sets and ads: by names, people, parents and defaults, in this order."""

from dataclasses import replace
from uuid import UUID

import pytest

from analytics.enums import NamingFieldType, NamingLevel, NamingStatus, OverrideScope, TagSource
from analytics.naming.derived import NamedEntity
from analytics.naming.deriver import Deriver, derive
from analytics.naming.override import OverrideRule
from analytics.naming.template import NamingField, TemplateRules
from tests.analytics.naming.templates import FORMAT, template

ACCOUNT, OTHER_ACCOUNT = UUID(int=1), UUID(int=2)
CREATIVE = UUID(int=3)
CAMPAIGN = NamedEntity(UUID(int=10), NamingLevel.CAMPAIGN, ACCOUNT, "US_Summer")
AD_SET = NamedEntity(UUID(int=20), NamingLevel.AD_SET, ACCOUNT, "Women", CAMPAIGN.id)
AD = NamedEntity(UUID(int=30), NamingLevel.AD, ACCOUNT, "UGC_Hi", CAMPAIGN.id, AD_SET.id, CREATIVE)
ALL = (AD, AD_SET, CAMPAIGN)

OF_CAMPAIGNS = template("geo season", level=NamingLevel.CAMPAIGN)
OF_ADS = template([FORMAT, NamingField("hook")])
BOTH = [OF_CAMPAIGNS, OF_ADS]


def rule(scope: str, target: UUID | str, field: str, value: str | None) -> OverrideRule:
    return OverrideRule(OverrideScope(scope), target, field, value)


def tags(
    templates: list[TemplateRules],
    overrides: list[OverrideRule] | None = None,
    entities: tuple[NamedEntity, ...] = ALL,
    of: NamedEntity = AD,
) -> str:
    """Each tag of `of` as `field=value`, with the source where the name does not just say it; `-` is null."""
    [derived] = [each for each in derive(templates, overrides or [], entities) if each.entity_id == of.id]
    shown = (
        f"{each.field}={each.value or '-'}" + ("" if each.source is TagSource.PARSED else f" ({each.source})")
        for each in derived.tags
    )
    return ", ".join(shown)


def test_an_ad_has_what_its_parents_have_besides_its_own() -> None:
    assert tags(BOTH) == "format=UGC, geo=US, hook=Hi, season=Summer"
    assert tags(BOTH, of=AD_SET) == tags(BOTH, of=CAMPAIGN) == "geo=US, season=Summer"
    alone = (replace(AD, ad_set_id=None), CAMPAIGN)
    assert tags(BOTH, entities=alone) == "format=UGC, geo=US, hook=Hi, season=Summer"
    assert tags(BOTH, entities=(AD,)) == "format=UGC, hook=Hi"
    assert tags([]) == tags([], of=CAMPAIGN) == ""


def test_what_is_nearer_counts() -> None:
    of_ad_sets = template("geo", level=NamingLevel.AD_SET)
    assert tags([*BOTH, of_ad_sets], entities=(AD, replace(AD_SET, name="CA"), CAMPAIGN)).split(", ")[1] == "geo=CA"
    both_have_it = [OF_CAMPAIGNS, template("hook geo")]
    assert tags(both_have_it) == "geo=Hi, hook=UGC, season=Summer"
    without = (replace(AD, name="UGC_"), AD_SET, CAMPAIGN)
    assert tags(both_have_it, entities=without) == "geo=US, hook=UGC, season=Summer"


def test_a_default_holds_where_nobody_says_anything() -> None:
    with_default = template([FORMAT, NamingField("geo", default="World"), NamingField("tone", default="calm")])
    unsaid = (replace(AD, name="UGC__"), AD_SET, CAMPAIGN)
    assert tags([OF_CAMPAIGNS, with_default], entities=unsaid) == (
        "format=UGC, geo=US, season=Summer, tone=calm (DEFAULT)"
    )
    of_all = replace(with_default, level=NamingLevel.CAMPAIGN)
    other = (replace(AD, name="UGC__loud"), AD_SET, replace(CAMPAIGN, name="VID__"))
    assert tags([with_default, of_all], entities=other) == "format=UGC, geo=World (DEFAULT), tone=loud"
    nothing = (replace(AD, name="Ad"), AD_SET, replace(CAMPAIGN, name="Campaign"))
    assert tags([with_default], entities=nothing) == "format=- (MISSING), geo=World (DEFAULT), tone=calm (DEFAULT)"


def test_a_default_is_spelt_as_a_name_may_spell_it() -> None:
    wide = NamingField("ratio", NamingFieldType.RATIO, default="９:16")  # noqa: RUF001 - on purpose
    assert tags([template([FORMAT, wide])], entities=(replace(AD, name="UGC_"),)) == "format=UGC, ratio=9x16 (DEFAULT)"


def test_a_part_that_is_wrong_is_replaced_by_nothing() -> None:
    of_campaigns = replace(OF_ADS, level=NamingLevel.CAMPAIGN)
    campaign = replace(CAMPAIGN, name="VID_Sun")
    wrong = (replace(AD, name="UCG_Hi"), AD_SET, campaign)
    assert tags([OF_ADS, of_campaigns], entities=wrong) == "format=- (MISSING), hook=Hi"
    for name in ("Ad 7", "UCG_"):
        of_another_kind = (replace(AD, name=name), AD_SET, campaign)
        assert tags([OF_ADS, of_campaigns], entities=of_another_kind) == "format=VID, hook=Sun"


def test_the_first_template_that_matches_is_taken_else_the_best() -> None:
    three = template("a b c", priority=5)
    two = template("x y")
    assert tags([two, three], entities=(AD,)) == "x=UGC, y=Hi"
    assert tags([two, three], entities=(replace(AD, name="A_B_C"),)) == "a=A, b=B, c=C"
    assert tags([two, replace(two, fields=three.fields[:2], priority=1)], entities=(AD,)) == "a=UGC, b=Hi"
    assert tags([two, replace(two, fields=three.fields[:2])], entities=(AD,)) == "x=UGC, y=Hi"
    as_good = [template("a! b! c!", priority=2), template("c! b! a!", priority=1)]
    assert tags(as_good, entities=(AD,)) == "a=UGC, b=Hi, c=- (MISSING)"
    best = [template("a! b! c! d! e!", priority=9), template([NamingField("n", required=True), FORMAT, *three.fields])]
    assert tags(best, entities=(replace(AD, name="1_2_3"),)).startswith("a=1, b=2, c=3, d=- (MISSING)")


def test_a_template_holds_for_its_level_and_its_accounts() -> None:
    elsewhere = replace(OF_ADS, ad_account_ids=frozenset([OTHER_ACCOUNT]))
    assert tags([elsewhere]) == ""
    assert tags([elsewhere], entities=(replace(AD, ad_account_id=OTHER_ACCOUNT),)) == "format=UGC, hook=Hi"
    statuses = {each.entity_id: each.status for each in derive([OF_ADS], [], ALL)}
    assert statuses == {CAMPAIGN.id: None, AD_SET.id: None, AD.id: NamingStatus.MATCHED}


def test_the_number_of_a_copy_is_the_entitys_own() -> None:
    copies = (replace(AD, name="UGC_Hi – Cópia 3"), AD_SET, replace(CAMPAIGN, name="US_Summer - Copy"))  # noqa: RUF001
    assert tags(BOTH, entities=copies) == "_copy=3, format=UGC, geo=US, hook=Hi, season=Summer"
    assert tags(BOTH, entities=copies, of=CAMPAIGN) == "_copy=1, geo=US, season=Summer"
    assert tags(BOTH, entities=(AD, *copies[1:])) == "format=UGC, geo=US, hook=Hi, season=Summer"


def test_the_narrowest_scope_counts_and_in_it_the_latest() -> None:
    rules = [
        rule("ENTITY", AD.id, "hook", "ad"),
        rule("CREATIVE", CREATIVE, "hook", "creative"),
        rule("EXACT_NAME", "ugc_hi", "hook", "name"),
        rule("NAME_PATTERN", "UGC*", "hook", "glob"),
        rule("VALUE", "hi", "hook", "value"),
    ]
    for narrowest, wanted in enumerate(["ad", "creative", "name", "glob", "value"]):
        earlier = [replace(each, value="earlier") for each in reversed(rules[narrowest:])]
        assert tags([OF_ADS], [*earlier, *rules[narrowest:]], (AD,)) == f"format=UGC, hook={wanted} (OVERRIDE)"


def test_people_say_fields_that_no_template_has() -> None:
    says = [rule("ENTITY", AD.id, "owner", "Ann"), rule("EXACT_NAME", "US_Summer", "team", "red")]
    assert tags([], says) == "owner=Ann (OVERRIDE), team=red (OVERRIDE)"
    assert tags([], says, of=CAMPAIGN) == "team=red (OVERRIDE)"


def test_what_people_say_is_spelt_as_the_template_does() -> None:
    assert tags([OF_ADS], [rule("ENTITY", AD.id, "format", "image")], (AD,)) == "format=IMG (OVERRIDE), hook=Hi"
    assert tags([OF_ADS], [rule("ENTITY", AD.id, "format", "Odd")], (AD,)) == "format=Odd (OVERRIDE), hook=Hi"


def test_a_mistaken_value_is_replaced_before_it_is_checked() -> None:
    strict = template([replace(FORMAT, required=True), NamingField("hook")])
    typo = replace(AD, name="UCG_Hi")
    for overrides, status, value in (
        ([], NamingStatus.PARTIAL, "format=- (MISSING)"),
        ([rule("VALUE", "ucg", "format", "ugc")], NamingStatus.MATCHED, "format=UGC (OVERRIDE)"),
        ([rule("VALUE", "ucg", "format", None)], NamingStatus.PARTIAL, "format=- (OVERRIDE)"),
        ([rule("VALUE", "ucg", "hook", "x")], NamingStatus.PARTIAL, "format=- (MISSING)"),
    ):
        assert tags([strict], overrides, (typo,)) == f"{value}, hook=Hi"
        [derived] = derive([strict], overrides, [typo])
        assert derived.status is status
    cleared = [rule("VALUE", "ucg", "format", None)]
    assert tags([template([FORMAT])], cleared, (replace(typo, name="UCG"),)) == "format=- (OVERRIDE)"
    assert tags([OF_ADS], [rule("VALUE", "UGC", "format", "VID")], (replace(AD, name="user made_Hi"),)) == (
        "format=VID (OVERRIDE), hook=Hi"
    )


@pytest.mark.parametrize("kept", [1, 5, 10_000])
def test_slices_say_what_all_at_once_does(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """However many names are kept: seven come in turn."""
    monkeypatch.setattr("analytics.naming.deriver._MOST_KEPT", kept)
    ads = [replace(AD, id=UUID(int=100 + each), name=f"VID_{each % 7}") for each in range(50)]
    at_once = {each.entity_id: each for each in derive(BOTH, [], [*ads, AD_SET, CAMPAIGN])}
    deriver = Deriver(BOTH, [])
    sliced = [*deriver.derive([CAMPAIGN]), *deriver.derive([AD_SET])]
    for start in range(0, 50, 13):
        sliced += deriver.derive(ads[start : start + 13])
    assert {each.entity_id: each for each in sliced} == at_once
