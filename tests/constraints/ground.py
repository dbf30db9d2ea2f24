"""Where the database's rules are tried: a few places with a row of each kind, and ways to ask whether a rule holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from articles.actions import revise_article
from tests import builders
from tests.databases import execute, may_truncate

TITLE = "On taxes"
BODY = "Ada Stern said taxes would fall. Ben Okafor denied it."


@contextmanager
def breaks(rule: str) -> Iterator[None]:
    """Fails unless the database refuses what happens inside, by the rule of this name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():  # noqa: PT012 (the body is the caller's)
        yield
        connection.check_constraints()  # rules that wait for the commit speak now
    assert broken_rule(caught.value) == rule


def broken_rule(error: BaseException | None) -> str | None:
    cause: Any = error.__cause__ if error else None
    name: str | None = cause.diag.constraint_name if cause else None
    return name


def change(row: Any, **columns: Any) -> None:
    """One UPDATE, past everything but the database."""
    type(row)._base_manager.filter(pk=row.pk).update(**columns)


def remove(row: Any) -> None:
    """One DELETE, past everything but the database."""
    type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")


def empty(*tables: str) -> None:
    """One TRUNCATE, past everything but the database; and for once not past what refuses it there."""
    connection.check_constraints()  # while a rule waits, its tables are not emptied either
    may_truncate(False)
    execute(f"TRUNCATE {', '.join(tables)} CASCADE")


class Place:
    """An annotation set with a row of each kind in it, all linked, and the identities they link to."""

    def __init__(self, project: Any, article: Any, user: Any, label: str = "") -> None:
        self.project, self.article, self.user = project, article, user
        self.revision = article.head
        self.set = builders.make_set(article, user, label=label)
        self.speaker = builders.make_speaker(project)
        self.unnamed = builders.make_speaker(project, "an official", article=article)
        self.claim = builders.make_claim(project)
        self.mention = builders.make_mention(self.set, "Ada Stern", speaker=self.speaker)
        self.quote = builders.make_quote(self.set, "taxes would fall", cue="said", sources=[self.mention])
        self.source = self.quote.sources.get()
        self.occurrence = builders.make_occurrence(
            self.set, "taxes would fall", object="taxes", claim=self.claim, quote=self.quote, claimants=[self.speaker]
        )
        self.claimant = self.occurrence.claimants.get()
        self.evidence = builders.make_evidence(self.claim, self.set, "denied it", quote=self.quote)


class Ground:
    """`here`; `twin`: another set on the same text; `elsewhere`: another article; `abroad`: another project."""

    def __init__(self) -> None:
        self.user = builders.make_user("annotator")
        self.project = builders.make_project("home")
        self.article = make_article(self.project)
        abroad = builders.make_project("abroad")
        self.here = Place(self.project, self.article, self.user)
        self.twin = Place(self.project, self.article, self.user, label="twin")
        self.elsewhere = Place(self.project, make_article(self.project), self.user)
        self.abroad = Place(abroad, make_article(abroad), self.user)

    def revise(self, body: str = BODY + " So it goes.", title: str = TITLE) -> Any:
        self.article.refresh_from_db()
        base = self.article.head.number
        with transaction.atomic():
            revision = revise_article(caller=None, article=self.article, title=title, body=body, base=base)
        self.article.refresh_from_db()
        return revision


def make_article(project: Any, **facts: Any) -> Any:
    return builders.make_article(project, BODY, TITLE, **facts)
