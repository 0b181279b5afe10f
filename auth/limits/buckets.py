"""The table of rate limits: what may be done how often, and who is counted as one caller. Nothing is counted here."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

MINUTE_S = 60
IPV6_NETWORK_BITS = 64  # a provider gives each customer such a network: single addresses of it cost nothing


class Counted(Enum):
    """Which requests share a count; the texts are printed in docs/limits.md."""

    PERSON = "person; address without a sign-in"
    ADDRESS = "address, signed in or not"
    JOB = "job, and person"
    ACCOUNT = "account, whoever asks; failures alone"
    TENANT = "tenant; person or address without one"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit: at most `amount` in `window_s` seconds. `fields` are root fields of the API, `paths` are pages.

    Of a leaky bucket `amount` is what it holds, and in `window_s` seconds as much drains from it.

    `name` follows "Too many" in the text of a refusal, so it is a plural that users understand.
    """

    name: str
    amount: int
    counted: Counted = Counted.PERSON
    window_s: int = MINUTE_S
    fields: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def is_leaky(self) -> bool:
        """Whether what is counted drains evenly, so that the whole of it is gone after a window.

        Else each charge stops counting as a whole, a window after it came. That stores each charge with its own end,
        which is too much for a count of all operations.
        """
        return self.counted is Counted.TENANT


@dataclass(frozen=True, slots=True)
class Charge:
    """`amount` of a bucket to be counted; `key` is who or what is counted, and is no secret."""

    bucket: Bucket
    key: str
    amount: int = 1

    @property
    def counted_as(self) -> str:
        """The key of the count. The limit is not part of it, since it may change with a price plan or a release."""
        # The kind is: both kinds of counts are stored in different ways.
        return f"{'leaky' if self.bucket.is_leaky else 'moving'}:{self.bucket.name}:{self.key}"


