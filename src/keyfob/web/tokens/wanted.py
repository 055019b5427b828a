"""What the fields of a form say that a token shall be, whether it is made or changed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from keyfob import scopes as vocabulary
from keyfob import wording
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob.tokens import model
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
    return Restrictions.parse(
        ip_allow=_words(form, "ip_allow"), methods=_methods(form), paths=_paths(form)
    )


def rules(form: Mapping[str, str]) -> list[Callable[[], object]]:
    """Of each field its own rule, which raises Invalid when it is broken."""
    return [
        lambda: wording.name(form.get("name", ""), field="name"),
        lambda: model.tags(tags(form)),
        lambda: moment(form, "expires_at"),
        lambda: moment(form, "not_before"),
        lambda: scopes(form),
        lambda: Restrictions.parse(ip_allow=_words(form, "ip_allow")),
        lambda: Restrictions.parse(methods=_methods(form)),
        lambda: Restrictions.parse(paths=_paths(form)),
    ]


def field_of(field: str) -> str:
    """What the form calls a field of the API."""
    names = {"restrictions.ipAllow": "ip_allow", "restrictions.methods": "methods"}
    names |= {"restrictions.paths": "paths", "expiresAt": "expires_at", "notBefore": "not_before"}
    return names.get(field, field)


def _methods(form: Mapping[str, str]) -> list[str]:
    return [method.upper() for method in _words(form, "methods")]


def _paths(form: Mapping[str, str]) -> list[str]:
    """A path may hold a comma or a space, so each has a line."""
    return [line for line in form.get("paths", "").splitlines() if line]


def _words(form: Mapping[str, str], name: str) -> list[str]:
    return form.get(name, "").replace(",", " ").split()
