"""What was looked at a moment ago may be deleted by now: the foreign key has the last word."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from keyfob.errors import NotFound


def gone(account_id: int) -> NotFound:
    """One answer for an account that is not there, and for one of another family."""
    return NotFound(
        f"Account {account_id} does not exist.", code="accounts/NOT_FOUND", accountId=account_id
    )


@contextmanager
def account_exists(account_id: int) -> Generator[None]:
    """Around a write that points at the account: raise NotFound when it is deleted meanwhile."""
    try:
        yield
    except IntegrityError as error:
        if "foreign key" not in str(error.orig).lower():  # both engines say so
            raise
        raise gone(account_id) from error
