"""What is neither API nor admin: the start page, the API's description and its browser, and the two health checks."""

from __future__ import annotations

import sys
from functools import cache

import orjson
import yaml
from csp.decorators import csp_update
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import server_error
from rest_framework.request import Request
from rest_framework.views import APIView

from backend.errors import as_problem
from backend.fields import Choice
from backend.openapi.schema import examples
from backend.postgres import CHECKOUT
from backend.queries import Query


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The page with the links."""
    base = request.build_absolute_uri("/").rstrip("/")
    return render(request, "start.html", {"base": base, "seed": examples()["path parameters"]["articles"]})


@require_safe
@csp_update({"img-src": ["data:"]})  # the small icons in Swagger UI's style sheet
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from our own static files."""
    return render(request, "docs.html")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return JsonResponse({"status": "alive"})


def broken(request: HttpRequest) -> HttpResponse:
    """What a page answers where something has broken: 503 if the database is busy or away, as in the API; else 500."""
    cause = sys.exc_info()[1]
    problem = as_problem(cause) if isinstance(cause, Exception) else None
    if problem is None or problem.status != 503:
        return server_error(request)
    words = {"title": "Not now", "words": problem.faults[0].detail}
    answer = render(request, "error.html", words, status=503)
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer


# What the database server must say of itself, or what it has confirmed may be gone after a crash.
DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, keeps what it confirms, and has every migration; else 503 and the reason."""
    try:
        reason = unready()
    except (DatabaseError, InterfaceError):
        reason = "The database does not answer."
    if reason:
        return JsonResponse({"status": "unready", "reason": reason}, status=503)
    return JsonResponse({"status": "ready"})


def unready() -> str | None:
    """Why the database is not fit to be written to, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [list(DURABLE)])
        found = dict(cursor.fetchall())
    for name, good in DURABLE.items():
        if found.get(name) not in good:
            return f"The database may lose confirmed writes: {name} is {found.get(name)}."
    missing = migrations() - MigrationRecorder(connection).applied_migrations().keys()
    return f"Missing: {len(missing)} migrations." if missing else None


@cache
def migrations() -> frozenset[tuple[str, str]]:
    """What has to be applied: the last migration of each app."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


class SchemaQuery(Query):
    format = Choice(["yaml", "json"], required=False)


class SchemaView(APIView):
    """The committed contract, as YAML; as JSON with `?format=json`, where `Accept` prefers it, or at `schema.json`."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None
    json = False

    def get(self, request: Request) -> HttpResponse:
        query = SchemaQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data.get("format")
        json = self.json or (asked == "json" if asked else request._request.get_preferred_type(TYPES) == TYPES[1])
        return HttpResponse(contract(json), content_type=TYPES[json], headers={"Vary": "Accept"})


TYPES = ["application/yaml", "application/json"]


@cache
def contract(json: bool) -> bytes:
    """backend/openapi.yaml, read once."""
    text = (CHECKOUT / "backend" / "openapi.yaml").read_bytes()
    return orjson.dumps(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))) if json else text
