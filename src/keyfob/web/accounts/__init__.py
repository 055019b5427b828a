"""The pages behind Settings, Tools, Manage accounts: for admins of the main account."""

from starlette.routing import BaseRoute

from keyfob.accounts import Operation
from keyfob.web.accounts import listing, metrics, removing, subs
from keyfob.web.accounts.listing import HERE
from keyfob.web.routing import Handler, Page

__all__ = ["routes"]

_NEW = HERE + "/new"
_EDIT = HERE + "/{id:number}/edit"
_DELETE = HERE + "/{id:number}/delete"
_NEW_METRICS = HERE + "/metrics/new"
_EDIT_METRICS = HERE + "/metrics/{id:number}/edit"
_DELETE_METRICS = HERE + "/metrics/{id:number}/delete"


def _post(path: str, handler: Handler, rule: Operation) -> Page:
    return Page(path, handler, rule=rule, method="POST", drawn_on=HERE)


routes: list[BaseRoute] = [
    Page(HERE, listing.show, rule=Operation.UPDATE_ACCOUNT),
    Page(_NEW, subs.ask_for_new, rule=Operation.CREATE_ACCOUNT),
    _post(_NEW, subs.create, Operation.CREATE_ACCOUNT),
    Page(_EDIT, subs.ask_to_edit, rule=Operation.UPDATE_ACCOUNT),
    _post(_EDIT, subs.edit, Operation.UPDATE_ACCOUNT),
    Page(_DELETE, removing.ask, rule=Operation.DELETE_ACCOUNT),
    _post(_DELETE, removing.remove, Operation.DELETE_ACCOUNT),
    Page(_NEW_METRICS, metrics.ask_for_new, rule=Operation.CREATE_METRICS_ACCOUNT),
    _post(_NEW_METRICS, metrics.create, Operation.CREATE_METRICS_ACCOUNT),
    Page(_EDIT_METRICS, metrics.ask_to_edit, rule=Operation.UPDATE_METRICS_ACCOUNT),
    _post(_EDIT_METRICS, metrics.edit, Operation.UPDATE_METRICS_ACCOUNT),
    Page(_DELETE_METRICS, removing.ask_metrics, rule=Operation.DELETE_METRICS_ACCOUNT),
    _post(_DELETE_METRICS, removing.remove_metrics, Operation.DELETE_METRICS_ACCOUNT),
]