BUCKETS = (
    # By address, since nobody is signed in yet. Five leave room for typing errors, and a guesser at one address 7,200
    # tries a day; FAILED_LOGINS is against guesses at one account from many addresses.
    Bucket("registrations", 5, Counted.ADDRESS, fields=("register",)),
    Bucket(
        "sign-ins",
        5,
        Counted.ADDRESS,
        fields=("login", "beginSignIn"),
        paths=("/auth/facebook/login", "/auth/facebook/start", "/auth/google/login", "/auth/google/start"),
    ),
    # By address, since nobody is signed in: a code has 37 bits and 10 minutes.
    Bucket("tries of pairing codes", 5, Counted.ADDRESS, window_s=60 * MINUTE_S, fields=("pairRelay",)),
    # Each of these mails a letter, tries a secret of a mailed link, or tries the present password.
    Bucket(
        "requests about passwords and addresses",
        5,
        Counted.ADDRESS,
        fields=(
            "requestPasswordReset",
            "resetPassword",
            "requestEmailVerification",
            "verifyEmail",
            "setPassword",
            "updateProfile",
        ),
    ),
    # What goes on after the answer: calls of a platform or of Stripe, a job, a letter, or a row that stays.
    Bucket(
        "requests that start costly work",
        10,
        fields=(
            "beginConnection",
            "completeOAuth",
            "addAccessGrant",
            "connectAdAccounts",
            "refreshAdAccount",
            "refreshAdAccounts",
            "exportInsights",
            "importListings",
            "importProducts",
            "importReport",
            "retryRefreshJob",
            "syncChannel",
            "actOnCase",
            "retryChannelJob",
            "inviteMember",
            "createApiKey",
            "createTenant",
            "createCheckoutSession",
            "createBillingPortalSession",
        ),
    ),
    # Each derives the tags of all that the team has.
    Bucket(
        "changes of naming",
        30,
        fields=("saveNamingTemplate", "deleteNamingTemplate", "setNamingOverrides", "removeNamingOverride"),
    ),
    # Each leaves a row for 30 days at least, also where it is deleted at once and so counts for no quota.
    Bucket("new products", 120, fields=("createProduct",)),
    # Each is decoded and written anew, which takes a processor for a second.
    Bucket("new pictures", 120, fields=("addProductImage",)),
    # Each may bring a thousand orders; a busy shop pushes each of them by itself.
    Bucket("pushes of orders", 120, fields=("saveOrders", "importOrders")),
    # Each may ask for hundreds of jobs, whose calls a marketplace counts.
    Bucket("changes of listings", 60, fields=("publishProducts", "updateListing", "endListings")),
    # Each is a job that calls the marketplace; a busy seller sends hundreds of parcels an hour.
    Bucket("acts on orders", 120, fields=("shipOrder", "refundOrder", "cancelOrder")),
    # Each is a job that writes to a person; nobody answers more buyers in a minute by hand.
    Bucket("messages to buyers", 60, fields=("sendMessage",)),
    # By themselves extensions ask once a minute, and say something every few seconds while they work.
    Bucket("questions of a browser extension for work", 120, fields=("claimRelayWork",)),
    Bucket("reports of a browser extension", 600, fields=("reportRelayStep",)),
    # Each may be a call to the marketplace, whose limit of a day all tenants share.
    Bucket("questions about a marketplace's terms", 30, fields=("channelTerms",)),
    # By job, so that who watches many of them may ask as often about each; `node` reads a job too, and is no way round.
    Bucket(
        "questions about refresh jobs",
        30,
        Counted.JOB,
        fields=("refreshJob", "refreshProgress", "channelJobProgress", "node", "nodes"),
    ),
    Bucket("questions about the list of refresh jobs", 30, fields=("refreshJobs",)),
    Bucket("questions about the viewer", 20, fields=("viewer",)),
    Bucket(
        "requests for pages and the schema",
        50,
        fields=("__schema", "__type"),
        paths=("/", "/schema.graphql", "/verify-email", "/reset-password", "/accept-invitation"),
    ),
    # By address: the page of somebody who looks has some dozen of them. The team pays points besides.
    Bucket("requests for charts", 120, paths=("/charts/insights.svg",)),
    Bucket("health checks", 100, paths=("/health", "/health/live", "/health/ready")),
)
BUCKET_OF_FIELD = {field: bucket for bucket in BUCKETS for field in bucket.fields}
BUCKET_OF_PATH = {path: bucket for bucket in BUCKETS for path in bucket.paths}

# Three buckets at once, so that the wait grows with the failures: minutes first, then hours, then the rest of the day.
FAILED_LOGINS = (
    Bucket("failed sign-ins", 10, Counted.ACCOUNT, 15 * MINUTE_S),
    Bucket("failed sign-ins of two hours", 20, Counted.ACCOUNT, 120 * MINUTE_S),
    Bucket("failed sign-ins of a day", 30, Counted.ACCOUNT, 24 * 60 * MINUTE_S),
)

# Invitations that one address may get, whichever tenants and persons send them: nobody has asked for these letters.
INVITATIONS = (
    Bucket("invitations of one address", 3, Counted.ACCOUNT, 60 * MINUTE_S),
    Bucket("invitations of one address in a day", 6, Counted.ACCOUNT, 24 * 60 * MINUTE_S),
)
INVITING = Bucket("invitations", 60, Counted.ADDRESS, 60 * MINUTE_S)


def points_bucket(points: int) -> Bucket:
    """The limit of cost points: what a tenant's operations may take at once, and get back in a minute."""
    return Bucket("cost points", points, Counted.TENANT)


@lru_cache(maxsize=4096)  # it is asked of every request, and whoever asks asks again
def network_of(address: str | None) -> str:
    """The part of an address that counts as one caller: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        # Behind % is the name of our own network interface (fe80::1%eth0), which says nothing of the caller.
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    # A socket that takes both kinds shows IPv4 callers so (::ffff:192.0.2.1): their /64 would be all of IPv4.
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    prefix = int(ip) >> (128 - IPV6_NETWORK_BITS) << (128 - IPV6_NETWORK_BITS)
    return f"{IPv6Address(prefix)}/{IPV6_NETWORK_BITS}"
