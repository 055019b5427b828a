"""Ask for a token, decide, collect it. Each action writes one entry for the request."""

from dataclasses import replace
from typing import Final

from keyfob import accounts, audit, tokens, wording
from keyfob.accounts import AccountId, Operation
from keyfob.actors import ActorKind
from keyfob.db import Transaction
from keyfob.errors import Conflict, Forbidden
from keyfob.keys import Instance
from keyfob.requests import model, store
from keyfob.requests.model import COLLECT_WITHIN, MOST_OPEN, Request, RequestId, State
from keyfob.requests.show import get, unknown
from keyfob.scopes import TOKENS_WRITE, Scope, covers
from keyfob.tokens import Draft, Secret, Token, TokenId
from keyfob.users import UserId

AT_ONCE: Final = 100  # requests that lapse in one transaction

_CAME_TO: Final = {
    State.OPEN: "is still to be decided",
    State.APPROVED: "was approved",
    State.DECLINED: "was declined",
    State.WITHDRAWN: "was withdrawn",
    State.COLLECTED: "was approved, and its token was shown",
    State.LAPSED: "was approved, and its token was not collected in time",
}


async def make(tx: Transaction, *, name: str, reason: str) -> RequestId:
    """
    In the actor's own account. Raise Conflict beyond `MOST_OPEN` that are open, and for whoever
    may make tokens anyway; Forbidden for what is no person.
    """
    _require_person(tx)
    if covers(tx.actor.scopes, TOKENS_WRITE):
        raise Conflict(
            "You may make tokens yourself: there is nobody to ask.", code="requests/NOT_NEEDED"
        )
    name = wording.name(name, field="name")
    reason = model.reason(reason)
    account_id, user_id = AccountId(tx.actor.account_id), tx.actor.id
    await accounts.lock(tx, account_id)
    count = await store.count_open(tx.conn, account_id=account_id, user_id=user_id)
    if count >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} requests of yours are open. Wait for an answer, or withdraw one.",
            code="requests/TOO_MANY",
        )
    request_id = RequestId(
        await store.add(tx, account_id=account_id, user_id=user_id, name=name, reason=reason)
    )
    await audit.record(
        tx, "request.made", f"request:{request_id}", account_id=account_id, name=name,
        changes={"reason": (None, reason)},
    )  # fmt: skip
    return request_id


async def withdraw(tx: Transaction, request_id: RequestId) -> None:
    """One's own. Raise Conflict for one that is decided; withdrawing twice is fine."""
    request = await _own(tx, request_id)
    if request.state is State.WITHDRAWN:
        return
    _require_open(request)
    await store.change(tx, request.id, state=State.WITHDRAWN, decided_at=tx.now)
    await audit.record(
        tx, "request.withdrawn", request.subject, account_id=request.account_id, name=request.name
    )


async def approve(
    tx: Transaction,
    instance: Instance,
    request_id: RequestId,
    *,
    name: str,
    scopes: tuple[Scope, ...] | None = None,
) -> Request:
    """
    Make the token, with these scopes of whoever approves, or with all of theirs, and keep its
    value for whoever asked.

    Raise Conflict when it is decided already, when whoever asked is in the account no more, or
    when the name is taken; Forbidden when the account may not be given a token by the actor.
    """
    request = await _to_decide(tx, request_id)
    account_id = AccountId(request.account_id)
    if await accounts.seat(tx.conn, UserId(request.user_id), account_id) is None:
        raise Conflict(
            f"{request.full_name} does not work in {request.account_name} any more.",
            code="requests/REQUESTER_GONE",
        )
    about = f"Asked for by {request.email}: {request.reason}"
    token = await tokens.create_to_hand_over(
        tx, instance, Draft(name=name, description=about, scopes=scopes), account_id=account_id
    )
    await _decide(tx, request, State.APPROVED, token_id=token.id)
    await audit.record(
        tx, "request.approved", request.subject, account_id=request.account_id, name=request.name,
        changes={"token": (None, token.hint), "name": (request.name, token.name)},
    )  # fmt: skip
    return replace(request, state=State.APPROVED, decided_at=tx.now, token_id=token.id)


