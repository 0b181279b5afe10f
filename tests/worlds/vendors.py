"""The vendors of a Toolbox: taken out of it as what they are, and replaced by others."""

from collections.abc import Sequence
from dataclasses import replace

from integrations.ads.records import AdDayRow
from integrations.google.provider import GoogleProvider
from integrations.google.sign_in import GoogleSignIn
from integrations.meta.client import MetaPlatform
from integrations.meta.records import InsightRecord
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from services.toolbox import Toolbox
from services.tools import Vendors
from startup.vendors import vendors_of


def meta_of(tools: Toolbox) -> MetaPlatform:
    found = tools.vendors.ads[Platform.META]
    assert isinstance(found, MetaPlatform)
    return found


def google_of(tools: Toolbox) -> GoogleProvider:
    found = tools.vendors.sign_in[IdentityProvider.GOOGLE]
    assert isinstance(found, GoogleSignIn)
    return found.google


def rows_of(page: Sequence[AdDayRow]) -> list[InsightRecord]:
    """The rows as Meta sends them."""
    return [row for row in page if isinstance(row, InsightRecord)]


def with_meta(tools: Toolbox, meta: MetaPlatform) -> Toolbox:
    """For ad accounts and for signing in with Facebook."""
    return replace(tools, vendors=_with(tools.vendors, vendors_of(meta, google_of(tools))))


def with_google(tools: Toolbox, google: GoogleProvider) -> Toolbox:
    return replace(tools, vendors=_with(tools.vendors, vendors_of(meta_of(tools), google)))


def _with(vendors: Vendors, made: Vendors) -> Vendors:
    """`vendors` with the platforms and the providers of `made`."""
    return replace(vendors, ads=made.ads, sign_in=made.sign_in)
