"""Owns the sign-in against a real OpenID provider of others: npm's oidc-provider, run in an environment of its own."""

import asyncio
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

from analytics.clock import utc_now
from integrations.errors import Rejected
from integrations.google.oauth import authorization_url, is_answer_of_google, person_for_code
from integrations.google.provider import GoogleApp, GoogleProvider
from integrations.http import HttpClient
from web.pages.install_graphiql import npm

PACKAGE = "oidc-provider@9.13.3"
REDIRECT = "http://127.0.0.1:9/auth/google/callback"
_SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
_MOST_STEPS = 20

Outcome = tuple[str, str]
# What a sign-in has to come to, in each circumstance.
EXPECTED: list[Outcome] = [
    ("somebody signs in", "ann, Person ann, ann@example.com, verified"),
    ("unverified address", "unverified, Person unverified, unverified@example.com, not verified"),
    ("issuer named", "right"),
    ("another issuer named", "refused"),
    ("no issuer named", "refused"),
    ("somebody declines", "access_denied"),
    ("code used twice", "refused"),
    ("another verifier", "refused"),
    ("made-up code", "refused"),
    ("wrong client secret", "refused"),
]


def install(folder: Path) -> None:
    """The package, unless it is there."""
    if (folder / ".ready").exists():
        return
    sys.stdout.write(f"installing {PACKAGE} into {folder.name}\n")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    command, path = npm(folder)
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    environment = {**os.environ, "PATH": path}
    subprocess.run([*command, "install", *quietly, PACKAGE], cwd=folder, env=environment, check=True)
    (folder / ".ready").touch()


async def outcomes(folder: Path) -> list[Outcome]:
    """What comes of each circumstance, in the order of EXPECTED."""
    install(folder)
    async with _provider(folder) as (issuer, secret):
        http = HttpClient()
        try:
            google = GoogleProvider(GoogleApp("adgraph", secret, issuer, REDIRECT), http, utc_now)
            wrong = GoogleProvider(GoogleApp("adgraph", secrets.token_urlsafe(24), issuer, REDIRECT), http, utc_now)
            found = [*await _people(google), *await _refusals(google, wrong)]
        finally:
            await http.close()
    return [(name, outcome) for (name, _), outcome in zip(EXPECTED, found, strict=True)]


async def _people(google: GoogleProvider) -> list[str]:
    answers = [await _answer(google, login) for login in ("ann", "unverified")]
    people = [await _person(google, verifier, answer["code"]) for verifier, answer in answers]
    issuer = answers[0][1].get("iss")
    named = "right" if issuer and await is_answer_of_google(google, issuer) else "refused"
    others = ["right" if await is_answer_of_google(google, name) else "refused" for name in (f"{issuer}/", None)]
    return [*people, named, *others]


async def _refusals(google: GoogleProvider, wrong: GoogleProvider) -> list[str]:
    _, declined = await _answer(google, None)
    verifier, answer = await _answer(google, "ann")
    await _person(google, verifier, answer["code"])
    again = await _outcome(_person(google, verifier, answer["code"]))
    _, other = await _answer(google, "ann")
    swapped = await _outcome(_person(google, verifier, other["code"]))
    made_up = await _outcome(_person(google, verifier, "made-up"))
    last_verifier, last = await _answer(google, "ann")
    return [declined["error"], again, swapped, made_up, await _outcome(_person(wrong, last_verifier, last["code"]))]


async def _outcome(trade: Awaitable[str]) -> str:
    try:
        return await trade
    except Rejected:
        return "refused"


async def _person(google: GoogleProvider, verifier: str, code: str) -> str:
    person = await person_for_code(google, code=code, code_verifier=verifier)
    verified = "verified" if person.email_is_verified else "not verified"
    return f"{person.subject}, {person.name}, {person.email}, {verified}"


async def _answer(google: GoogleProvider, login: str | None) -> tuple[str, dict[str, str]]:
    """The verifier, and what the provider sends a browser back with whose person signs in and agrees, or declines."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    url = await authorization_url(google, state=state, code_verifier=verifier)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        answer = dict(parse_qsl(urlsplit(await _walk(browser, url, login)).query))
    assert answer.pop("state") == state
    return verifier, answer


async def _walk(browser: aiohttp.ClientSession, url: str, login: str | None) -> str:
    """Fills in every form on the way, until the browser is sent to our callback."""
    form: dict[str, str] | None = None
    for _ in range(_MOST_STEPS):
        async with browser.request("POST" if form else "GET", url, data=form, allow_redirects=False) as page:
            text, location, form = await page.text(), page.headers.get("Location"), None
        if location is not None:
            url = urljoin(url, location)
            if url.startswith(REDIRECT):
                return url
            continue
        action, prompt = (re.search(pattern, text) for pattern in (r'action="([^"]+)"', r'name="prompt" value="(\w+)"'))
        assert action, text
        assert prompt, text
        if login is None:
            url = f"{action[1]}/abort"
        else:
            url, form = action[1], {"prompt": prompt[1], "login": login, "password": "any"}
    raise AssertionError("the provider never sent the browser back")


@asynccontextmanager
async def _provider(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Its issuer and our secret there; ended with the block."""
    secret = secrets.token_urlsafe(24)
    environment = {**os.environ, "PATH": npm(folder)[1]}
    program = shutil.which("node", path=environment["PATH"]) or "node"
    process = await asyncio.create_subprocess_exec(
        program, _SCRIPT, REDIRECT, secret, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            yield (await process.stdout.readline()).decode().strip(), secret
    finally:
        process.terminate()
        await process.wait()
