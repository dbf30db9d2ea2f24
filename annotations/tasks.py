"""Where the queue looks for tasks: in each app's module `tasks`."""

from annotations.importing.queue import rescue, task

__all__ = ["rescue", "task"]
