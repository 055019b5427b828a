"""The console's pages: how long the server takes for one, with few tokens and with very many."""

from collections.abc import Generator
from pathlib import Path

import httpx2
import paint
from house import furnish
from measure import Figure, each_round, per_second
from serving import bare, free_port, keyfob, serving

FEW = 100
SIZES = ((FEW, "≤ 30"), (100_000, "≤ 60"))  # tokens of the account, and ms for the token page
TOKENS = "/settings/manage-tokens/api"


def figures(folder: Path) -> Generator[Figure]:
    for stored, target in SIZES:
        made = furnish(folder / str(stored), token_count=stored)
        port, other = free_port(), free_port()
        headers = {"x-api-token": made.api_token}
        with (
            serving(keyfob(folder / str(stored), port), port, "/v2/whoami", **headers),
            serving(bare(other), other, "/"),
            httpx2.Client(
                base_url=f"http://127.0.0.1:{port}",
                cookies={"keyfob_session": made.session_id},
                timeout=60,
            ) as client,
            httpx2.Client(base_url=f"http://127.0.0.1:{other}") as reference,
        ):
            yield from pages(client, reference, stored, target)
            if stored == FEW:
                page = f"http://127.0.0.1:{port}{TOKENS}"
                yield paint.figure(page, made.session_id, f"http://127.0.0.1:{other}/")


def pages(
    client: httpx2.Client, reference: httpx2.Client, stored: int, target: str
) -> Generator[Figure]:
    def hello() -> None:
        assert reference.get("/").text == "hello"

    for name, address, sign, wanted in (
        ("token page", TOKENS, f"of {stored}<", target),
        ("token page by name", f"{TOKENS}?sort=name", f"of {stored}<", target),
        ("token page by last use", f"{TOKENS}?sort=-lastUsedAt", f"of {stored}<", ""),
        ("token page, searched", f"{TOKENS}?q=0000001", "Token 0000001", ""),
        ("Home", "/", "Manage tokens", ""),
        ("palette", "/search?q=0000001", "Token 0000001", ""),
    ):

        def look(address: str = address, sign: str = sign) -> None:
            answer = client.get(address)
            assert answer.status_code == 200, answer.text
            assert sign in answer.text, (address, sign)

        values, theirs = each_round(
            lambda look=look: 1000 / per_second(look, times=20),
            lambda: 1000 / per_second(hello, times=20),
        )
        yield Figure(f"{name}, {stored:,} tokens", "ms", values, wanted, "bare ASGI hello", theirs)
