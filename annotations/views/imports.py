"""Imports over HTTP: a file is taken in and becomes a job, which its makers and the project's managers follow."""

from __future__ import annotations

from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions import imports as actions
from annotations.filters.documents import ImportQuery
from annotations.models import ImportJob
from annotations.serializers.jobs import ImportSerializer, NewImportSerializer
from articles.views import ProjectOwning, without_project
from backend.parsing import MultipartParser, StrictJSONParser
from projects.roles import Role
from projects.serializers import NothingSerializer


class ImportViewSet(ProjectOwning):
    """Imports of files. A project's managers see all of them, and whoever made one sees that one."""

    model = ImportJob
    serializer_class = ImportSerializer
    list_query = ImportQuery
    http_method_names = ["get", "post", "head", "options"]
    parser_classes = [MultipartParser]
    members_only = True
    makers = Role.MANAGER
    bulk = frozenset({"create"})
    queued = True

    def get_serializer_class(self) -> Any:
        return NewImportSerializer if self.action == "create" else super().get_serializer_class()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take in a file: 202 with the job, which a worker then runs. Managers.

        It is stored in batches, and goes on where it was after a crash. What is wrong with an item is in `report`, with
        file and line; the rest goes in. All of the file is one scope of ids. `on_conflict` says what becomes of a
        document whose article is there: `fail` refuses that document, the others are as in `writeProjectDocuments`.
        """
        self.query()
        data = self.validated()

        def change() -> Response:
            project = self.project_of(data)
            job = actions.create_import(caller=self.caller, project=project, upload=upload, data=without_project(data))
            return self.answer(job.pk, 202)

        with data.pop("file") as file:
            self.project_of(data)  # asked before the file is kept
            upload = actions.take_in(caller=self.caller, file=file)
            try:
                return self.write(change)
            finally:
                actions.discard(upload)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer, parser_classes=[StrictJSONParser])
    def cancel(self, request: Request, pk: str) -> Response:
        """End the import. What its batches have stored stays, each of them whole. Whoever made it, and managers; needs
        If-Match. 409 `import-ended` where it has ended."""
        self.query()
        self.validated()

        def change() -> Response:
            job = self.locked(pk)
            actions.cancel_import(caller=self.caller, job=job)
            return self.answer(job.pk)

        return self.write(change)

    def allow(self, row: ImportJob) -> None:
        """The action asks: it knows whose job it is."""
