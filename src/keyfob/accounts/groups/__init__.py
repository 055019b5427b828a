"""Which groups of an identity provider come into an account, and as what."""

from keyfob.accounts.groups.actions import Group, of_account, replace

__all__ = ["Group", "of_account", "replace"]
