"""Who is calling: one credential, however it is sent; a bad one costs no database access."""

import random

import pytest
from support.calling import error_of
from support.house import acting_for
from support.indoors import Indoors

from keyfob import tokens
from keyfob.credentials import credential, once_each
from keyfob.errors import Invalid, Unauthenticated
from keyfob_client.token_format import ALPHABET, KINDS

T = "kf_api_h7QmZ2rT9xLc04Vb"  # any text will do here
API, USER, AUTH = "X-API-TOKEN", "X-USER-TOKEN", "Authorization"


def headers(*pairs):
    return once_each([(name.lower().encode(), value) for name, value in _bytes(pairs)])


def _bytes(pairs):
    return [(name, v if isinstance(v, bytes) else v.encode()) for name, v in pairs]


@pytest.mark.parametrize(
    "pairs",
    [
        [(API, T)],
        [("x-api-token", T)],
        [(API, f"  {T}\t")],
        [(USER, T)],
        [(AUTH, f"Bearer {T}")],
        [(AUTH, f"bearer {T}")],
        [(AUTH, f"BEARER   {T} ")],
        [(API, T), (USER, T)],
        [(API, T), (AUTH, f"Bearer {T}")],
        [(API, T), (USER, T), (AUTH, f"Bearer {T}")],
        [(API, " "), (AUTH, f"Bearer {T}")],
        [(API, T), (AUTH, "Basic dXNlcjpwYXNz")],
        [(API, T), (AUTH, "Bearer ")],
        [(API, T), (AUTH, f"Bearer secret-token:{T}")],
    ],
)
def test_one_token_however_it_is_sent(pairs):
    assert credential(headers(*pairs)) == T


def test_the_prefix_of_a_token_uri_is_left_for_the_parser():
    assert credential(headers((API, f"secret-token:{T}"))) == f"secret-token:{T}"


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([(API, T), (API, T)], "x-api-token"),
        ([(API, T), (API, "other")], "x-api-token"),
        ([(API, f"{T}, {T}")], "x-api-token"),
        ([(API, f"{T},other")], "x-api-token"),
        ([(AUTH, f"Bearer {T}"), (AUTH, f"Bearer {T}")], "authorization"),
        ([(AUTH, f"Bearer {T}, Bearer {T}")], "authorization"),
        ([(USER, T), (USER, T)], "x-user-token"),
        ([(API, T), (USER, "other")], "x-api-token"),
        ([(API, T), (AUTH, "Bearer other")], "x-api-token"),
        ([(USER, T), (AUTH, "Bearer other")], "x-api-token"),
        ([(API, T), (API, "")], "x-api-token"),
    ],
)
def test_two_credentials_are_refused(pairs, field):
    with pytest.raises(Invalid) as caught:
        credential(headers(*pairs))
    assert (caught.value.code, caught.value.field) == ("auth/TWO_CREDENTIALS", field)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(API, "")],
        [(API, "   \t")],
        [(USER, "")],
        [(AUTH, "")],
        [(AUTH, "Bearer")],
        [(AUTH, "Bearer ")],
        [(AUTH, T)],
        [(AUTH, f"Token {T}")],
        [(AUTH, "Basic dXNlcjpwYXNz")],
        [(API, ""), (USER, ""), (AUTH, "")],
    ],
)
def test_nothing_is_nobody(pairs):
    with pytest.raises(Unauthenticated) as caught:
        credential(headers(*pairs))
    assert caught.value.code == "auth/NO_CREDENTIAL"


def test_bytes_that_are_no_text_are_a_token_that_is_no_token():
    assert credential(headers((API, b"kf_api_\xff\xfe"))) == "kf_api_ÿþ"


def mutations(token: str, count: int) -> set[str]:
    """Texts one slip away: a character changed, dropped, added, or two neighbours swapped."""
    choose = random.Random(20301)  # noqa: S311 -- the same mutations in every run
    letters = ALPHABET + "_-. é"
    found: set[str] = set()
    while len(found) < count:
        at = choose.randrange(len(token))
        letter = choose.choice(letters)
        found.add(
            choose.choice(
                [
                    token[:at] + letter + token[at + 1 :],
                    token[:at] + token[at + 1 :],
                    token[:at] + letter + token[at:],
                    token[:at] + token[at : at + 2][::-1] + token[at + 2 :],
                    token[:at],
                    token[:at] + token[at].swapcase() + token[at + 1 :],
                ]
            )
        )
        found.discard(token)
    return found


