"""What the fields of a form say that a token shall be, whether it is made or changed."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from keyfob import scopes as vocabulary
from keyfob import wording
from keyfob.errors import Conflict, NotFound
from keyfob.limits import Restrictions
from keyfob.scopes import Scope
from keyfob.tokens import FilterId, model
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


def moments(form: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From when it holds, and until when."""
    return moment(form, "not_before"), moment(form, "expires_at")


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


def filters(form: Mapping[str, str]) -> tuple[FilterId, ...]:
    return tuple(FilterId(number) for number in forms.picked(form, "filter"))


@contextmanager
def filters_are_there() -> Generator[None]:
    """Raise Conflict for one that somebody deleted meanwhile: the form is drawn without it."""
    try:
        yield
    except NotFound as error:
        if error.code != "shared-tokens/FILTER_NOT_FOUND":
            raise
        raise Conflict(
            "A filter that you had chosen has been deleted meanwhile. Look at those that are left, "
            "and save again.",
            code=error.code,
        ) from error


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
