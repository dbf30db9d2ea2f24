"""Projects in the admin, with what is in them and what happened last."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.start import overviews, with_counts
from projects.admin.accounts import ProjectAdmin
from projects.models import Project

LINES = 30  # of activity

admin.site.unregister(Project)


def project_panel(request: HttpRequest, row: Project) -> dict[str, Any]:
    """What the start page shows of it, with more of what happened."""
    (one,) = overviews(request, list(with_counts(request, Project.objects.filter(pk=row.pk))), LINES)
    facts = [
        ("Slug", row.slug),
        ("Who may read", "anybody, what is finished" if row.visibility == "public" else "its members"),
        ("Blind", "yes: annotators do not see each other’s work before theirs is closed" if row.blind else "no"),
        ("Guideline", row.guideline_version and f"version {row.guideline_version}"),
    ]
    return {
        "template": "annotations/admin/project.html",
        "one": one,
        "facts": [(name, value) for name, value in facts if value],
        "guideline": row.guideline,
        "members": f"{reverse('admin:projects_membership_changelist')}?project={row.pk}",
    }


@admin.register(Project)
class AnnotatedProjectAdmin(ProjectAdmin):
    """The rooms below have never heard of annotations; here they meet."""

    panels = (project_panel,)
