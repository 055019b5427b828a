"""An installation and its keys, opened: what the program holds while it runs."""

from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """Independent random keys: one that leaks opens nothing else."""

    PEPPER = "pepper"  # HMAC of token secrets
    SEALING = "sealing"  # AES-256-GCM of tokens that can be shown again


class KeyState(StrEnum):
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Key:
    """256 random bits. `material` is left out of the repr."""

    id: int
    purpose: Purpose
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """
    `id` is 32 hex digits, random; it binds every sealed thing to this installation.

    `reveal` is the installation's rule: whether any token may be shown again.
    """

    id: str
    token_brand: str
    reveal: bool
    pepper: Key
    sealing: Key
