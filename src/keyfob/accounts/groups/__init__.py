"""Which groups of an identity provider come into an account, and as what."""

from keyfob.accounts.groups.actions import Group, add, of_account, remove, replace

__all__ = ["Group", "add", "of_account", "remove", "replace"]
