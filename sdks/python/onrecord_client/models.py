"""The shapes of what is sent and answered, as classes. Those that are sent end in `Request`."""

from onrecord_client.generated.models import *  # noqa: F403  its `__all__` is what counts
