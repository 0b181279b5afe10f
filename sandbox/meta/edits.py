"""Owns changes that the advertiser's side makes to history and structure; must not read requests."""

from dataclasses import replace

from sandbox.meta.dataset import Dataset
from sandbox.meta.objects import AdPlan, GraphObject, Kind


class UnknownObjectError(ValueError):
    """An edit names a thing that is not there, or not of the needed kind."""


def ads_of(dataset: Dataset, object_id: str) -> tuple[str, ...]:
    """The ads whose delivery goes when that of an account, a campaign, an ad set or an ad goes."""
    below = dataset.children.get((object_id, Kind.AD), ())
    return tuple(thing.id for thing in below) or (_found(dataset, object_id, kind=Kind.AD).id,)


def move_ad(dataset: Dataset, ad_id: str, *, ad_set_id: str, now: str) -> None:
    """Hang an ad, with all its history, under another ad set of its account."""
    ad, ad_set = _found(dataset, ad_id, kind=Kind.AD), _found(dataset, ad_set_id, kind=Kind.AD_SET)
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
    moved = replace(ad, fields=fields, parents=(ad.account_id, campaign_id, ad_set_id))
    _replace_object(dataset, ad, new=moved)
    account = dataset.accounts[ad.account_id]
    ads = tuple(_moved_plan(dataset, plan, moved=moved) if plan.ad_id == ad_id else plan for plan in account.ads)
    dataset.accounts[ad.account_id] = replace(account, ads=ads)


def _found(dataset: Dataset, object_id: str, *, kind: Kind) -> GraphObject:
    thing = dataset.objects.get(object_id)
    if thing is None or thing.kind is not kind:
        raise UnknownObjectError(f"{object_id} is no {kind.value}")
    return thing


def _replace_object(dataset: Dataset, old: GraphObject, *, new: GraphObject) -> None:
    for parent in old.parents:
        dataset.children[parent, old.kind].remove(old)
    dataset.add(new)


def _moved_plan(dataset: Dataset, plan: AdPlan, *, moved: GraphObject) -> AdPlan:
    _, campaign_id, ad_set_id = moved.parents
    campaign_name, ad_set_name = (str(dataset.objects[name].fields["name"]) for name in (campaign_id, ad_set_id))
    names = (campaign_name, ad_set_name, plan.names[2])
    return replace(plan, campaign_id=campaign_id, ad_set_id=ad_set_id, names=names)
