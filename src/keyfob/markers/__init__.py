"""Moments worth marking in an account's life: a deployment, an incident."""

from keyfob.markers.actions import create
from keyfob.markers.model import MOST, Draft, Marker, Tag
from keyfob.markers.show import latest

__all__ = ["MOST", "Draft", "Marker", "Tag", "create", "latest"]
