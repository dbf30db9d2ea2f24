"""Ids are UUIDv7, made in Python before the insert: sortable by time, and ascending within a process."""

from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """A new id, greater than every id this process made before."""
    return compat.uuid7()
