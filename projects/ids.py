"""Ids are UUIDv7, made in Python before the insert: sortable by time, and ascending within a process."""

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A new id, greater than every id this process made before."""
    return UUID(int=uuid_utils.uuid7().int)
