"""The root key: 256 bits in a file outside the database, readable by its owner alone."""

import base64
import binascii
import os
import stat
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyfob.errors import Misconfigured

KEY_LENGTH: Final = 32  # bytes
NONCE_LENGTH: Final = 12  # bytes, the size AES-GCM is made for


class RootKey:
    """Wraps and unwraps the other keys; never leaves the process, never enters the database."""

    def __init__(self, material: bytes) -> None:
        self._aead = AESGCM(material)

    @classmethod
    def create(cls, path: Path) -> Self:
        """
        Write a new key (mode 0600): whole, or not at all.

        Raise Misconfigured when there is a file already, or when it cannot be written.
        """
        material = token_bytes(KEY_LENGTH)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, base64.b64encode(material) + b"\n")
        except OSError as error:
            raise Misconfigured(
                f"cannot make the root key {path}: {error.strerror}", code="keys/ROOT_KEY"
            ) from error
        return cls(material)

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """A key that is there already is used: a secret store may have put it there."""
        return cls.load(path) if path.exists() else cls.create(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raise Misconfigured when it is absent, readable by others, or not a key."""
        try:
            mode = path.stat().st_mode
            text = path.read_bytes()
        except OSError as error:
            raise Misconfigured(
                f"cannot read the root key {path}: {error.strerror}; without it no token can be "
                "verified. Put the file back from its backup",
                code="keys/ROOT_KEY",
            ) from error
        if stat.S_IMODE(mode) & 0o077:
            raise Misconfigured(
                f"the root key {path} can be read by others; run: chmod 600 {path}",
                code="keys/ROOT_KEY",
            )
        try:
            material = base64.b64decode(text.strip(), validate=True)
        except binascii.Error:
            material = b""
        if len(material) != KEY_LENGTH:
            raise Misconfigured(
                f"{path} is not a root key: it must hold {KEY_LENGTH} bytes in base64",
                code="keys/ROOT_KEY",
            )
        return cls(material)

    def wrap(self, material: bytes, *, context: bytes) -> bytes:
        """Nonce, then ciphertext. It opens only with the same `context`."""
        nonce = token_bytes(NONCE_LENGTH)
        return nonce + self._aead.encrypt(nonce, material, context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Raise Misconfigured when this is not the key that wrapped it."""
        try:
            return self._aead.decrypt(wrapped[:NONCE_LENGTH], wrapped[NONCE_LENGTH:], context)
        except (InvalidTag, ValueError):  # ValueError: cut shorter than a nonce
            raise Misconfigured(
                "the root key does not belong to this database; nothing was changed. "
                "Set KEYFOB_ROOT_KEY_FILE to the right one",
                code="keys/WRONG_ROOT_KEY",
            ) from None


def _write(path: Path, text: bytes) -> None:
    """Under another name first. Raise OSError, and leave nothing behind, when it cannot be."""
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a renaming, it never replaces a key that is there
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """A new file's name is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
