"""The terminal door: for whoever runs the server, and for whoever uses it from a shell."""

from keyfob.cli.main import main

__all__ = ["main"]
