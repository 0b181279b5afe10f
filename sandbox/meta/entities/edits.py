"""Owns changes that the advertiser's side makes to history and structure; must not read requests."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.meta.data.dataset import Dataset
from sandbox.meta.data.lifecycle import effective
from sandbox.meta.data.objects import AdPlan, GraphObject, Kind


class UnknownObjectError(ValueError):
    """An edit names a thing that is not there, or not of the needed kind."""


def ads_of(dataset: Dataset, object_id: str) -> tuple[str, ...]:
    """The ads whose delivery goes when that of an account, a campaign, an ad set or an ad goes."""
    below = dataset.children.get((object_id, Kind.AD), ())
    return tuple(thing.id for thing in below) or (found(dataset, object_id, kinds=(Kind.AD,)).id,)


def found(dataset: Dataset, object_id: str, *, kinds: tuple[Kind, ...]) -> GraphObject:
    thing = dataset.objects.get(object_id)
    if thing is None or thing.kind not in kinds:
        raise UnknownObjectError(f"{object_id} is no {' or '.join(kinds)}")
    return thing


def move_ad(dataset: Dataset, ad_id: str, *, ad_set_id: str, now: str) -> None:
    """Hang an ad, with all its history, under another ad set of its account."""
    ad, ad_set = found(dataset, ad_id, kinds=(Kind.AD,)), found(dataset, ad_set_id, kinds=(Kind.AD_SET,))
    if ad.account_id != ad_set.account_id:
        raise UnknownObjectError(f"{ad_set_id} belongs to another account than {ad_id}")
    campaign_id = str(ad_set.fields["campaign_id"])
    fields = ad.fields | {
        "adset_id": ad_set_id,
        "adset": {"id": ad_set_id},
        "campaign_id": campaign_id,
        "campaign": {"id": campaign_id},
        "updated_time": now,
    }
    for parent in ad.parents:
        dataset.children[parent, ad.kind].remove(ad)
    dataset.add(replace(ad, fields=fields, parents=(ad.account_id, campaign_id, ad_set_id)))
    _follow(dataset, ad.account_id)


def change(dataset: Dataset, thing: GraphObject, *, fields: Mapping[str, object], now: str) -> None:
    """Give a thing new values; what hangs on them elsewhere follows, without counting as updated."""
    new = replace(thing, fields={**thing.fields, **fields, "updated_time": now})
    if "status" in fields:
        new.fields["configured_status"] = fields["status"]
    _replace_object(dataset, thing, new=new)
    _follow(dataset, thing.account_id)


def _replace_object(dataset: Dataset, old: GraphObject, *, new: GraphObject) -> None:
    """In its place: a change moves nothing in the lists."""
    dataset.objects[new.id] = new
    for parent in old.parents:
        siblings = dataset.children[parent, old.kind]
        siblings[siblings.index(old)] = new


def _follow(dataset: Dataset, account_id: str) -> None:
    for kind in (Kind.CAMPAIGN, Kind.AD_SET, Kind.AD):
        for thing in tuple(dataset.children.get((account_id, kind), ())):
            status = _effective(dataset, thing)
            if status != thing.effective_status:
                fields = thing.fields | {"effective_status": status}
                _replace_object(dataset, thing, new=replace(thing, fields=fields, effective_status=status))
    account = dataset.accounts[account_id]
    dataset.accounts[account_id] = replace(account, ads=tuple(_current_plan(dataset, plan) for plan in account.ads))


def _effective(dataset: Dataset, thing: GraphObject) -> str:
    own = str(thing.fields["status"])
    if thing.kind is Kind.CAMPAIGN:
        return own
    parent = dataset.objects[thing.parents[-1]]
    pause = "CAMPAIGN_PAUSED" if thing.kind is Kind.AD_SET else "ADSET_PAUSED"
    return effective(own, parent.effective_status, parent_pause=pause)


def _current_plan(dataset: Dataset, plan: AdPlan) -> AdPlan:
    ad = dataset.objects[plan.ad_id]
    _, campaign_id, ad_set_id = ad.parents
    campaign_name, ad_set_name, ad_name = (
        str(dataset.objects[name].fields["name"]) for name in (campaign_id, ad_set_id, ad.id)
    )
    return replace(
        plan,
        campaign_id=campaign_id,
        ad_set_id=ad_set_id,
        names=(campaign_name, ad_set_name, ad_name),
        effective_status=ad.effective_status,
    )
