"""An SMTP server of a few lines over a real socket: keeps what it gets, and refuses what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """`refusal` is said to every RCPT; `commands` are the lines of all clients."""

    port: int = 0
    refusal: str | None = None
    letters: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 tests\r\n")
        while line := (await reader.readline()).decode().strip():
            self.commands.append(line)
            writer.write(f"{await self._reply(line.upper(), reader, writer)}\r\n".encode())
            if line.upper() == "QUIT":
                break
        writer.close()

    async def _reply(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        if line.startswith("EHLO"):
            return "250-tests\r\n250-8BITMIME\r\n250 AUTH PLAIN"
        if line.startswith("AUTH"):
            return "235 welcome"
        if line.startswith("RCPT") and self.refusal:
            return self.refusal
        if line == "DATA":
            writer.write(b"354 go on\r\n")
            raw = await reader.readuntil(b"\r\n.\r\n")
            self.letters.append(message_from_bytes(raw[:-3], policy=policy.default))
        return "221 bye" if line == "QUIT" else "250 ok"


@asynccontextmanager
async def mail_server(refusal: str | None = None) -> AsyncIterator[MailServer]:
    made = MailServer(refusal=refusal)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
