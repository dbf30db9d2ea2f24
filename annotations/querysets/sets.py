"""Which annotation sets a caller sees; all that lives in a set is seen with it."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, TextField, Value, When

from backend.sql import JSON, JSONList
from backend.statements import among
from projects.querysets import RecordQuerySet
from projects.roles import Caller


class InSetQuerySet(RecordQuerySet):
    """Rows that belong to an annotation set; `set_path` leads from the row to it."""

    set_path = "set__"

    def at_set(self, **lookups: Any) -> Q:
        return Q(**{self.set_path + lookup: value for lookup, value in lookups.items()})

    def visible_to(self, caller: Caller) -> Self:
        """Curators see all sets; others their own and those no longer open; the public finished adjudicated ones.

        In a blind project an annotator sees another's set only once their own on the article is closed.
        """
        return self if caller.everywhere else self.filter(self.seen(caller))

    def seen(self, caller: Caller) -> Q:
        """What makes a row visible to a caller who does not see everything."""
        own, done = self.at_set(annotator_user=caller.user), ~self.at_set(status="open")
        seen: Any = Q(pk__in=[])
        if caller.curated:
            seen |= among("project", caller.curated)
        if caller.shared:
            seen |= among("project", caller.shared) & (own | done)
        if caller.blinded:
            seen |= among("project", caller.blinded) & (own | done & Exists(self.own_closed(caller)))
        if caller.public_too:
            seen |= self.public() & ~among("project", caller.blinded) & done & self.at_set(kind="adjudicated")
        return seen  # type: ignore[no-any-return]

    def by_annotator(self, name: str, caller: Caller, *, few: bool = False) -> Self:
        """Rows of an annotator's sets. Outsiders do not learn from it who the human annotators are.

        `few`: there are few of these, so that they are found first, and then the rows by them.
        """
        if few:
            from annotations.models import AnnotationSet

            sets = AnnotationSet.objects.by_annotator(name, caller).values("pk")
            return self.filter(set__one_of=ArraySubquery(sets))
        found = self.filter(self.at_set(annotator_name=name))
        if caller.everywhere:
            return found
        return found.filter(self.among(caller) | ~self.at_set(annotator_kind="human"))

    @staticmethod
    def own_closed(caller: Caller) -> Any:
        from annotations.models import AnnotationSet

        return AnnotationSet.objects.filter(annotator_user=caller.user, status="closed", article=OuterRef("article"))

    def references(self) -> dict[str, Any]:
        return {"project": F("project_id"), "article": F("article_id"), "set": F("set_id")}


class AnnotationSetQuerySet(InSetQuerySet):
    set_path = ""
    opening = frozenset({"status"})

    def reload_at(self, action: str) -> Any:
        """A set that goes, and one that comes closed: on its article its owner may see less, or more, of others."""
        return Value(True) if action == "deleted" else Case(When(status="open", then=Value(False)), default=Value(True))

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        parents = self.model._meta.apps.get_model("annotations", "SetParent").objects.filter(set=OuterRef("pk"))
        if caller is not None and not caller.everywhere:
            parents = parents.filter(parent__in=self.model.objects.visible_to(caller).values("pk"))
        return self.stamps(caller) | {
            "project": "project_id",
            "article": "article_id",
            "revision": "revision__number",
            "kind": "kind",
            "annotator": JSON(self.annotator(caller)),
            "label": "label",
            "status": "status",
            "parents": JSONList(parents.order_by("position"), "parent_id"),
        }

    def annotator(self, caller: Caller | None) -> dict[str, Any]:
        """Who annotated. The name of a human is nobody's business outside the project, nor an event's."""
        name: Any = "annotator_name"
        user: Any = "annotator_user_id"
        if caller is None:
            name = Case(
                When(annotator_user__isnull=True, then=F("annotator_name")), default=Value(""), output_field=TextField()
            )
        else:
            user = self.name_of("annotator_user", caller)
            if not caller.everywhere:
                shown = self.among(caller) | ~Q(annotator_kind="human")
                name = Case(When(shown, then=F("annotator_name")), output_field=TextField())
        return {"kind": "annotator_kind", "name": name, "version": "annotator_version", "user": user}

    def references(self) -> dict[str, Any]:
        return {"project": F("project_id"), "article": F("article_id"), "set": F("id")}
