"""The mutations that connect, change and disconnect channels."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from models.channels.channel import Channel, ChannelKind
from models.channels.policy import PolicyKind
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from resolvers.oauth import CODE_CHALLENGE, RETURN_URL
from resolvers.ok import OkAnswer, done
from services.channels import connecting, disconnecting, settings
from services.channels.policies import PolicyChoice
from services.channels.wishes import ChannelWish, SettingsWish, check_kind
from services.relay.pairing import new_pairing_code

# No channel has it, nor anything else.
_NOTHING = UUID(int=0)
ChannelId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.input
class ConnectChannelInput:
    kind: ChannelKind = strawberry.field(description="Which marketplace it is, or SHOP.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 100 characters; absent: as it was, and for a new one `Shop` or the seller's.",
    )
    market: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where new listings go, such as EBAY_DE; absent: as it was, and for a new channel where the seller "
        "is registered. A new channel of Vinted has to name its site, such as vinted.fr. Etsy and a shop of your own "
        "have one market: name none.",
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="A channel that was disconnected, to go on with it and its orders, or one to sign in to or to pair "
        "anew.",
    )
    return_url: str = strawberry.field(default="/", description=f"Of a marketplace: {RETURN_URL}")
    code_challenge: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"Of a marketplace: {CODE_CHALLENGE}"
    )


@strawberry.input(description="A policy of the seller, by what it is about and its id.")
class PolicyChoiceInput:
    kind: PolicyKind = strawberry.field(description="As in ChannelPolicy.")
    external_id: str = strawberry.field(description="As in ChannelPolicy.")
    market: str | None = strawberry.field(default=strawberry.UNSET, description="As in ChannelPolicy; absent: any.")


@strawberry.input
class ChannelSettingsInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 100 characters.")
    market: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where new listings go, such as EBAY_DE. Etsy and a shop of your own have one market: name none.",
    )
    sync_every_minutes: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How often the channel is read, 5 to 1440; null: only when somebody asks. A SHOP is not read: name "
        "none.",
    )
    end_elsewhere_on_sale: bool | None = strawberry.field(
        default=strawberry.UNSET, description="As in ChannelSettings."
    )
    included_tax_rate: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="At least 0 and below 1, with at most 6 decimals, such as 0.19. Null: prices count as they are; "
        "absent: as it was.",
    )
    default_policies: list[PolicyChoiceInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those that new listings refer to; the default of each other kind and market stays.",
    )


@dataclass(slots=True)
class ConnectChannelAnswer:
    channel: Channel | None = None
    authorization_url: str | None = None
    pairing_code: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


@mutation(ConnectChannelAnswer)
async def connect_channel(
    info: Info,
    input: ConnectChannelInput,  # noqa: A002 - the API's name
    idempotency_key: str | None = strawberry.UNSET,
) -> ConnectChannelAnswer:
    known = given(input.channel_id)
    channel_id = None if known is None else claimed_id(info.context, known, "Channel", at=["input", "channelId"])
    wish = ChannelWish(
        input.kind,
        given(input.name),
        given(input.market),
        None if known is None else channel_id or _NOTHING,
        input.return_url,
        given(input.code_challenge),
    )
    if wish.kind is ChannelKind.VINTED:
        check_kind(wish)
        shown = await new_pairing_code(
            info.context.tools, signed_in(info), wish, idempotency_key=given(idempotency_key)
        )
        return ConnectChannelAnswer(shown.channel, pairing_code=shown.code)
    begun = await connecting.connect_channel(
        info.context.tools, signed_in(info), wish, idempotency_key=given(idempotency_key)
    )
    return ConnectChannelAnswer(begun.channel, begun.authorization_url)


@mutation("channel", called={"ends_elsewhere_on_sale": "end_elsewhere_on_sale"})
async def update_channel(info: Info, channel_id: ChannelId, input: ChannelSettingsInput) -> Channel:  # noqa: A002 - the API's name
    wish = SettingsWish(
        name=given(input.name),
        market=given(input.market),
        sync_every_minutes=given(input.sync_every_minutes),
        says_pause=input.sync_every_minutes is not strawberry.UNSET,
        ends_elsewhere_on_sale=given(input.end_elsewhere_on_sale),
        included_tax_rate=given(input.included_tax_rate),
        says_tax_rate=input.included_tax_rate is not strawberry.UNSET,
        default_policies=tuple(
            PolicyChoice(each.kind, each.external_id, given(each.market))
            for each in given(input.default_policies) or ()
        ),
    )
    return await settings.update_channel(
        info.context.tools, signed_in(info), claimed_id(info.context, channel_id, "Channel"), wish
    )


@mutation(OkAnswer)
async def disconnect_channel(info: Info, channel_id: ChannelId, delete_data: bool = False) -> OkAnswer:
    gone = await disconnecting.disconnect_channel(
        info.context.tools,
        signed_in(info),
        claimed_id(info.context, channel_id, "Channel"),
        delete_data=delete_data,
    )
    return done("Channel", gone)
