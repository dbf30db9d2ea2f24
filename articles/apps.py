from typing import ClassVar

from django.apps import AppConfig

from articles.integrity import INVARIANTS, RECORDED
from backend.errors import Refusal

NO_PUBLISHER = Refusal(422, "no-such-object", "The project has no publisher with this id.")


class ArticlesConfig(AppConfig):
    name = "articles"
    invariants: ClassVar = INVARIANTS
    recorded: ClassVar = RECORDED
    refusals: ClassVar = {
        **dict.fromkeys(
            ("publisher_qid_form", "article_precision_known", "revision_number_positive"),
            Refusal(400, "invalid", "A value is not of the declared form."),
        ),
        **dict.fromkeys(
            (
                "publisher_project_fk",
                "article_project_fk",
                "article_head_fk",
                "revision_article_fk",
                "capture_article_fk",
            ),
            Refusal(422, "no-such-object", "There is no such project, article or revision here."),
        ),
        **dict.fromkeys(
            ("publisher_in_project", "article_in_project", "revision_in_article"),
            Refusal(409, "already-exists", "There is an object with this id already."),
        ),
        "article_external_id_unique": Refusal(
            409, "already-exists", "An article with this external_id is in the project already.", "/external_id"
        ),
        "article_publisher_fk": NO_PUBLISHER.at("/publisher"),
        "article_republisher_fk": NO_PUBLISHER.at("/republisher"),
        "revision_number_unique": Refusal(
            409,
            "revision-conflict",
            "Another revision was added meanwhile; read the head and repeat.",
            "/base_revision",
        ),
        "revision_immutable": Refusal(
            422, "text-is-immutable", "The text of a revision is never changed: add a revision to the article."
        ),
        "revision_text_clean": Refusal(
            422,
            "text-not-normalised",
            "A stored text has no leading BOM and no CR, and its lengths and hash are its own.",
        ),
        "article_metadata_object": Refusal(400, "invalid", "metadata is a JSON object.", "/metadata"),
    }
