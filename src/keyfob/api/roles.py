"""Roles as the clients of the account API write them: words, numbers, alone or in a list."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from pydantic import WithJsonSchema

from keyfob.accounts import Role
from keyfob.errors import Invalid

# Contract 5: 2 and 3 are what the TypeScript client sends; read-only has no number anybody knows.
NUMBERS: Final[Mapping[Role, int]] = {Role.REGULAR: 2, Role.ADMIN: 3}
WORDS: Final[Mapping[object, Role]] = {
    **{role.value: role for role in Role},
    "USER_ROLE_ADMIN": Role.ADMIN,  # as the public examples of groups call it
    **{number: role for role, number in NUMBERS.items()},
    **{str(number): role for role, number in NUMBERS.items()},
}

AnyRole = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": [role.value for role in Role]},
                {"type": "integer", "enum": [2, 3]},
                {"type": "array", "items": {}, "maxItems": 1},
                {"type": "null"},
            ]
        }
    ),
]


def parse(role: object, roles: object) -> Role | None:
    """`role` wins; None when neither was given. Raise Invalid for what is no role."""
    for field, value in (("role", role), ("roles", roles)):
        if value is not None and value != []:
            return one(value, field=field)
    return None


def one(value: object, *, field: str) -> Role:
    if isinstance(value, list):
        values = cast("list[object]", value)
        if len(values) != 1:
            raise Invalid("must be one role", field=field)
        (value,) = values
    found = WORDS.get(value) if type(value) in {str, int} else None
    if found is None:
        names = ", ".join(role.value for role in Role)
        raise Invalid(f"must be one of {names}, or 2 or 3", field=field)
    return found


def numbers(role: Role) -> list[int]:
    return [NUMBERS[role]] if role in NUMBERS else []
