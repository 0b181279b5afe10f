"""Letters over a real SMTP connection, and as files."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from integrations.errors import IntegrationError, Rejected, Unavailable
from integrations.mail.letter import Letter, Link, Postmark, email_of
from integrations.mail.mailer import FolderMailer, SmtpMailer, SmtpServer
from tests.stand_ins.mail_server import mail_server

TOKEN = "one-time-4711"
LETTER = Letter(
    "pat@example.com",
    "Confirm your address",
    ("Hello <Pat>, Größe & Farbe.",),
    Link("Confirm", f"https://app.test/verify-email#token={TOKEN}"),
    "The link works for a day.",
)
MARK = Postmark("Adgraph <adgraph@example.com>", "<1@example.com>", datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


def smtp(port: int, scheme: str = "smtp+insecure") -> SmtpMailer:
    return SmtpMailer(SmtpServer.of(f"{scheme}://us%40er:pass@127.0.0.1:{port}"), MARK.sender)


async def test_a_letter_arrives_as_text_and_html() -> None:
    async with mail_server() as server:
        await smtp(server.port).send(LETTER, MARK)
    [mail] = server.letters
    assert (mail["From"], mail["To"], mail["Subject"]) == (MARK.sender, LETTER.to, LETTER.subject)
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (MARK.message_id, "auto-generated")
    plain, html = [part.get_content() for part in mail.iter_parts()]
    assert LETTER.link is not None
    assert all(text in plain for text in (LETTER.paragraphs[0], LETTER.link.url, "The link works for a day."))
    assert "Hello &lt;Pat&gt;, Größe &amp; Farbe." in html
    assert f'href="{LETTER.link.url}"' in html
    assert any(command.startswith("AUTH PLAIN") for command in server.commands)


async def test_without_starttls_nothing_is_said_in_clear() -> None:
    async with mail_server() as server:
        with pytest.raises(Unavailable):
            await smtp(server.port, "smtp").send(LETTER, MARK)
    assert server.letters == []
    assert [command.split()[0].upper() for command in server.commands if not command.upper().startswith("EHLO")] in (
        [],
        ["QUIT"],
    )


@pytest.mark.parametrize(("said", "outcome"), [("550 no such pat", Rejected), ("451 later", Unavailable)])
async def test_a_refused_address_is_told_from_a_server_that_is_busy(said: str, outcome: type[IntegrationError]) -> None:
    async with mail_server(said) as server:
        with pytest.raises(IntegrationError) as caught:
            await smtp(server.port).send(LETTER, MARK)
    assert type(caught.value) is outcome
    assert "pat" not in f"{caught.value!r} {caught.value.said!r}"


async def test_a_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(Unavailable):
        await smtp(9).send(LETTER, MARK)


@pytest.mark.parametrize("address", ["pat@exa mple.com\r\nBcc: eve@example.com", "p\nat@example.com"])
def test_an_address_adds_no_header(address: str) -> None:
    with pytest.raises(Rejected):
        email_of(Letter(address, "Subject", ()), MARK)


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    await FolderMailer(tmp_path / "mails").send(LETTER, MARK)
    [path] = (tmp_path / "mails").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name == "20261121T120000.000000-1.eml"
    assert TOKEN in str(message_from_bytes(path.read_bytes(), policy=policy.default))
    assert LETTER.link is not None
    plain = replace(LETTER, paragraphs=("Hello.",))
    await FolderMailer(tmp_path / "mails").send(plain, MARK)
    assert f"\r\n{LETTER.link.url}\r\n" in path.read_bytes().decode()


def test_a_letter_shows_neither_address_nor_link_in_a_log() -> None:
    assert TOKEN not in repr(LETTER)
    assert "pat" not in repr(LETTER)
