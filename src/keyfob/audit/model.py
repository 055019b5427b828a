"""An entry of the audit trail: ids and words, never objects, never secrets."""

from dataclasses import dataclass
from datetime import datetime

Change = tuple[object, object]  # old, new


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    `account_id` is the account in whose trail it stands; 0 is the installation's own.

    `action` is `noun.past_tense` ("token.revoked"), `subject` is `noun:id`, and `subject_name`
    what it was called then. `changes` maps a field to its old and its new value.
    """

    id: int
    at: datetime
    account_id: int
    action: str
    subject: str
    subject_name: str
    actor_kind: str
    actor_id: int
    actor_name: str
    actor_account_id: int
    ip: str
    agent: str
    request_id: str
    changes: dict[str, Change]
