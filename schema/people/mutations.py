"""The mutations of people about their own account."""

import strawberry

from resolvers.people import own_account
from schema.field import field
from schema.ok_payload import OkPayload
from schema.people.viewer import ViewerPayload


@strawberry.type
class PeopleMutations:
    request_email_verification: OkPayload | None = field(
        own_account.request_email_verification,
        description="Mails a link to your address that proves it is yours; nothing when it is verified already.",
    )
    verify_email: OkPayload | None = field(
        own_account.verify_email,
        is_open=True,
        secret=True,
        description="The token behind `#token=` of the link; it works once, for 24 hours. Needs no credentials.",
    )
    request_password_reset: OkPayload | None = field(
        own_account.request_password_reset,
        is_open=True,
        description="Mails a link for a new password, if the address has an account; the answer does not tell "
        "whether it has. Needs no credentials.",
    )
    reset_password: OkPayload | None = field(
        own_account.reset_password,
        is_open=True,
        secret=True,
        description="The token behind `#token=` of the link, which works once, for an hour. Ends every session. "
        "Needs no credentials.",
    )
    set_password: OkPayload | None = field(
        own_account.set_password,
        secret=True,
        description="`current` is null for somebody who has none yet, which needs a sign-in within the last 5 minutes. "
        "Your other sessions end.",
    )
    update_profile: ViewerPayload | None = field(
        own_account.update_profile,
        description="A new name counts at once; a new e-mail address once the link that is mailed there was "
        "opened, and it needs a sign-in within the last 5 minutes.",
    )
    revoke_session: OkPayload | None = field(
        own_account.revoke_session,
        description="Ends one of your sessions everywhere within 30 seconds, open sockets included.",
    )
    delete_my_account: OkPayload | None = field(
        own_account.delete_my_account,
        description="Removes you from every tenant, for good; refused while a tenant would be without an owner. "
        "Your API keys end. Needs a sign-in within the last 5 minutes.",
    )
