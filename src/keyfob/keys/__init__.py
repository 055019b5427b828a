"""The keys of an installation: one root key in a file, all others wrapped by it."""

from keyfob.keys.model import Instance, Key
from keyfob.keys.opening import (
    is_instance,
    open_instance,
    read_instance,
    read_instance_at_once,
)
from keyfob.keys.root import RootKey

__all__ = [
    "Instance",
    "Key",
    "RootKey",
    "is_instance",
    "open_instance",
    "read_instance",
    "read_instance_at_once",
]
