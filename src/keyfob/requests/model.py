"""What a request for a token is, and what may stand in one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from keyfob import wording
from keyfob.errors import Invalid

RequestId = NewType("RequestId", int)

MOST_OPEN: Final = 10  # of one person in one account
COLLECT_WITHIN: Final = timedelta(days=14)
LONGEST_REASON: Final = 500  # characters: it fits into the token's description
LONGEST_ANSWER: Final = 500  # characters


class State(StrEnum):
    """An approved one has a token that waits to be shown; collected, it was; lapsed, it was not."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    COLLECTED = "collected"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    `user_id`, `full_name` and `email` are of whoever asks. `decided_by` and `answer` are empty
    until an admin has decided; `token_id` is None unless it was approved.
    """

    id: RequestId
    account_id: int
    account_name: str
    user_id: int
    full_name: str
    email: str
    name: str
    reason: str
    state: State
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    answer: str = ""
    token_id: int | None = None
    collected_at: datetime | None = None

    @property
    def subject(self) -> str:
        """How the audit trail names it."""
        return f"request:{self.id}"

    @property
    def collect_until(self) -> datetime | None:
        """From this moment on it is too late. None unless a token waits."""
        if self.state is not State.APPROVED or self.decided_at is None:
            return None
        return self.decided_at + COLLECT_WITHIN

    def waits(self, now: datetime) -> bool:
        """Whether its token can be collected."""
        return self.collect_until is not None and now < self.collect_until

    def is_overdue(self, now: datetime) -> bool:
        return self.collect_until is not None and now >= self.collect_until


def reason(text: str) -> str:
    return _words(text, field="reason", longest=LONGEST_REASON)


def answer(text: str) -> str:
    return _words(text, field="answer", longest=LONGEST_ANSWER)


def _words(text: str, *, field: str, longest: int) -> str:
    """Trimmed, with line breaks as they are stored. Raise Invalid for none, or too many."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid("is required", field=field)
    if len(text) > longest:
        raise Invalid(f"must be at most {longest} characters long", field=field)
    wording.printable(text, field=field, also="\n\t")
    return wording.without_token(text, field=field)