@pytest.mark.anyio
async def test_a_mistyped_token_is_refused_without_the_database(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    assert (await door.ask("GET", "/v2/whoami", value)).status_code == 200
    mistyped = mutations(str(value), 2000)
    await door.indoors(Indoors.listen)
    asked = 0
    for text in sorted(mistyped)[::6]:
        header = text.encode().strip()
        if not header or b"," in header:
            continue
        answer = await door.http.get("/v2/whoami", headers={b"X-API-TOKEN": header})
        assert error_of(answer)["errorCode"] == "auth/BAD_TOKEN"
        asked += 1
    assert asked > 300
    assert (await door.indoors(Indoors.heard)).count == 0
    _, another = await door.house.token(main, "Another")
    await door.indoors(Indoors.listen)
    assert (await door.ask("GET", "/v2/whoami", another)).status_code == 200
    assert (await door.indoors(Indoors.heard)).reads == 1


@pytest.mark.anyio
async def test_a_mistyped_token_to_verify_costs_only_the_caller(door):
    main = await door.house.main()
    _, value = await door.house.token(main)

    async def cost(text: str) -> int:
        await door.indoors(Indoors.listen)
        answer = await door.ask("POST", "/v1/verify", value, json={"token": text})
        assert answer.status_code == 200
        return (await door.indoors(Indoors.heard)).count

    of_caller = await cost("junk")
    assert of_caller > 0
    assert {await cost(text) for text in mutations(str(value), 100)} == {0}
    _, another = await door.house.token(main, "Another")
    assert await cost(str(another)) > 0


@pytest.mark.anyio
async def test_only_api_tokens_open_the_door(door):
    main = await door.house.main()
    _, value = await door.house.token(main)
    for kind in set(KINDS) - {"api"}:
        other = tokens.mint("kf", kind)
        assert (await door.ask("GET", "/v2/whoami", other)).status_code == 403
    assert (await door.ask("GET", "/v2/whoami", f"secret-token:{value}")).status_code == 200
    twice = f"secret-token:secret-token:{value}"
    assert (await door.ask("GET", "/v2/whoami", twice)).status_code == 403


@pytest.mark.anyio
async def test_a_token_of_another_kind_is_not_good_here_even_when_it_is_stored(door):
    main = await door.house.main()
    token, value = await door.house.token(main)
    await door.house.sql(f"UPDATE tokens SET kind = 'ship' WHERE id = {token.id}")  # noqa: S608 -- a number
    assert (await door.ask("GET", "/v2/whoami", value)).status_code == 403


@pytest.mark.anyio
async def test_a_tokens_restrictions_hold_at_keyfobs_own_door(door):
    main = await door.house.main()
    rules = {
        "here": ({"ip_allow": ["203.0.113.7/32"]}, 200),
        "elsewhere": ({"ip_allow": ["203.0.113.8/32"]}, 403),
        "reads": ({"methods": ["GET"]}, 200),
        "writes": ({"methods": ["POST"]}, 403),
        "this path": ({"paths": ["/v2/*"]}, 200),
        "another path": ({"paths": ["/v1/**"]}, 403),
    }
    for name, (given, expected) in rules.items():
        restrictions = tokens.Restrictions.parse(**given)
        _, value = await door.house.token(main, name, restrictions=restrictions)
        assert (await door.ask("GET", "/v2/whoami", value)).status_code == expected, name
        assert (await door.ask("HEAD", "/v2/whoami", value)).status_code == expected, name


@pytest.mark.anyio
async def test_an_escaped_question_mark_does_not_cut_the_path_that_a_rule_sees(door):
    main = await door.house.main()
    only = tokens.Restrictions.parse(paths=["/v2/whoami"])
    _, value = await door.house.token(main, restrictions=only)
    assert (await door.ask("GET", "/v2/whoami?x=1", value)).status_code == 200
    await door.house.act(tokens.update, tokens.TokenId(2_000_002), {"description": "x"})
    inside = await door.ask("GET", "/v1/api-tokens/2000002%3F", value)
    assert inside.status_code == 403


@pytest.mark.anyio
async def test_a_change_by_token_is_on_record_under_its_name(door):
    main = await door.house.main()
    _, value = await door.house.token(main, "The maker")
    made = (await door.ask("POST", "/v1/api-tokens", value, json={"name": "Made"})).json()
    token = await door.house.read(tokens.get, acting_for(main), tokens.TokenId(made["id"]))
    assert token.created_by == made["createdBy"] == "The maker"
