"""The pages behind Settings, Tools, Manage users: the people of an account, and its groups."""

from starlette.routing import BaseRoute

from keyfob.web.users import groups, members

__all__ = ["routes"]

routes: list[BaseRoute] = [*members.routes, *groups.routes]
