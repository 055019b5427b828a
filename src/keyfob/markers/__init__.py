"""Moments worth marking in an account's life: a deployment, an incident."""

from keyfob.markers.actions import create
from keyfob.markers.model import MOST, Draft, Marker, Tag

__all__ = ["MOST", "Draft", "Marker", "Tag", "create"]
