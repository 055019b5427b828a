"""What verification remembers of a token: as little as an answer needs."""

from keyfob.tokens.known.model import NEVER, KnownAccount, KnownToken, proof_of
from keyfob.tokens.known.store import Accounts, read, read_at_once

__all__ = ["NEVER", "Accounts", "KnownAccount", "KnownToken", "proof_of", "read", "read_at_once"]
