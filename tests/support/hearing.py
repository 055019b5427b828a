"""A row of the table of verdicts as it is sent, and what is heard of it, in the row's own terms."""

from dataclasses import dataclass
from typing import Any

from rows.verdict import Row, Said

from support.gateways import Answer, Sent
from support.worlds import World

PLACE = "items.1."  # of the row's question in a batch

Heard = dict[str, Said | int | None]


@dataclass
class Plain:
    """A row with the values of one world in place of names."""

    row: Row
    world: World

    @property
    def caller(self) -> str:
        return self.world.values.get(self.row.caller, self.row.caller)

    @property
    def token(self) -> str:
        return self.row.spelt(self.world.values.get(self.row.token, self.row.token))

    @property
    def origin(self) -> Sent:
        return [("X-Forwarded-For", self.row.caller_ip)] if self.row.caller_ip else []

    @property
    def verify(self) -> tuple[Sent, dict[str, Any]]:
        carried = self.row.carried(self.caller) if self.caller else []
        return carried + self.origin, {"token": self.token} | self.row.question

    @property
    def auth(self) -> Sent:
        gateway = [("X-Keyfob-Gateway", self.caller)] if self.caller else []
        return gateway + self.row.carried(self.token) + self.origin + self.row.forwarded


def error_of(status: int, body: Any) -> Said:
    return Said(status, body["errorCode"], body["parameters"].get("field", ""))


def verdict_of(body: Any, world: World) -> Said:
    if body["valid"] is True:
        return Said(200, "VALID", world.names[body["tokenId"]])
    return Said(200, body["code"])


def heard_of_verify(answer: Answer, world: World) -> Said:
    body = answer.json()
    return verdict_of(body, world) if answer.status == 200 else error_of(answer.status, body)


def heard_of_batch(answer: Answer, world: World) -> Said:
    """The row's is the second of three; the others are what they always are."""
    body = answer.json()
    if answer.status != 200:
        said = error_of(answer.status, body)
        return said._replace(of=said.of.removeprefix(PLACE))
    first, asked, last = body["items"]
    assert first == last == {"valid": False, "code": "NOT_FOUND"}
    return verdict_of(asked, world)


def heard_of_auth(answer: Answer, world: World) -> Said:
    """A refused token is 403 in the words of every bad token; the gateway is told why."""
    if answer.status == 200:
        assert answer.body == b""
        return Said(200, "VALID", world.names[int(answer.headers["x-keyfob-token-id"])])
    said = error_of(answer.status, answer.json())
    reason = answer.headers.get("x-keyfob-reason")
    if reason is None:
        return said
    assert said == Said(403, "auth/BAD_TOKEN")
    assert answer.json()["message"] == "Insufficient privileges"
    return Said(200, reason)
