"""`verify_many` against a real server process."""

from functools import partial
from uuid import uuid4

import pytest
from support.asking import CUT, STRANGER, Awaited
from support.server import TLS, Server

from keyfob_client import Client, Question, Reason, Refused


@pytest.mark.parametrize("kind", [Client, Awaited])
def test_many_at_once_against_a_real_server(server: Server, kind):
    def make(**spec):
        with server.client() as http:
            answer = http.post("/v1/api-tokens", json={"name": f"many {uuid4()}"} | spec)
        assert answer.status_code == 201, answer.text
        return answer.json()

    reads, revoked = make(scopes=["logs:search"], restrictions={"methods": ["GET"]}), make()
    with server.client() as http:
        assert http.delete(f"/v1/api-tokens/{revoked['id']}").status_code == 204
    questions = [
        Question(token=reads["token"], scopes=("logs:search",), method="GET", path="/v1/search"),
        Question(token=reads["token"], method="PUT", client_ip="203.0.113.7", cost=2),
        Question(token=CUT),
        Question(token=revoked["token"]),
        Question(token=STRANGER),
    ]
    ask = partial(kind, server=server.url, token=make()["token"], ssl_context=TLS)
    with ask() as client:
        said = client.verify_many(questions)
        assert said[0].token_id == reads["id"]
        assert said[1:] == [
            Refused(Reason.METHOD_DENIED), Refused(Reason.NOT_FOUND), Refused(Reason.REVOKED),
            Refused(Reason.NOT_FOUND),
        ]  # fmt: skip
        assert client.verify_many(questions * 250) == said * 250
