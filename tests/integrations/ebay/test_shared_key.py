"""All processes sign with one key, which is asked for once and replaced once, whoever finds out that it must be."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from auth.token_cipher import TokenCipher
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.signatures import CallSigner
from integrations.errors import InvalidResponse, Rejected, Unavailable
from integrations.selling.records import RefundOrder
from models.database import Database
from models.ids import new_id
from services.installation.sealed_values import SealedText
from startup.vendors import ebay_marketplace
from tests.integrations.ebay.conftest import EbayWorld
from tests.integrations.ebay.test_fulfilment import an_order

WISH = RefundOrder("EUR", "BUYER_CANCEL", amount=Decimal("5.00"))
MADE = "key_management.create_key"
CIPHER = TokenCipher([Fernet.generate_key().decode()])


@pytest.fixture
def name() -> str:
    return f"test {new_id()}"


def a_process(ebay: EbayWorld, db: Database, name: str, cipher: TokenCipher = CIPHER) -> EbayMarketplace:
    keys = SealedText(db, cipher, lambda: ebay.now[0], name)
    return EbayMarketplace(ebay.marketplace.app, ebay.http, lambda: ebay.now[0], keys)


async def refunded(ebay: EbayWorld, process: EbayMarketplace) -> None:
    """A call that eBay takes only where it is signed."""
    await process.session(ebay.tokens()[1], "EBAY_DE").refund(an_order(ebay)["orderId"], WISH)


async def stored(db: Database, name: str) -> list[str]:
    async with db.system(reason="test") as session:
        found = await session.exec(
            text("select value_enc from sealed_value where name = :name").bindparams(name=name)  # type: ignore[call-overload]  # SQLModel's types know no text
        )
        return list(found.scalars())


async def test_processes_that_begin_at_once_ask_for_one_key(ebay: EbayWorld, db: Database) -> None:
    app, clock = ebay.marketplace.app, lambda: ebay.now[0]
    processes = [ebay_marketplace(app, ebay.http, clock, db=db, cipher=CIPHER) for _ in range(3)]
    await asyncio.gather(*(refunded(ebay, process) for process in processes))
    assert ebay.calls().count(MADE) == 1
    (sealed,) = await stored(db, f"ebay.signing_key:{app.client_id}")
    assert "private_key" not in sealed
    assert sealed.startswith(CIPHER.current_prefix)


async def test_a_key_that_ebay_has_dropped_is_replaced_once_and_the_calls_go_on(
    ebay: EbayWorld, db: Database, name: str
) -> None:
    processes = [a_process(ebay, db, name) for _ in range(2)]
    for process in processes:
        await refunded(ebay, process)
    ebay.server.sandbox.book.signing_keys.clear()
    ebay.now[0] += timedelta(minutes=11)
    await asyncio.gather(*(refunded(ebay, process) for process in processes for _ in range(2)))
    assert ebay.calls().count(MADE) == 2
    await refunded(ebay, a_process(ebay, db, name))
    assert ebay.calls().count(MADE) == 2


async def test_a_new_key_that_ebay_refuses_is_not_replaced_by_every_call(
    ebay: EbayWorld, db: Database, name: str
) -> None:
    process = a_process(ebay, db, name)
    await refunded(ebay, process)
    ebay.server.sandbox.book.signing_keys.clear()
    for _ in range(3):
        with pytest.raises(Rejected):
            await refunded(ebay, process)
    assert ebay.calls().count(MADE) == 1


async def test_a_key_that_ends_is_replaced_once(ebay: EbayWorld, db: Database, name: str) -> None:
    app, tokens = ebay.marketplace.app, ebay.marketplace.app_tokens
    signers = [
        CallSigner(
            app, ebay.http, tokens, keys=SealedText(db, CIPHER, lambda: ebay.now[0], name), clock=lambda: ebay.now[0]
        )
        for _ in range(2)
    ]
    used = []
    for _ in range(2):
        headers = [await signer.headers("POST", "https://h/a", b"x") for signer in signers]
        used.append({each["x-ebay-signature-key"] for each in headers})
        ebay.now[0] += timedelta(days=3 * 365 - 6)
        ebay.server.sandbox.clock.set(ebay.now[0])
    assert [len(each) for each in used] == [1, 1]
    assert used[0] != used[1]
    assert ebay.calls().count(MADE) == 2


async def test_what_cannot_be_read_is_asked_for_anew(ebay: EbayWorld, db: Database, name: str) -> None:
    await refunded(ebay, a_process(ebay, db, name))
    other = TokenCipher([Fernet.generate_key().decode()])
    await refunded(ebay, a_process(ebay, db, name, other))
    await refunded(ebay, a_process(ebay, db, name, other))
    assert ebay.calls().count(MADE) == 2

    async def odd() -> str:
        return '{"written": "by another release"}'

    keys = SealedText(db, other, lambda: ebay.now[0], name)
    await keys.replace(await keys.load(), odd)
    await refunded(ebay, a_process(ebay, db, name, other))
    assert ebay.calls().count(MADE) == 3


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, Unavailable),
        ('{"signingKeyId": "1"}', InvalidResponse),
        ('{"signingKeyId": "1", "privateKey": "canary", "jwe": "a", "expirationTime": 1999999999}', InvalidResponse),
    ],
)
async def test_a_key_that_ebay_does_not_give_is_asked_for_again(
    ebay: EbayWorld, db: Database, name: str, body: str | None, error: type[Exception]
) -> None:
    process = a_process(ebay, db, name)
    ebay.spoil(MADE, status=500 if body is None else 200, body=body or "", times=None)
    with pytest.raises(error) as caught:
        await refunded(ebay, process)
    assert "canary" not in repr(caught.value)
    assert await stored(db, name) == []
    ebay.server.sandbox.faults.clear()
    await refunded(ebay, process)
    assert len(await stored(db, name)) == 1
