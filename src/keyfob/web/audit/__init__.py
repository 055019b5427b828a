"""The page behind Settings, Tools, Audit trail, and the file that it gives out."""

from keyfob.web.audit.page import routes

__all__ = ["routes"]
