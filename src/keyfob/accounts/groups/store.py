"""Groups in and out, in the order that was sent. No rules here."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from keyfob.accounts.groups.model import Group
from keyfob.accounts.model import AccountId, Role
from keyfob.db import Connection, Transaction, account_exists
from keyfob.db.schema import authentication_groups as table


async def of_account(conn: Connection, account_id: AccountId) -> list[Group]:
    query = select(table).where(table.c.account_id == account_id).order_by(table.c.position)
    return [Group(name=row.name, role=Role(row.role)) for row in await conn.execute(query)]


async def replace(tx: Transaction, account_id: AccountId, groups: Sequence[Group]) -> None:
    await tx.conn.execute(delete(table).where(table.c.account_id == account_id))
    rows = [
        {"account_id": account_id, "position": position, "name": group.name, "role": group.role}
        for position, group in enumerate(groups)
    ]
    if rows:
        with account_exists(account_id):
            await tx.conn.execute(insert(table), rows)
