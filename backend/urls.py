"""Addresses: the API, its documentation, the admin, health, and the page that links them."""

from django.contrib import admin
from django.urls import include, path

from annotations.admin.start import start
from backend import views
from projects.login import login

handler500 = "backend.views.broken"
urlpatterns = [  # tried in this order
    path("api/v1/", include("backend.api")),
    path("", views.start, name="start"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/login/", login),
    path("admin/", admin.site.admin_view(start)),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", views.SchemaView.as_view(), name="schema"),
    path("api/v1/schema.json", views.SchemaView.as_view(json=True), name="schema-json"),
    path("api/v1/docs/", views.docs, name="docs"),
]
