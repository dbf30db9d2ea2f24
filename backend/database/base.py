"""Django's PostgreSQL backend, but for one thing: whether a kept connection still lives is seen, not asked."""

from __future__ import annotations

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Between requests nothing comes from the server but the end of the connection. Only then is it asked."""

    def is_usable(self) -> bool:
        idle = self.connection is not None and not self.errors_occurred and not self.connection.closed
        return (idle and not has_news(self.connection)) or bool(super().is_usable())


def has_news(connection: Any) -> bool:
    """Whether there is something to read: a notice, or that the server has hung up."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return bool(waiting.poll(0))