async def decline(tx: Transaction, request_id: RequestId, *, answer: str) -> None:
    """With a word for whoever asked. Raise Conflict when it is decided already."""
    request = await _to_decide(tx, request_id)
    answer = model.answer(answer)
    await _decide(tx, request, State.DECLINED, answer=answer)
    await audit.record(
        tx, "request.declined", request.subject, account_id=request.account_id, name=request.name,
        changes={"answer": (None, answer)},
    )  # fmt: skip


async def collect(
    tx: Transaction, instance: Instance, request_id: RequestId
) -> tuple[Token, Secret]:
    """
    The value, once, for whoever asked and works in the account still. The caller lets it out
    only after the transaction has committed.

    Raise Conflict for one that has no token waiting, Forbidden for who is in the account no more.
    """
    request = await _own(tx, request_id)
    if await accounts.seat(tx.conn, UserId(tx.actor.id), AccountId(request.account_id)) is None:
        raise Forbidden("You do not work in this account any more.", code="requests/REQUESTER_GONE")
    if not request.waits(tx.now) or request.token_id is None:
        raise _nothing_waits(request, overdue=request.is_overdue(tx.now))
    token, value = await tokens.hand_over(tx, instance, TokenId(request.token_id))
    await store.change(tx, request.id, state=State.COLLECTED, collected_at=tx.now)
    await audit.record(
        tx, "request.collected", request.subject, account_id=request.account_id,
        name=request.name, changes={"token": (None, token.hint)},
    )  # fmt: skip
    return token, value


async def lapse(tx: Transaction) -> int:
    """
    Whatever was not collected in time, in the account and those below it, cannot be any more.

    Whoever looks sets it off: nothing else would ever need it. Return how many there were.
    """
    accounts.authorize(tx.actor, Operation.REQUEST_TOKEN)
    within = [account.id for account in await accounts.reached(tx.conn, tx.actor)]
    late = await store.overdue(
        tx, account_ids=within, decided_before=tx.now - COLLECT_WITHIN, limit=AT_ONCE
    )
    for request in late:
        if request.token_id is not None:
            await tokens.keep_no_longer(tx, TokenId(request.token_id))
        await store.change(tx, request.id, state=State.LAPSED)
        await audit.record(
            tx, "request.lapsed", request.subject, account_id=request.account_id,
            name=request.name,
        )  # fmt: skip
    return len(late)


def _require_person(tx: Transaction) -> None:
    accounts.authorize(tx.actor, Operation.REQUEST_TOKEN)
    if tx.actor.kind is not ActorKind.USER:
        raise Forbidden("Only people ask for tokens.", code="requests/PEOPLE_ONLY")


async def _own(tx: Transaction, request_id: RequestId) -> Request:
    """Held until the transaction ends; one of somebody else's is answered like none."""
    _require_person(tx)
    await accounts.lock(tx, AccountId(tx.actor.account_id))
    found = await store.for_update(tx, request_id) if accounts.can_exist(request_id) else None
    if found is None or (found.user_id, found.account_id) != (tx.actor.id, tx.actor.account_id):
        raise unknown(request_id)
    return found


async def _to_decide(tx: Transaction, request_id: RequestId) -> Request:
    """Held until the transaction ends: of two who decide at once, the second is told."""
    request = await get(tx.conn, tx.actor, request_id)
    await accounts.lock(tx, AccountId(request.account_id))
    request = await store.for_update(tx, request_id) or request
    _require_open(request)
    return request


def _require_open(request: Request) -> None:
    if request.state is not State.OPEN:
        by = f" by {request.decided_by}" if request.decided_by else ""
        raise Conflict(
            f'The request for "{request.name}" {_CAME_TO[request.state]} already{by}.',
            code="requests/DECIDED",
            id=request.id,
        )


def _nothing_waits(request: Request, *, overdue: bool) -> Conflict:
    came_to = _CAME_TO[State.LAPSED if overdue else request.state]
    return Conflict(
        f'The request for "{request.name}" {came_to}: there is no token to be shown.',
        code="requests/NOTHING_WAITS",
        id=request.id,
    )


async def _decide(tx: Transaction, request: Request, state: State, **more: object) -> None:
    await store.change(
        tx, request.id, state=state, decided_at=tx.now, decided_by=tx.actor.signature, **more
    )
