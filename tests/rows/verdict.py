"""A row of the table of verdicts: who asks about what, and what is said, whichever way it comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from support.asking import STRANGER

from keyfob_client.token_format import checksum

ID_ENDS, SECRET_ENDS = 23, -6  # in `kf_api_` + id + secret + checksum


class Said(NamedTuple):
    """
    A verdict is `VALID`, with whose token it is in `of`, or why it was refused. An error has a
    status of its own, its code, and the field that is wrong in `of`.
    """

    status: int
    code: str
    of: str = ""


def refused(reason: str) -> Said:
    return Said(200, reason)


def invalid(of: str, code: str = "request/INVALID") -> Said:
    return Said(400, code, of)


VALID = Said(200, "VALID")
NOT_FOUND = refused("NOT_FOUND")
BAD_TOKEN = Said(403, "auth/BAD_TOKEN")
NO_SCOPE = Said(403, "auth/INSUFFICIENT_SCOPE")
NO_CREDENTIAL = Said(401, "auth/NO_CREDENTIAL")

Sent = list[tuple[str, str]]  # headers


def api_token(value: str) -> Sent:
    return [("X-API-TOKEN", value)] if value else []


def as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    `token` and `caller` are names of the world. `spelt` is what becomes of the token on its way;
    `carried`, the headers in which a credential comes: the caller's own at verify, the client's
    at `/auth`. `more` is what else the body of verify has.

    What HTTP itself says otherwise has a column of its own: at `/auth`, a header has no blanks
    at its ends and nobody sees the body. `gateway` is the status behind nginx, which always tells
    method, path and address. None: this way cannot ask it.
    """

    name: str
    said: Said = VALID
    token: str = "good"
    caller: str = "caller"
    spelt: Callable[[str], str] = as_it_is
    carried: Callable[[str], Sent] = api_token
    scopes: tuple[str, ...] = ()
    client_ip: str = ""
    method: str = ""
    path: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    caller_ip: str = ""
    at_auth: Said | Literal["same"] | None = "same"
    gateway: int | Literal["as at /auth"] | None = "as at /auth"

    def expected(self, said: Said | None) -> Said | None:
        return said._replace(of=self.token) if said == VALID else said

    @property
    def by_verify(self) -> Said | None:
        return self.expected(self.said)

    @property
    def by_auth(self) -> Said | None:
        return self.expected(self.said if self.at_auth == "same" else self.at_auth)

    @property
    def by_gateway(self) -> int | None:
        """A client is told 403 for whatever is wrong with what it sent, unless it sent nothing."""
        if self.by_auth is None or self.caller_ip:  # of its own address, a gateway tells nothing
            return None
        if self.gateway != "as at /auth":
            return self.gateway
        if self.by_auth.code == "VALID":
            return 200
        return 401 if self.by_auth.status == 401 else 403

    @property
    def question(self) -> dict[str, Any]:
        """What is told beside the token, as verify names it."""
        told = {
            "scopes": [*self.scopes], "clientIp": self.client_ip, "method": self.method,
            "path": self.path,
        }  # fmt: skip
        return {name: text for name, text in told.items() if text} | {**self.more}

    @property
    def forwarded(self) -> Sent:
        """The same, as a gateway names it."""
        told = {
            "X-Keyfob-Scopes": " ".join(self.scopes), "X-Real-IP": self.client_ip,
            "X-Forwarded-Method": self.method, "X-Forwarded-Uri": self.path,
        }  # fmt: skip
        return [(name, text) for name, text in told.items() if text]


# How a token may be spelt.


def checked(text: str) -> str:
    """With the checksum that belongs to it."""
    return text + checksum(text)


def with_another_secret(value: str) -> str:
    return checked(value[:ID_ENDS] + STRANGER[ID_ENDS:SECRET_ENDS])


def of_another_kind(value: str) -> str:
    return checked(value[:SECRET_ENDS].replace("_api_", "_ship_", 1))


def of_another_brand(value: str) -> str:
    return checked("acme" + value[2:SECRET_ENDS])


def with_one_changed(value: str) -> str:
    """A mistyped letter in the secret: the checksum finds it."""
    return value[:40] + ("a" if value[40] != "a" else "b") + value[41:]


# How a credential may be carried.


def bearer(word: str) -> Callable[[str], Sent]:
    return lambda value: [("Authorization", word + value)]


def in_headers(*names: str) -> Callable[[str], Sent]:
    """The same value in each; what follows a name after a blank stands before it."""
    pairs = [name.partition(" ") for name in names]
    return lambda value: [(name, before + value) for name, _, before in pairs]


def beside(name: str, text: str) -> Callable[[str], Sent]:
    """In X-API-TOKEN, and one more header that says this."""
    return lambda value: [("X-API-TOKEN", value), (name, text)]


def joined(name: str) -> Callable[[str], Sent]:
    return lambda value: [(name, f"{value},{value}")]
