"""Keyfob: make, show, cut and verify API tokens on your own server."""

__version__ = "0.1.0"
