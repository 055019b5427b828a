"""A family: a main account, what it has bought, and the accounts that share it."""

from keyfob.families.actions import found, open_sub, refuse_taken

__all__ = ["found", "open_sub", "refuse_taken"]
