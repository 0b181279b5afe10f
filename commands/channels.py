"""Operator commands for marketplaces: what is set up there once for the installation (`cli.py channels --help`)."""

import asyncio

import typer

from commands.ground import console, fail, known_settings, mistakes_told, opened
from models.channels.channel import ChannelKind
from services.channels.notices import set_up_notices
from settings.model import Settings

channels = typer.Typer(no_args_is_help=True, help="Marketplaces, for the whole installation.")


@channels.callback()
def about() -> None:
    """Marketplaces, for the whole installation."""


@channels.command(name="ebay-notifications")
def ebay_notifications() -> None:
    """Register PUBLIC_URL/webhooks/ebay at eBay and subscribe to its notifications; may be repeated."""
    settings = known_settings()
    if settings.ebay_alert_email is None:
        fail("EBAY_ALERT_EMAIL is not set: eBay writes there when it cannot reach this installation.")
    with mistakes_told():
        done = asyncio.run(_set_up(settings, settings.ebay_alert_email))
    console.print(f"Subscribed: {', '.join(done)}.", highlight=False)


async def _set_up(settings: Settings, alert_email: str) -> list[str]:
    async with opened(settings) as (_, tools):
        return await set_up_notices(tools, ChannelKind.EBAY, alert_email)
