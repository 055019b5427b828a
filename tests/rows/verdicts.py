"""The table of verdicts: every way to ask gives the answers of these rows."""

from support.asking import STRANGER

from rows.verdict import (
    BAD_TOKEN,
    NO_CREDENTIAL,
    NO_SCOPE,
    NOT_FOUND,
    VALID,
    Row,
    bearer,
    beside,
    in_headers,
    invalid,
    joined,
    of_another_brand,
    of_another_kind,
    refused,
    with_another_secret,
    with_one_changed,
)
from rows.verdicts_on_uses import ON_USES

TWO = "auth/TWO_CREDENTIALS"
SCOPE = refused("INSUFFICIENT_SCOPE")
SUSPENDED, REVOKED = refused("ACCOUNT_SUSPENDED"), refused("REVOKED")
EXPIRED, DISABLED = refused("EXPIRED"), refused("DISABLED")
SUB, SIBLING = "sub account's caller", "sibling's caller"

STATES = [
    Row(name="good"),
    Row(name="expired", said=EXPIRED, token="expired"),
    Row(name="disabled", said=DISABLED, token="disabled"),
    Row(name="revoked", said=REVOKED, token="revoked"),
    Row(name="not yet valid", said=refused("NOT_YET_VALID"), token="scheduled"),
    Row(name="expired and disabled", said=EXPIRED, token="expired and disabled"),
    Row(name="revoked and expired", said=REVOKED, token="revoked and expired"),
    Row(name="scheduled and disabled", said=DISABLED, token="scheduled and disabled"),
    Row(name="expired, and lacks the scope", said=EXPIRED, token="expired", scopes=("no:such",)),
    Row(name="revoked, asked of with everything", said=REVOKED, token="revoked", scopes=("*",),
        client_ip="203.0.113.9", method="GET", path="/v1/search"),
    Row(name="the caller itself", token="caller"),
    Row(name="a caller that may all", caller="good", token="caller"),
    Row(name="unknown", said=NOT_FOUND, token=STRANGER),
    Row(name="a shipping token", token="shipping"),
    Row(name="a shipping token holds no scope", said=SCOPE, token="shipping", scopes=("a",)),
    Row(name="a shared token", token="shared"),
    Row(name="a shared token holds no scope", said=SCOPE, token="shared", scopes=("logs:read",)),
]  # fmt: skip

FAMILIES = [
    Row(name="of sub, by main", token="of the sub account"),
    Row(name="of sub, by sub", token="of the sub account", caller=SUB),
    Row(name="of sub, by its sibling", said=NOT_FOUND, token="of the sub account", caller=SIBLING),
    Row(name="of sub, by others", said=NOT_FOUND, token="of the sub account",
        caller="caller of others"),
    Row(name="of main, by sub", said=NOT_FOUND, caller=SUB),
    Row(name="of others, by main", said=NOT_FOUND, token="of others"),
    Row(name="of others, by others", token="of others", caller="caller of others"),
    Row(name="of the sibling, by main", token="of the sibling"),
    Row(name="of the sibling, by sub", said=NOT_FOUND, token="of the sibling", caller=SUB),
    Row(name="of the sibling, by the sibling", token="of the sibling", caller=SIBLING),
    Row(name="revoked of main, by sub", said=NOT_FOUND, token="revoked", caller=SUB),
    Row(name="expired of main, by sub", said=NOT_FOUND, token="expired", caller=SUB),
    Row(name="revoked of sub, by main", said=REVOKED, token="revoked of the sub account"),
    Row(name="revoked of sub, by sub", said=REVOKED, token="revoked of the sub account",
        caller=SUB),
    Row(name="revoked of sub, by the sibling", said=NOT_FOUND, token="revoked of the sub account",
        caller=SIBLING),
    Row(name="revoked of others, by main", said=NOT_FOUND, token="revoked of others"),
    Row(name="shipping of main, by sub", said=NOT_FOUND, token="shipping", caller=SUB),
    Row(name="shared of main, by sub", said=NOT_FOUND, token="shared", caller=SUB),
    Row(name="shipping of main, by others", said=NOT_FOUND, token="shipping",
        caller="caller of others"),
    Row(name="of a suspended sub, by main", said=SUSPENDED, token="of the idle"),
    Row(name="revoked of a suspended sub, by main", said=SUSPENDED, token="revoked of the idle"),
    Row(name="of a suspended sub, by sub", said=NOT_FOUND, token="of the idle", caller=SUB),
    Row(name="of a suspended family, by main", said=NOT_FOUND, token="of the gone"),
    Row(name="of a suspended sub, lacks the scope", said=SUSPENDED, token="of the idle",
        scopes=("tokens:reveal",)),
]  # fmt: skip

