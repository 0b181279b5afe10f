"""The post office of tests: does what the worker would with waiting letters, and reads what came to an address."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import text

from integrations.mail.mailer import FolderMailer
from services.mail import MAIL_TASK, send_mail
from services.people.passwords import RESET_TASK, answer_reset_request
from services.toolbox import Toolbox

# In the order in which they were queued: an UPDATE returns its rows in any.
_WAITING = text("""
    with taken as (
        update procrastinate_jobs set status = 'succeeded'
        where status = 'todo' and task_name = :task returning id, args
    )
    select args from taken order by id
""")


async def deliver(tools: Toolbox) -> None:
    """Requests for new passwords first: answering one makes a letter."""
    for args in await _taken(tools, RESET_TASK):
        await answer_reset_request(tools, UUID(args["request_id"]))
    for args in await _taken(tools, MAIL_TASK):
        await send_mail(tools.db, tools.cipher, tools.vendors.mailer, UUID(args["mail_id"]))


async def _taken(tools: Toolbox, task: str) -> list[dict[str, str]]:
    async with tools.db.write(None) as session:
        return list((await (await session.connection()).execute(_WAITING, {"task": task})).scalars())


def letters_to(tools: Toolbox, address: str) -> list[EmailMessage]:
    """Oldest first, by the id of each: a clock of the tests stands still, and two files may be written in one tick."""
    assert isinstance(tools.vendors.mailer, FolderMailer)
    files = sorted(tools.vendors.mailer.folder.glob("*.eml"), key=lambda path: path.name.partition("-")[2])
    # The folder is that of all tests: only what holds the address is read as a letter.
    written = [content for path in files if address.encode() in (content := path.read_bytes())]
    mails = [message_from_bytes(content, policy=policy.default) for content in written]
    return [mail for mail in mails if mail["To"] == address]


async def token_mailed_to(tools: Toolbox, address: str) -> str:
    """The token in the newest letter's link."""
    await deliver(tools)
    body = letters_to(tools, address)[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content()).partition("#token=")[2].split()[0]
