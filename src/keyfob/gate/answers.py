"""
From a request's headers and body to an answer: the one meaning behind every transport.

Nothing in here waits. What has to be read first, on PostgreSQL, is an `Unread` on its way to
`Lookup.patiently`, which asks again; so asking must change nothing but counts, and those last.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from itertools import count
from secrets import token_hex
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import structlog
from pydantic import ValidationError

from keyfob import accounts, problems, scopes, strict_json, verification
from keyfob.accounts import Operation
from keyfob.actors import Origin
from keyfob.config import Network
from keyfob.credentials import REFUSED, Fields, credential, once_each
from keyfob.edge import client_ip
from keyfob.errors import Forbidden, Invalid, KeyfobError, Unauthenticated
from keyfob.gate import identity
from keyfob.gate.question import LONGEST_PATH, METHOD, Asked, asked, asked_of_many
from keyfob.problems import Problem
from keyfob.scopes import TOKENS_VERIFY, Scope
from keyfob.tokens import KnownToken
from keyfob.verification import (
    ACCEPTED,
    AT_ONCE,
    NO_USE,
    Lookup,
    Reading,
    Running,
    Usage,
    Use,
    Verdict,
)

T = TypeVar("T")
Headers = Sequence[tuple[bytes, bytes]]

GATEWAY: Final = b"x-keyfob-gateway"
_AUTH: Final = "/auth"
_TOLD: Final = (b"x-forwarded-method", b"x-forwarded-uri", b"x-real-ip", b"x-keyfob-scopes")
_FORWARDED: Final = frozenset(_TOLD)
_ONCE: Final = {GATEWAY, *_TOLD}  # at `/auth`
_JSON: Final = b"application/json"
LONGEST_FORWARDED: Final = 500  # characters of X-Forwarded-For that are remembered

log = structlog.get_logger("keyfob")


class Request(NamedTuple):
    """
    `path` is as it was sent, without the query; the names of the headers are in lower case.

    `body` is the error when there is none that could be read. `peer` is who is connected.
    `running` are the requests that it is one of, where those of an account are limited.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes | KeyfobError
    peer: str
    running: Running | None = None


class Answer(NamedTuple):
    """`head` are the lines of the headers, each with its end."""

    status: HTTPStatus
    head: bytes
    body: bytes


OK: Final = HTTPStatus.OK