SPELT = [
    Row(name="with secret-token:", spelt=lambda value: f"secret-token:{value}"),
    Row(name="with secret-token: twice", said=NOT_FOUND, spelt=lambda v: "secret-token:" * 2 + v),
    Row(name="with Secret-Token:", said=NOT_FOUND, spelt=lambda value: f"Secret-Token:{value}"),
    Row(name="only secret-token:", said=NOT_FOUND, spelt=lambda value: "secret-token:"),
    Row(name="wrong secret", said=NOT_FOUND, spelt=with_another_secret),
    Row(name="wrong secret of a revoked one", said=NOT_FOUND, spelt=with_another_secret,
        token="revoked"),
    Row(name="another kind", said=NOT_FOUND, spelt=of_another_kind),
    Row(name="another brand", said=NOT_FOUND, spelt=of_another_brand),
    Row(name="one letter changed", said=NOT_FOUND, spelt=with_one_changed),
    Row(name="one letter short", said=NOT_FOUND, spelt=lambda value: value[:-1]),
    Row(name="one letter more", said=NOT_FOUND, spelt=lambda value: value + "0"),
    Row(name="the first letter lost", said=NOT_FOUND, spelt=lambda value: value[1:]),
    Row(name="two letters exchanged", said=NOT_FOUND,
        spelt=lambda value: value[:30] + value[31] + value[30] + value[32:]
        if value[30] != value[31] else value[:-1]),
    Row(name="in capitals", said=NOT_FOUND, spelt=str.upper),
    Row(name="in small letters", said=NOT_FOUND, spelt=str.lower),
    Row(name="its hint", said=NOT_FOUND, spelt=lambda value: value[:23]),
    Row(name="its secret alone", said=NOT_FOUND, spelt=lambda value: value[23:-6]),
    Row(name="twice in one", said=NOT_FOUND, spelt=lambda value: value * 2),
    Row(name="in quotes", said=NOT_FOUND, spelt=lambda value: f'"{value}"'),
    Row(name="with a hyphen for an underscore", said=NOT_FOUND,
        spelt=lambda value: value.replace("_", "-", 1)),
    Row(name="with a letter of another script", said=NOT_FOUND,
        spelt=lambda value: value[:-1] + "\xe9"),
    Row(name="with a full-width digit", said=NOT_FOUND, spelt=lambda value: value[:-1] + "\uff11",
        at_auth=None),
    Row(name="with a NUL", said=NOT_FOUND, spelt=lambda value: value + "\0", at_auth=None),
    Row(name="with a blank after it", said=NOT_FOUND, spelt=lambda value: value + " ",
        at_auth=VALID),
    Row(name="with a blank before it", said=NOT_FOUND, spelt=lambda value: " " + value,
        at_auth=VALID),
    Row(name="with a line feed after it", said=NOT_FOUND, spelt=lambda value: value + "\n",
        at_auth=None),
    Row(name="with a blank in it", said=NOT_FOUND, spelt=lambda v: v[:30] + " " + v[30:]),
    Row(name="empty", said=NOT_FOUND, spelt=lambda value: "", at_auth=NO_CREDENTIAL),
    Row(name="a word", said=NOT_FOUND, spelt=lambda value: "hello"),
    Row(name="a JWT", said=NOT_FOUND, spelt=lambda value: "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
    Row(name="as long as may be", said=NOT_FOUND, spelt=lambda value: "x" * 1000),
    Row(name="longer than may be", said=invalid("token"), spelt=lambda value: "x" * 1001,
        at_auth=NOT_FOUND),
]  # fmt: skip


def of_caller(caller, said=BAD_TOKEN, name="", **more):
    return Row(name=name or f"asked by: {caller or 'nobody'}", caller=caller, said=said, **more)


CALLERS = [
    of_caller("", NO_CREDENTIAL),
    of_caller(STRANGER, name="asked by: a stranger"),
    of_caller("no token at all"),
    of_caller("weak caller", NO_SCOPE),
    of_caller("searcher", NO_SCOPE),
    of_caller("caller with less than verify", NO_SCOPE),
    of_caller("caller with all of tokens", VALID),
    of_caller("good", VALID),
    of_caller("disabled caller"),
    of_caller("revoked caller"),
    of_caller("expired caller"),
    of_caller("scheduled caller"),
    of_caller("of the gone"),
    of_caller("caller of the idle"),
    of_caller("caller below the gone"),
    of_caller("shipping"),
    of_caller("shared"),
    of_caller("caller elsewhere"),
    of_caller("caller elsewhere", VALID, caller_ip="203.0.113.9", name="asked from the office"),
    of_caller("caller elsewhere", caller_ip="203.0.113.9, 192.0.2.1", name="asked through another"),
    of_caller("caller that reads", at_auth=VALID, gateway=403),  # nginx asks with HEAD
    of_caller("caller that posts", VALID, at_auth=BAD_TOKEN),
    of_caller("caller that may only verify", VALID),
    of_caller("weak caller", NO_SCOPE, token=STRANGER, name="a weak caller learns nothing"),
    of_caller("disabled caller", scopes=("A",), name="a bad caller's question is not read"),
    of_caller("weak caller", NO_SCOPE, scopes=("A",), name="nor a weak caller's"),
]


def carried(name, how, said=VALID, **more):
    return Row(name=f"credential {name}", carried=how, said=said, **more)


CARRIED = [
    carried("as bearer", bearer("Bearer ")),
    carried("as BEARER", bearer("BEARER ")),
    carried("as bEaReR", bearer("bEaReR ")),
    carried("as bearer with blanks", bearer("Bearer    ")),
    carried("as bearer without a blank", bearer("Bearer"), NO_CREDENTIAL),
    carried("as bare Authorization", bearer(""), NO_CREDENTIAL),
    carried("as basic", bearer("Basic "), NO_CREDENTIAL),
    carried("as token", bearer("Token "), NO_CREDENTIAL),
    carried("in X-USER-TOKEN", in_headers("X-USER-TOKEN")),
    carried("in x-api-token", in_headers("x-api-token")),
    carried("in X-API-KEY", in_headers("X-API-KEY"), NO_CREDENTIAL),
    carried("in a cookie", in_headers("Cookie X-API-TOKEN="), NO_CREDENTIAL),
    carried("with secret-token:", in_headers("X-API-TOKEN secret-token:")),
    carried("as bearer with secret-token:", bearer("Bearer secret-token:")),
    carried("with secret-token: twice", in_headers("X-API-TOKEN secret-token:secret-token:"),
            BAD_TOKEN, at_auth=NOT_FOUND),
    carried("with Bearer in X-API-TOKEN", in_headers("X-API-TOKEN Bearer\x20"), BAD_TOKEN,
            at_auth=NOT_FOUND),
    carried("in two headers, the same", in_headers("X-API-TOKEN", "X-USER-TOKEN")),
    carried("in three headers, the same",
            in_headers("X-API-TOKEN", "X-USER-TOKEN", "Authorization Bearer\x20")),
    carried("in two headers, once with secret-token:",
            in_headers("X-API-TOKEN", "Authorization Bearer secret-token:")),
    carried("in one header twice, the same", in_headers("X-API-TOKEN", "X-API-TOKEN"),
            invalid("x-api-token", TWO)),
    carried("in one header twice, in two cases", in_headers("X-API-TOKEN", "x-api-token"),
            invalid("x-api-token", TWO)),
    carried("twice as bearer", in_headers("Authorization Bearer\x20", "Authorization Bearer\x20"),
            invalid("authorization", TWO), gateway=400),  # by nginx itself
    carried("twice in X-USER-TOKEN", in_headers("X-USER-TOKEN", "X-USER-TOKEN"),
            invalid("x-user-token", TWO)),
    carried("joined by a comma", joined("X-API-TOKEN"), invalid("x-api-token", TWO)),
    carried("with a comma after it", lambda value: [("X-API-TOKEN", value + ",")],
            invalid("x-api-token", TWO)),
    carried("and a stranger's", beside("X-USER-TOKEN", STRANGER), invalid("x-api-token", TWO)),
    carried("and a stranger's as bearer", beside("Authorization", f"Bearer {STRANGER}"),
            invalid("x-api-token", TWO)),
    carried("and an empty one of the same name", beside("X-API-TOKEN", ""),
            invalid("x-api-token", TWO)),
    carried("and an empty one of another name", beside("X-USER-TOKEN", "")),
    carried("and a basic one", beside("Authorization", "Basic dTpw")),
    carried("empty", lambda value: [("X-API-TOKEN", "")], NO_CREDENTIAL),
    carried("only blanks", lambda value: [("X-API-TOKEN", "  ")], NO_CREDENTIAL),
    carried("an empty bearer", lambda value: [("Authorization", "Bearer ")], NO_CREDENTIAL),
    carried("none", lambda value: [], NO_CREDENTIAL),
]  # fmt: skip

ROWS = [*STATES, *FAMILIES, *SPELT, *CALLERS, *CARRIED, *ON_USES]
