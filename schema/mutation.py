"""The list of mutations, by subject; what they do is in resolvers/."""

import strawberry

from schema.ads.mutations import AdMutations
from schema.billing.mutations import BillingMutations
from schema.channel_jobs.mutations import ChannelJobMutations
from schema.channels import ChannelMutations
from schema.connections.mutations import ConnectionMutations
from schema.conversations.conversation import ConversationMutations
from schema.exports import ExportMutations
from schema.imports import ImportMutations
from schema.insights.custom_metric import CustomMetricMutations
from schema.installation import InstallationMutations
from schema.listings.mutations import ListingMutations
from schema.listings.suggestion import SuggestionMutations
from schema.naming.override import NamingOverrideMutations
from schema.naming.template import NamingTemplateMutations
from schema.oauth import OAuthMutations
from schema.orders.case import CaseMutations
from schema.orders.saving import OrderMutations
from schema.people.mutations import PeopleMutations
from schema.products.attribute import AttributeMutations
from schema.products.mutations import ProductMutations
from schema.refreshes import RefreshMutations
from schema.relay.mutations import RelayMutations
from schema.sign_in import SignInMutations
from schema.tenants.mutations import TenantMutations


# schema.graphql lists their fields in the order of the bases.
@strawberry.type
class Mutation(
    SignInMutations,
    OAuthMutations,
    ConnectionMutations,
    RefreshMutations,
    AdMutations,
    CustomMetricMutations,
    NamingTemplateMutations,
    NamingOverrideMutations,
    ExportMutations,
    ImportMutations,
    ChannelMutations,
    ChannelJobMutations,
    RelayMutations,
    ProductMutations,
    ListingMutations,
    SuggestionMutations,
    OrderMutations,
    CaseMutations,
    ConversationMutations,
    AttributeMutations,
    TenantMutations,
    BillingMutations,
    PeopleMutations,
    InstallationMutations,
):
    """What concerns the input is a `userErrors` entry of the payload."""
