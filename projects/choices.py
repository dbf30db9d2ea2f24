"""The closed vocabularies of projects."""

from django.db.models import TextChoices


class Visibility(TextChoices):
    PRIVATE = "private"
    PUBLIC = "public"


class RoleName(TextChoices):
    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    CURATOR = "curator"
    MANAGER = "manager"


class EventAction(TextChoices):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
