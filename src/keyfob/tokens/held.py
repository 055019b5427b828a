"""Nobody hands out more than they hold: neither rights, nor time, nor places."""

from dataclasses import replace

from keyfob import scopes
from keyfob.actors import Actor
from keyfob.errors import Forbidden, Invalid
from keyfob.limits import Limits
from keyfob.scopes import EVERYTHING, Scope
from keyfob.tokens.model import Draft, Token


def handed_out(actor: Actor, wanted: tuple[Scope, ...] | None) -> tuple[Scope, ...]:
    """The scopes of a token that the actor makes or changes. None: all that they hold."""
    if wanted is None:
        return (EVERYTHING,) if scopes.covers(actor.scopes, EVERYTHING) else actor.scopes
    if not wanted:
        raise Invalid("must name at least one scope; leave it out for all you hold", field="scopes")
    _require_scopes(actor, wanted)
    return wanted


def limited(actor: Actor, draft: Draft) -> Draft:
    """What the draft leaves out is as the maker's own. Raise Forbidden when it asks for more."""
    wanted = Limits(expires_at=draft.expires_at, restrictions=draft.restrictions)
    limits = wanted.left_out_as(actor.limits)
    _require_limits(actor, limits)
    return replace(draft, expires_at=limits.expires_at, restrictions=limits.restrictions)


def require(actor: Actor, token: Token) -> None:
    """Raise Forbidden when the token may do more than the actor, for longer, or elsewhere."""
    _require_scopes(actor, token.scopes)
    _require_limits(actor, token.limits)


def is_widened(before: Token, after: Token) -> bool:
    """Whether a change lets a token do what it could not do before."""
    return (
        (after.enabled and not before.enabled)
        or after.not_before != before.not_before
        or bool(scopes.missing(before.scopes, after.scopes))
        or bool(before.limits.exceeded_by(after.limits))
    )


def _require_scopes(actor: Actor, wanted: tuple[Scope, ...]) -> None:
    if lacking := scopes.missing(actor.scopes, wanted):
        raise Forbidden(
            f"You cannot hand out what you do not hold: {', '.join(lacking)}.",
            code="auth/SCOPE_NOT_HELD",
            scopes=[*lacking],
        )


def _require_limits(actor: Actor, limits: Limits) -> None:
    if exceeded := actor.limits.exceeded_by(limits):
        raise Forbidden(
            "No token hands on more than it has itself: "
            f"{', '.join(exceeded)} would go beyond its own.",
            code="auth/LIMITS_NOT_HELD",
            fields=exceeded,
        )
