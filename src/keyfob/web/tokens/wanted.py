"""What the fields of a form say that a token shall be, whether it is made or changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from keyfob import scopes as vocabulary
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob.web import forms

# Beyond its name: what the form that makes a token has folded away.
OPTIONS: Final = (
    "tags", "not_before", "expires_at", "scopes", "ip_allow", "methods", "paths",
)  # fmt: skip


def tags(form: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_words(form, "tags"))


def scopes(form: Mapping[str, str]) -> tuple[Scope, ...]:
    return vocabulary.parse(_words(form, "scopes"))


def moment(form: Mapping[str, str], name: str) -> datetime | None:
    return forms.moment(form.get(name, ""), field=name)


def restrictions(form: Mapping[str, str]) -> Restrictions:
    """A path may hold a comma or a space, so each has a line."""
    return Restrictions.parse(
        ip_allow=_words(form, "ip_allow"), methods=[m.upper() for m in _words(form, "methods")],
        paths=[line for line in form.get("paths", "").splitlines() if line],
    )  # fmt: skip


def field_of(field: str) -> str:
    """What the form calls a field of the API."""
    names = {"restrictions.ipAllow": "ip_allow", "restrictions.methods": "methods"}
    names |= {"restrictions.paths": "paths", "expiresAt": "expires_at", "notBefore": "not_before"}
    return names.get(field, field)


def _words(form: Mapping[str, str], name: str) -> list[str]:
    return form.get(name, "").replace(",", " ").split()
