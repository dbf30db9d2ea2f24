"""Annotations in the admin: one module a topic."""

from django.contrib import admin
from procrastinate.contrib.django.models import ProcrastinateJob

from annotations.admin import articles, claims, mentions, projects, quotes, sets, speakers

# The queue's own page knows no projects, and writes HTML by itself; of imports the API tells.
admin.site.unregister(ProcrastinateJob)

__all__ = ["articles", "claims", "mentions", "projects", "quotes", "sets", "speakers"]