class Gate:
    """One for the process, for all its transports."""

    def __init__(self, lookup: Lookup, usage: Usage, proxies: Sequence[Network]) -> None:
        self._lookup = lookup
        self._usage = usage
        self._now = lookup.now
        self._client_ip = lru_cache(maxsize=4096)(partial(client_ip, proxies=tuple(proxies)))
        self._ids = count(1)
        self._id_prefix = token_hex(6)

    async def patiently(self, ask: Callable[[Reading], T]) -> T:
        """What `ask` says, once all it takes is read."""
        return await self._lookup.patiently(ask)

    async def answer(self, request: Request) -> Answer:
        """Whatever the request is. Raise nothing but bugs."""
        try:
            return await self.patiently(lambda reading: self.at_once(request, reading))
        except KeyfobError as error:
            return self.refuse(error)

    def at_once(self, request: Request, reading: Reading = AT_ONCE) -> Answer:
        """Raise Unread when something has to be read first."""
        try:
            return self._answered(request, reading)
        except KeyfobError as error:
            return self.refuse(error)
        except ValidationError as error:
            found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            return _told(problems.of_shape(found, self._request_id()))

    def refuse(self, error: KeyfobError) -> Answer:
        return _told(problems.of(error, self._request_id()))

    def broken(self, trace: str) -> Answer:
        """A bug of ours: logged, and said without details."""
        request_id = self._request_id()
        log.error("request failed", request_id=request_id, trace=trace)
        return _told(problems.internal(request_id))

    def _answered(self, request: Request, reading: Reading) -> Answer:
        path = request.path
        if path == _AUTH or path.startswith("/auth/"):
            return self._auth(request, once_each(request.headers, _ONCE), reading)
        fields = once_each(request.headers)
        if path == "/v1/verify" and request.method == "POST":
            return self._verify(request, fields, reading)
        if path == "/v1/verify/batch" and request.method == "POST":
            return self._verify_batch(request, fields, reading)
        if path == "/healthz" and request.method in {"GET", "HEAD"}:
            return _json_answer(b'{"status":"ok"}')
        return _elsewhere(path, self._request_id())

    def _verify(self, request: Request, fields: Fields, reading: Reading) -> Answer:
        caller = self._caller(credential(fields), request, fields, reading)
        question = self._question(asked, caller, request, fields)
        said = self.say(question, caller.account.id, reading)
        self._count_caller(caller, ACCEPTED, request, fields)
        return _json_answer(said)

    def _verify_batch(self, request: Request, fields: Fields, reading: Reading) -> Answer:
        caller = self._caller(credential(fields), request, fields, reading)
        questions = self._question(asked_of_many, caller, request, fields)
        said = self.say_all(questions, caller.account.id, reading)
        self._count_caller(caller, ACCEPTED, request, fields)
        return _json_answer(said)

    def say(self, question: Asked, account_id: int, reading: Reading) -> bytes:
        """What verify says to the account, as JSON."""
        return self._told(question[1], self._judged(question, account_id, reading))

    def say_all(self, questions: Sequence[Asked], account_id: int, reading: Reading) -> bytes:
        """The answers in the order of the questions; all that is unknown is read together."""
        self._lookup.require((presented for presented, _ in questions), reading)
        judged = [self._judged(question, account_id, reading) for question in questions]
        # Only now: who has to read again in the middle would count the first ones twice.
        said = [self._told(use, each) for (_, use), each in zip(questions, judged, strict=True)]
        return b'{"items":[' + b",".join(said) + b"]}"

    def _judged(self, question: Asked, account_id: int, reading: Reading) -> verification.Answer:
        presented, use = question
        return verification.verify(
            self._lookup, presented, use, account_id=account_id, reading=reading
        )

    def _told(self, use: Use, judged: verification.Answer) -> bytes:
        verdict, token = judged
        if token is not None:
            self._usage.count(token, verdict, self._now(), use.ip)
            if verdict is ACCEPTED:
                return identity.valid(token)
        return identity.not_valid(verdict)

    def _auth(self, request: Request, fields: Fields, reading: Reading) -> Answer:
        gateway = fields.get(GATEWAY, b"").strip()
        if not gateway:
            raise Unauthenticated(
                "A gateway has to send its own token in the header X-Keyfob-Gateway.",
                code="auth/NO_CREDENTIAL",
            )
        caller = self._caller(gateway.decode("latin-1"), request, fields, reading)
        try:
            presented, use = credential(fields), _forwarded(request, fields)
        except KeyfobError:  # to ask what cannot be asked is a use of the gateway's token, too
            self._count_gateway(caller, request, fields)
            raise
        verdict, token = verification.verify(
            self._lookup, presented, use, account_id=caller.account.id, reading=reading
        )
        self._count_gateway(caller, request, fields)
        if token is None:
            return self._refused(verdict)
        self._usage.count(token, verdict, self._now(), use.ip, _agent(fields))
        if verdict is not ACCEPTED:
            return self._refused(verdict)
        return Answer(OK, identity.headers(token), b"")

    def _refused(self, verdict: Verdict) -> Answer:
        """The gateway is told why; whoever sent the token learns nothing."""
        answer = self.refuse(Forbidden(REFUSED, code="auth/BAD_TOKEN"))
        reason = f"x-keyfob-reason: {verdict.value}\r\n".encode()
        return answer._replace(head=answer.head + reason)

    def _caller(
        self, presented: str, request: Request, fields: Fields, reading: Reading
    ) -> KnownToken:
        """Who asks. Raise Forbidden unless it is an API token, good here, that may verify."""
        token = self._lookup.find(presented, reading)
        use = NO_USE
        if token is not None and token.restrictions is not None:
            ip = self._ip(request.peer, fields)
            use = Use(ip=ip, method=request.method, path=request.path)
        verdict = verification.admit(token, use, self._now())
        if token is None or verdict is not ACCEPTED:
            if token is not None:
                self._count_caller(token, verdict, request, fields)
            raise Forbidden(REFUSED, code="auth/BAD_TOKEN")
        if not scopes.covers(token.scopes, TOKENS_VERIFY):
            self._count_caller(token, ACCEPTED, request, fields)
            accounts.authorize(verification.actor_of(token, Origin()), Operation.VERIFY_TOKEN)
        return token

    def _question(
        self, parse: Callable[[Any], T], caller: KnownToken, request: Request, fields: Fields
    ) -> T:
        """What the body asks. To ask what cannot be asked is a use of the caller's token, too."""
        try:
            if request.running is not None:
                request.running.require_place(caller.account.id)
            return parse(_body_of(request, fields))
        except (KeyfobError, ValidationError):
            self._count_caller(caller, ACCEPTED, request, fields)
            raise

    def _count_gateway(self, caller: KnownToken, request: Request, fields: Fields) -> None:
        """What it calls itself is not known: it passes on the headers of its client."""
        self._usage.count(caller, ACCEPTED, self._now(), self._ip(request.peer, fields))

    def _count_caller(
        self, token: KnownToken, verdict: Verdict, request: Request, fields: Fields
    ) -> None:
        ip = self._ip(request.peer, fields)
        self._usage.count(token, verdict, self._now(), ip, _agent(fields))

    def _ip(self, peer: str, fields: Fields) -> str:
        forwarded = fields.get(b"x-forwarded-for", b"").decode("latin-1")
        # An endless one is read each time: thousands of them would fill the memory.
        is_kept = len(forwarded) <= LONGEST_FORWARDED
        return (self._client_ip if is_kept else self._client_ip.__wrapped__)(peer, forwarded)

    def _request_id(self) -> str:
        """Unique, and a tenth of the price of a random one."""
        return f"{self._id_prefix}-{next(self._ids):x}"


