"""Who, when and where of a change: what every write takes."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from keyfob.actors import Actor

Connection = AsyncConnection


@dataclass(frozen=True, slots=True)
class Transaction:
    """`changed` are the subjects, like `token:h7QmZ2rT9xLc04Vb`, of which others keep copies."""

    conn: Connection
    actor: Actor
    now: datetime
    changed: set[str] = field(default_factory=set[str])
