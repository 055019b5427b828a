"""Keyfob: make, show, cut and verify API tokens on your own server."""

from typing import Any

from keyfob.version import __version__

__all__ = ["__version__"]


def __getattr__(name: str) -> Any:
    """`keyfob.Verifier`, imported when somebody asks: the command line starts without it."""
    if name != "Verifier":
        message = f"module 'keyfob' has no attribute {name!r}"
        raise AttributeError(message)
    from keyfob.verifier import Verifier  # noqa: PLC0415 -- when somebody asks

    return Verifier
