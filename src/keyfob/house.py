"""Open an installation: its database, brought to this program's schema, and its keys."""

from keyfob import audit
from keyfob.actors import OPERATOR
from keyfob.config import Config
from keyfob.db import Clock, Database, upgrade, utc_now
from keyfob.keys import Instance, open_instance


async def open_house(config: Config, *, clock: Clock = utc_now) -> tuple[Database, Instance]:
    """
    Open the database, bring it to this program's schema, and open the installation's keys.

    Raise Misconfigured, with what to do about it, when any of these cannot be.
    """
    db = Database.open(config, clock=clock)
    try:
        await upgrade(db)
        async with db.transaction(OPERATOR) as tx:
            instance, event = await open_instance(
                tx,
                root_key_file=config.root_key,
                token_brand=config.token_brand,
                reveal=config.reveal,
            )
            if event is not None:
                await audit.record(
                    tx,
                    event,
                    f"instance:{instance.id}",
                    account_id=0,
                    changes={"token_brand": (None, instance.token_brand)},
                )
    except BaseException:
        await db.close()
        raise
    return db, instance
