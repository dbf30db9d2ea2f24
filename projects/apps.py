from typing import ClassVar

from django.apps import AppConfig

from backend.errors import Refusal


class ProjectsConfig(AppConfig):
    name = "projects"
    refusals: ClassVar = {
        "project_slug_unique": Refusal(409, "already-exists", "A project with this slug is there already."),
        "project_slug_form": Refusal(
            400, "invalid", "A slug is lower-case letters and digits, joined by single hyphens."
        ),
        "membership_unique": Refusal(409, "already-exists", "This user is a member already."),
        "event_append_only": Refusal(409, "append-only", "Events are never changed or deleted."),
    }
