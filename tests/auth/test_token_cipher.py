"""Stored secrets open only with a configured key and only in their own row."""

from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from auth.token_cipher import CipherError, TokenCipher, secret_context


@pytest.fixture
def key() -> str:
    return Fernet.generate_key().decode()


def context() -> str:
    return secret_context("access_grant", "token_enc", uuid4(), uuid4())


def test_a_secret_comes_back_from_its_own_row(key: str) -> None:
    cipher, row = TokenCipher([key]), context()
    stored = cipher.encrypt(row, "EAAB-secret-ü")
    assert stored.startswith("enc:v1:")
    assert "EAAB" not in stored
    assert cipher.decrypt(row, stored) == "EAAB-secret-ü"


def test_a_ciphertext_moved_to_another_row_does_not_open(key: str) -> None:
    cipher = TokenCipher([key])
    with pytest.raises(CipherError):
        cipher.decrypt(context(), cipher.encrypt(context(), "secret"))


def test_an_older_key_still_opens_and_asks_for_rotation(key: str) -> None:
    row, new_key = context(), Fernet.generate_key().decode()
    stored = TokenCipher([key]).encrypt(row, "secret")
    rotated = TokenCipher([new_key, key])
    assert rotated.decrypt(row, stored) == "secret"
    assert not stored.startswith(rotated.current_prefix)
    assert rotated.encrypt(row, "secret").startswith(rotated.current_prefix)


def test_a_value_whose_key_is_gone_is_a_typed_error(key: str) -> None:
    row = context()
    stored = TokenCipher([key]).encrypt(row, "secret")
    with pytest.raises(CipherError):
        TokenCipher([Fernet.generate_key().decode()]).decrypt(row, stored)


def test_damaged_values_are_typed_errors(key: str) -> None:
    cipher, row = TokenCipher([key]), context()
    stored = cipher.encrypt(row, "secret")
    kid = stored.split(":")[2]
    foreign = Fernet(key.encode()).encrypt(b"[1]").decode()
    for damaged in (stored[:-9], stored + "é", "", "plain", "enc:v2:x:y", f"enc:v1:{kid}:", f"enc:v1:{kid}:{foreign}"):
        with pytest.raises(CipherError):
            cipher.decrypt(row, damaged)


def test_missing_malformed_and_repeated_keys_are_refused(key: str) -> None:
    for keys in ([], ["short"], [key, key], ["ü" * 44]):
        with pytest.raises(ValueError):
            TokenCipher(keys)
