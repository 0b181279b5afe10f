"""Letters from the caller's transaction to the mail server, over the real queue."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from embedded.postgres import DatabaseUrls
from integrations.errors import Unavailable
from integrations.mail.letter import Letter, Link
from integrations.mail.mailer import SmtpMailer, SmtpServer
from jobs.runner import WorkerOptions, run_inline
from services.mail import KEPT_FOR, forget_old_mails, post, send_mail
from services.toolbox import Toolbox
from tests.jobs.test_worker import until
from tests.stand_ins.mail_server import MailServer, mail_server
from tests.worlds.sign_in import MovableClock, new_email

TOKEN = "one-time-4711"


def a_letter() -> Letter:
    return Letter(new_email(), "Hello", ("Hello.",), Link("Open", f"https://app.test/#token={TOKEN}"))


def over(tools: Toolbox, port: int) -> Toolbox:
    server = SmtpServer.of(f"smtp+insecure://127.0.0.1:{port}")
    mailer = SmtpMailer(server, "Adgraph <adgraph@example.com>")
    return replace(tools, vendors=replace(tools.vendors, mailer=mailer))


async def waiting(tools: Toolbox) -> list[UUID]:
    async with tools.db.read(None) as session:
        rows = await (await session.connection()).execute(text("select id from outgoing_mail order by id"))
        return [row[0] for row in rows]


async def posted(tools: Toolbox, letter: Letter) -> UUID:
    before = set(await waiting(tools))
    async with tools.db.write(None) as session:
        await post(tools, session, letter)
    [mail_id] = set(await waiting(tools)) - before
    return mail_id


async def rolled_back(tools: Toolbox, letter: Letter) -> None:
    async with tools.db.write(None) as session:
        await post(tools, session, letter)
        raise ZeroDivisionError


def got(server: MailServer, letter: Letter) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return letter.to in [mail["To"] for mail in server.letters]

    return look


async def test_a_letter_leaves_with_the_transaction_and_its_link_is_nowhere_else(
    tools: Toolbox, postgres: DatabaseUrls, idle_queue: None
) -> None:
    kept, dropped = a_letter(), a_letter()
    async with mail_server() as server:
        own = over(tools, server.port)
        with capture_logs() as logged:
            with pytest.raises(ZeroDivisionError):
                await rolled_back(own, dropped)
            mail_id = await posted(own, kept)
            async with own.db.read(None) as session:
                everything = "select t::text from outgoing_mail t union all select t::text from procrastinate_jobs t"
                stored = str((await (await session.connection()).execute(text(everything))).all())
            async with run_inline(own, WorkerOptions(postgres.runtime, poll_s=0.1)):
                await until(got(server, kept))
    assert not await got(server, dropped)()
    assert TOKEN in server.letters[-1].as_string()
    assert str(mail_id) in stored
    assert not [each for each in (TOKEN, kept.to) if each in stored or each in str(logged)]


async def test_a_letter_that_nobody_takes_is_forgotten_and_a_busy_server_is_tried_again(tools: Toolbox) -> None:
    async with mail_server("550 nobody") as server:
        own = over(tools, server.port)
        await send_mail(own.db, own.cipher, own.vendors.mailer, refused := await posted(own, a_letter()))
        server.refusal = "451 busy"
        with pytest.raises(Unavailable):
            await send_mail(own.db, own.cipher, own.vendors.mailer, delayed := await posted(own, a_letter()))
        server.refusal = None
        assert refused not in await waiting(own)
        assert delayed in await waiting(own)
        await send_mail(own.db, own.cipher, own.vendors.mailer, delayed)
        await send_mail(own.db, own.cipher, own.vendors.mailer, delayed)
    assert len(server.letters) == 1


async def test_after_a_day_a_letter_is_given_up(tools: Toolbox) -> None:
    clock = MovableClock()
    own = replace(tools, clock=clock)
    mail_id = await posted(own, a_letter())
    clock.move(seconds=KEPT_FOR.total_seconds() + 1)
    assert await forget_old_mails(own.db, own.clock) >= 1
    assert mail_id not in await waiting(own)
