"""Which tokens somebody should look at: about to end, never used, tried in vain."""

from keyfob.verification.attention.model import LISTED, MOST, Concern, Found, Worry
from keyfob.verification.attention.show import of_account

__all__ = ["LISTED", "MOST", "Concern", "Found", "Worry", "of_account"]