def _agent(fields: Fields) -> str:
    """What the client calls itself; empty when it does not say."""
    return fields.get(b"user-agent", b"").decode("latin-1")


def _forwarded(request: Request, fields: Fields) -> Use:
    """
    What the gateway says of the request it holds. What it does not say, or says in a way that
    cannot be, is not vouched for: a token that is restricted in that respect is refused.
    """
    if request.path == _AUTH and _FORWARDED.isdisjoint(fields):
        return NO_USE
    method, path, ip, wanted = (fields.get(name, b"").decode("latin-1").strip() for name in _TOLD)
    if request.path != _AUTH:  # Envoy sends the request's own method, and its path after ours
        method, path = method or request.method, path or request.path.removeprefix(_AUTH)
    if not METHOD.fullmatch(method):
        method = ""
    if not path.startswith("/") or len(path) > LONGEST_PATH:
        path = ""
    return Use(scopes=_wanted_scopes(wanted), ip=ip, method=method, path=path)


@lru_cache(maxsize=4096)
def _wanted_scopes(text: str) -> tuple[Scope, ...]:
    """Separated by spaces or commas."""
    return scopes.parse(text.replace(",", " ").split(), field="x-keyfob-scopes")


def _body_of(request: Request, fields: Fields) -> Any:
    """Parsed. Raise Invalid for what is no JSON, TooLarge for what was not read to its end."""
    for name, _ in parse_qsl(request.query, keep_blank_values=True) if request.query else ():
        raise Invalid("is not a parameter of this operation", field=name)
    kind = fields.get(b"content-type", b"")
    if b"," in kind and [name for name, _ in request.headers].count(b"content-type") > 1:
        raise Invalid("came twice", field="Content-Type")
    if kind not in {_JSON, b""} and kind.partition(b";")[0].strip().lower() != _JSON:
        raise Invalid("must be application/json", field="Content-Type")
    if isinstance(request.body, KeyfobError):
        raise request.body
    if not request.body:
        raise Invalid("is required", field="body")
    return strict_json.parse(request.body)


def _elsewhere(path: str, request_id: str) -> Answer:
    """Nothing else is here; or it is, for another method."""
    allowed = _METHODS.get(path)
    if allowed is None:
        status, headers = HTTPStatus.NOT_FOUND, {}
        code, message = "request/UNKNOWN_PATH", "There is nothing at this address."
    else:
        status, headers = HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": allowed}
        code, message = "request/UNKNOWN_METHOD", f"This address takes {allowed}."
    return _told(Problem(status, problems.body(status, code, message, request_id, {}), headers))


_METHODS: Final = {"/v1/verify": "POST", "/v1/verify/batch": "POST", "/healthz": "GET, HEAD"}


def _told(problem: Problem) -> Answer:
    answer = _json_answer(json.dumps(problem.body).encode(), problem.status)
    headers = {"x-request-id": problem.body["requestId"], **problem.headers}
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
    return answer._replace(head=answer.head + lines.encode("latin-1"))


def _json_answer(body: bytes, status: HTTPStatus = OK) -> Answer:
    return Answer(status, b"%b%d\r\n" % (_JSON_HEAD, len(body)), body)


_JSON_HEAD: Final = (
    b"content-type: application/json\r\n"
    b"cache-control: no-store\r\n"
    b"x-content-type-options: nosniff\r\n"
    b"content-length: "
)
