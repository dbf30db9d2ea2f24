from typing import ClassVar

from django.apps import AppConfig

from backend.errors import Refusal
from projects.integrity import INVARIANTS, RECORDED

# A retry of what these answered is then a new call.
ANSWERS_WITH_NAMES = """
    DELETE FROM projects_keptanswer
    WHERE user_id = %(user)s OR position(convert_to(%(name)s, 'UTF8') IN body) > 0
"""


class ProjectsConfig(AppConfig):
    name = "projects"
    invariants: ClassVar = INVARIANTS
    recorded: ClassVar = RECORDED
    erasures: ClassVar = {"kept answers": ANSWERS_WITH_NAMES}
    refusals: ClassVar = {
        **dict.fromkeys(
            ("project_visibility_known", "membership_role_known", "token_scopes_known"),
            Refusal(400, "invalid", "A value is not one of those that are declared."),
        ),
        "token_digest_unique": Refusal(409, "already-exists", "This token is there already."),
        "project_slug_unique": Refusal(409, "already-exists", "A project with this slug is there already.", "/slug"),
        "project_slug_form": Refusal(
            400, "invalid", "A slug is lower-case letters and digits, joined by single hyphens.", "/slug"
        ),
        "membership_unique": Refusal(409, "already-exists", "This user is a member already.", "/user"),
        "event_append_only": Refusal(409, "append-only", "Events are never changed or deleted."),
    }
