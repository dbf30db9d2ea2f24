"""The demo project and its seed article, loaded by the same road as a user's import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotations.actions.documents import store_documents
from annotations.serializers.documents import AnnotationDocumentInSerializer
from articles.models import Article
from projects.actions.projects import create_project
from projects.actions.rows import Stamps, count_on
from projects.models import Project, User
from projects.roles import SCOPES, Caller, Role

DATA = Path(__file__).parent / "data"
DEMO = UUID("0120d56b-e800-7000-8000-000000000001")
LOCK = 0x6F6E7265  # one loader at a time


def system_user() -> User:
    """`seed`: the author of the seeds. It has no password and no token."""
    user, new = User.objects.get_or_create(username="seed", defaults={"is_active": True})
    if new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def load_seeds() -> Project:
    """Makes the demo project and loads the seed articles that are not there. Twice changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        caller = Caller(system_user(), scopes=frozenset(SCOPES))
        project = Project.objects.filter(pk=DEMO).first() or create_project(
            caller=caller, data=DEMO_FACTS, back=demo_stamps(caller)
        )
        caller = caller.joined(project.pk, Role.MANAGER)
        documents = [json.loads(path.read_text()) for path in sorted(DATA.glob("*.json"))]
        there = set(Article.objects.filter(project=project.pk).values_list("external_id", flat=True))
        missing = [document for document in documents if document["article"]["external_id"] not in there]
        if missing:
            store_documents(caller=caller, project=project.pk, documents=validated(missing), keep_ids=True)
    return project


def demo_stamps(caller: Caller) -> Stamps:
    """A demo project that was deleted comes back as the version after its tombstone."""
    row = Project(id=DEMO)
    count_on([row], caller)
    return {"id": DEMO, "version": row.version, "created_by_id": row.created_by_id}


DEMO_FACTS: dict[str, Any] = {
    "slug": "demo",
    "name": "Demo",
    "description": (
        "Two articles with their annotations: who said what on North Korea's nuclear talks, and on a lighthouse that "
        "never was, in three languages."
    ),
    "visibility": "public",
    "guideline": (
        "Span boundaries after the PolNeAR guidelines: the verb group is kept together, *that* and *to* belong to the "
        "content, the sentence-final period does not, source modifiers belong to the source. Unlike PolNeAR, nested "
        "attributions are annotated."
    ),
    "guideline_version": "1",
}


def validated(documents: list[Any]) -> Any:
    serializer = AnnotationDocumentInSerializer(data=documents, many=True)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
