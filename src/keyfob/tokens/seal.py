"""Tokens that can be shown again: AES-256-GCM, bound to installation, account and token."""

from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyfob.errors import Unavailable
from keyfob.keys import Instance
from keyfob.tokens.model import Token
from keyfob.tokens.secret import Secret

NONCE_LENGTH: Final = 12  # bytes, the size AES-GCM is made for


def seal(instance: Instance, token: Token, secret: Secret) -> bytes:
    """Nonce, then ciphertext and tag."""
    nonce = token_bytes(NONCE_LENGTH)
    sealed = AESGCM(instance.sealing.material).encrypt(
        nonce, secret.encode(), _bound_to(instance, token)
    )
    return nonce + sealed


def unseal(instance: Instance, token: Token, sealed: bytes) -> Secret:
    """Raise Unavailable when it was moved here from another row, or altered."""
    nonce, ciphertext = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:]
    try:
        opened = AESGCM(instance.sealing.material).decrypt(
            nonce, ciphertext, _bound_to(instance, token)
        )
    except (InvalidTag, ValueError):  # ValueError: cut shorter than a nonce
        raise Unavailable(
            "What is stored for this token was altered and cannot be opened.",
            code="tokens/SEAL_BROKEN",
        ) from None
    return Secret(opened.decode("ascii"))


def _bound_to(instance: Instance, token: Token) -> bytes:
    return (
        f"keyfob/seal/1\0{instance.id}\0{token.account_id}\0{token.id}\0{token.public_id}"
        f"\0{instance.sealing.id}"
    ).encode()
