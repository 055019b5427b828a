import pytest

from keyfob import audit
from keyfob.audit import Event

# What clients know from elsewhere, to the letter (contract 10).
PUBLIC = {
    "user.added": ("ADD_USER", "Added user"),
    "user.role_changed": ("UPDATE_USER_ROLE", "Updated user role"),
    "user.removed": ("DELETE_USER", "Deleted user"),
    "user.suspended": ("SUSPEND_USER", "Suspended user"),
    "user.signed_in": ("LOGIN", "Login"),
    "user.failed_sign_in": ("FAILED_LOGIN", "Failed login"),
    "user.changed_password": ("CHANGE_PASSWORD", "Changed password"),
    "token.created": ("CREATE_TOKEN", "User created a token"),
    "token.updated": ("UPDATE_TOKEN", "User updated a token"),
    "token.revoked": ("DELETE_TOKEN", "User deleted a token"),
    "filter.created": ("CREATE_TOKEN_FILTER", "User created a token filter"),
    "filter.deleted": ("DELETE_TOKEN_FILTER", "User deleted a token filter"),
    "account.created": ("CREATE_SUB_ACCOUNT", "Admin created a sub account"),
    "account.updated": ("UPDATE_SUB_ACCOUNT", "Admin updated a sub account"),
    "account.deleted": ("DELETE_SUB_ACCOUNT", "Admin deleted a sub account"),
}


@pytest.mark.parametrize("action", PUBLIC)
def test_an_action_is_found_by_its_code_and_by_its_title(action):
    code, title = PUBLIC[action]
    assert audit.event(action) == Event(code, title)
    assert audit.actions_called(code) == audit.actions_called(title) == {action}


def test_nothing_is_called_like_a_word_that_is_neither():
    for text in ("", "added user", "ADD", "token.created"):
        assert audit.actions_called(text) == frozenset()


def test_a_word_that_nobody_records_any_more_stands_for_itself():
    assert audit.event("thing.done_once") == Event("THING_DONE_ONCE", "thing.done_once")
