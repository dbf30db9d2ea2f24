"""The admin: every model is listed, and a member of staff sees and may do there what the API would grant them."""

from projects.admin import accounts
from projects.admin.base import ReadOnlyAdmin, api, caller_of

__all__ = ["ReadOnlyAdmin", "accounts", "api", "caller_of"]
