"""Open an installation: its identity and its keys, made at the first start."""

from enum import StrEnum
from pathlib import Path
from secrets import token_bytes
from uuid import uuid4

from keyfob.db import Connection, Direct, Transaction
from keyfob.errors import Misconfigured
from keyfob.keys import store
from keyfob.keys.model import Instance, Key, Purpose
from keyfob.keys.root import KEY_LENGTH, RootKey

Wrapped = list[tuple[int, Purpose, bytes]]  # keys as they are stored, with their numbers


class Event(StrEnum):
    """What opening had to do, as the audit trail calls it."""

    CREATED = "instance.created"
    REBRANDED = "instance.rebranded"


async def open_instance(
    tx: Transaction, *, root_key_file: Path, token_brand: str, reveal: bool
) -> tuple[Instance, Event | None]:
    """
    Return the installation in this database, made on the spot when the database is new, and
    what had to be done for it: the caller writes that into the audit trail.

    Raise Misconfigured when the root key is not the database's, or when `token_brand` differs
    from the one that its tokens carry.
    """
    found = await store.instance(tx.conn)
    if found is None:
        created = await _create(tx, root_key_file, token_brand, reveal=reveal)
        return created, Event.CREATED
    instance_id, brand = found
    keys = _opened(instance_id, await store.keys(tx.conn), root_key_file)
    if brand != token_brand:
        await _rebrand(tx, old=brand, new=token_brand)
    instance = _instance(instance_id, token_brand, keys, reveal=reveal)
    return instance, Event.REBRANDED if brand != token_brand else None


async def read_instance(conn: Connection, *, root_key_file: Path) -> Instance:
    """
    The installation in this database, for a process that only looks: it shows no token again.

    Raise Misconfigured when there is none, or when the root key is not the database's.
    """
    found = await store.instance(conn)
    return _for_reading(found, await store.keys(conn), root_key_file)


def read_instance_at_once(direct: Direct, *, root_key_file: Path) -> Instance:
    """As read_instance, from SQLite."""
    return _for_reading(store.instance_at_once(direct), store.keys_at_once(direct), root_key_file)


def _for_reading(found: tuple[str, str] | None, wrapped: Wrapped, root_key_file: Path) -> Instance:
    if found is None:
        raise Misconfigured(
            "there is no installation in this database; start Keyfob with it first",
            code="database/MISSING",
        )
    instance_id, brand = found
    return _instance(instance_id, brand, _opened(instance_id, wrapped, root_key_file), reveal=False)


def _opened(instance_id: str, wrapped: Wrapped, root_key_file: Path) -> dict[Purpose, Key]:
    root = RootKey.load(root_key_file)
    return {
        purpose: Key(key_id, purpose, root.unwrap(sealed, context=_context(instance_id, purpose)))
        for key_id, purpose, sealed in wrapped
    }


def _instance(
    instance_id: str, token_brand: str, keys: dict[Purpose, Key], *, reveal: bool
) -> Instance:
    return Instance(
        id=instance_id,
        token_brand=token_brand,
        reveal=reveal,
        pepper=keys[Purpose.PEPPER],
        sealing=keys[Purpose.SEALING],
    )


async def _create(
    tx: Transaction, root_key_file: Path, token_brand: str, *, reveal: bool
) -> Instance:
    """A root key that is there already is used: it may have been put there by a secret store."""
    root = RootKey.load_or_create(root_key_file)
    instance_id = uuid4().hex
    await store.add_instance(tx, instance_id, token_brand)
    keys: dict[Purpose, Key] = {}
    for purpose in Purpose:
        material = token_bytes(KEY_LENGTH)
        wrapped = root.wrap(material, context=_context(instance_id, purpose))
        key_id = await store.add_key(tx, purpose, wrapped)
        keys[purpose] = Key(key_id, purpose, material)
    return _instance(instance_id, token_brand, keys, reveal=reveal)


async def _rebrand(tx: Transaction, *, old: str, new: str) -> None:
    if await store.has_tokens(tx.conn):
        raise Misconfigured(
            f"KEYFOB_TOKEN_BRAND is {new!r}, but this installation's tokens begin with {old!r}; "
            f"set it back to {old!r}",
            code="keys/BRAND_IS_FIXED",
        )
    await store.set_brand(tx, new)


def _context(instance_id: str, purpose: Purpose) -> bytes:
    """What a wrapped key is bound to: moved elsewhere, it does not open."""
    return f"keyfob/key/1/{instance_id}/{purpose}".encode()


async def is_instance(conn: Connection, instance: Instance) -> bool:
    """Whether the database still is this installation's."""
    found = await store.instance(conn)
    return found is not None and found[0] == instance.id
