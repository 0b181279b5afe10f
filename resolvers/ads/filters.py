"""The filter inputs of ad accounts, campaigns, ad sets, ads and creatives, and what they become for models/."""

import strawberry

from errors import BadInput
from models.ads.ad_account import AdAccountStatus
from models.ads.campaign import DeliveryStatus
from models.ads.entity_filter import EVERYTHING, AdAccountFilter, EntityFilter
from models.ads.entity_tag import LONGEST_FIELD
from models.ads.tag_filter import TagMatch
from models.platform import Platform
from models.text_match import is_storable
from resolvers.ads.external_ids import given_account_ids, given_external_ids
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.text_match import TextMatchInput, text_match


@strawberry.input(name="AdAccountFilter", description="All given parts must hold; an empty list matches nothing.")
class AdAccountFilterInput:
    platform: Platform | None = strawberry.UNSET
    status: list[AdAccountStatus] | None = strawberry.UNSET
    name: TextMatchInput | None = strawberry.UNSET
    external_ids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The platform's own ids, such as act_1001."
    )


@strawberry.input(
    description="What the value of a field of names has to be. A comparison with a value that is missing is false;"
    " `isNull: true` matches what has none."
)
class TagFilterInput:
    field: str
    value: TextMatchInput


@strawberry.input(
    name="EntityFilter",
    description="All given parts must hold; an empty list matches nothing. "
    "A campaign is matched by the ad sets it holds, a creative by its ads: one ad must meet every part about ads, "
    "status included. A creative's tag is the value in which all its ads agree.",
)
class EntityFilterInput:
    ad_account_ids: list[strawberry.ID] | None = strawberry.UNSET
    campaign_ids: list[strawberry.ID] | None = strawberry.UNSET
    ad_set_ids: list[strawberry.ID] | None = strawberry.UNSET
    status: list[DeliveryStatus] | None = strawberry.UNSET
    name: TextMatchInput | None = strawberry.UNSET
    tag: TagFilterInput | None = strawberry.UNSET
    external_ids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The platform's own ids, as `externalId` gives them."
    )
    ad_account_external_ids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The platform's own ids of ad accounts, such as act_1001."
    )


def account_filter(asked: AdAccountFilterInput | None) -> AdAccountFilter:
    """The filter for models/; raises BadInput for invalid input."""
    wanted = given(asked)
    if wanted is None:
        return AdAccountFilter()
    return AdAccountFilter(
        platform=given(wanted.platform),
        status=given_list(wanted.status, "status"),
        name=text_match(wanted.name),
        external_ids=given_account_ids(wanted.external_ids, "externalIds"),
    )


def filter_of(asked: EntityFilterInput | None) -> EntityFilter:
    """The filter for models/; raises BadInput for invalid input, such as malformed ids."""
    wanted = given(asked)
    if wanted is None:
        return EVERYTHING
    return EntityFilter(
        ad_account_ids=given_ids(wanted.ad_account_ids, "adAccountIds", of="AdAccount"),
        campaign_ids=given_ids(wanted.campaign_ids, "campaignIds", of="Campaign"),
        ad_set_ids=given_ids(wanted.ad_set_ids, "adSetIds", of="AdSet"),
        status=given_list(wanted.status, "status"),
        name=text_match(wanted.name),
        tag=tag_match(wanted.tag),
        external_ids=given_external_ids(wanted.external_ids, "externalIds"),
        ad_account_external_ids=given_account_ids(wanted.ad_account_external_ids, "adAccountExternalIds"),
    )


def tag_match(asked: TagFilterInput | None) -> TagMatch | None:
    """The match for models/; None when none is given. Raises BadInput for what no tag can be."""
    wanted = given(asked)
    value = text_match(wanted.value) if wanted is not None else None
    if wanted is None or value is None:
        return None
    return TagMatch(checked_field(wanted.field), value)


def checked_field(field: str) -> str:
    """The field of a tag as it is; raises BadInput for a text that can be none."""
    if not 1 <= len(field) <= LONGEST_FIELD or not is_storable(field):
        raise BadInput(f"The field of a tag has 1 to {LONGEST_FIELD} characters, and no NUL or lone surrogate.")
    return field
