"""Rows of every kind in which no two are alike in what filters look at."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests import builders


class Shelf:
    """`rows[list][name]`; those named `foreign` are in another project."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.user, self.robot = builders.make_user("annotator"), builders.make_user("robot", service=True)
        world, other = builders.make_project("world"), builders.make_project("other")
        for project in (world, other):
            builders.make_member(project, self.user, "manager")
        self.rows["project"] = {"world": world, "other": other}
        self.articles(world, other)
        self.identities(world, other)
        self.annotations()
        self.elsewhere()
        self.on_claims(other)
        self.imports(world, other)

    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(**self.rows[name.replace("_", "-")])

    def articles(self, world: Any, other: Any) -> None:
        post = builders.make_publisher(world, "The Post", domain="post.example")
        self.rows["publisher"] = {
            "post": post,
            "herald": builders.make_publisher(world, "The Herald", domain="herald.example"),
            "foreign": builders.make_publisher(other, "The Courier", domain="courier.example"),
        }
        facts: dict[str, Any] = {
            "publisher": post.pk,
            "language": "en",
            "external_id": "a-1",
            "published_on": "2024-01-01",
        }
        self.rows["article"] = {
            "first": builders.make_article(world, **facts),
            "second": builders.make_article(
                world, "The rivers rose.", "Flooded Towns: flood", published_on="2024-01-02"
            ),
            "undated": builders.make_article(world),
            "foreign": builders.make_article(other, "We keep our word, said Ada Stern.", external_id="a-1"),
        }

    def identities(self, world: Any, other: Any) -> None:
        stern = builders.make_speaker(world, "Ada Stern", wikidata_qid="Q7")
        self.rows["speaker"] = {
            "stern": stern,
            "stern again": builders.make_speaker(world, "A. S.", merged_into=stern),
            "official": builders.make_speaker(world, "an official", article=self.article.first),
            "okafor": builders.make_speaker(world, "Ben Okafor", kind="group", aliases=["The PM"]),
            "foreign": builders.make_speaker(other, "Ada Stern"),
        }
        fall = builders.make_claim(world, "Taxes fall.", language="en", check_worthiness="check_worthy")
        self.rows["claim"] = {
            "fall": fall,
            "fall again": builders.make_claim(world, "The taxes fall.", merged_into=fall),
            "lie": builders.make_claim(world, "She lied.", types=["causal", "position"]),
            "foreign": builders.make_claim(other, "Taxes rise."),
        }

    def annotations(self) -> None:
        own = builders.make_set(self.article.first, self.user)
        closed = builders.make_set(self.article.second, self.user, status="closed", label="gold")
        machine = builders.make_set(self.article.first, self.robot, kind="machine")
        self.rows["annotation-set"] = {"annotator's": own, "closed": closed, "robot's": machine}
        speaker, claim = self.rows["speaker"], self.rows["claim"]
        facts: dict[str, Any] = {"review_status": "approved", "tags": ["key", "x"], "external_id": "m-1"}
        she = builders.make_mention(own, "she", kind="pronominal", speaker=speaker["stern again"])
        stern = builders.make_mention(own, "Ada Stern", speaker=speaker["stern"], **facts)
        self.rows["mention"] = {"she": she, "stern": stern, "okafor": builders.make_mention(own, "Ben Okafor")}
        word = builders.make_quote(own, "We keep our word", type="direct", tags=["promise"], external_id="q-1")
        builders.add_source(word, she)
        builders.add_source(word, speaker["okafor"], role="addressee")
        inner = builders.make_quote(own, "keep our word", parent=word, review_status="rejected")
        robots = builders.make_quote(machine, "The opposition denies it", sources=[speaker["okafor"]])
        self.rows["quote"] = {"word": word, "inner": inner, "robot's": robots}
        fall = builders.make_occurrence(
            own,
            "taxes would fall",
            claim=claim["fall"],
            claimants=[speaker["stern again"]],
            quote=word,
            tags=["x y"],
            external_id="o-1",
        )
        again = builders.make_occurrence(own, "promised the same", claim=claim["fall again"], claimants=[None])
        lie = builders.make_occurrence(
            own, "nobody believes her", claim=claim["lie"], stance="denies", review_status="approved"
        )
        self.rows["claim-occurrence"] = {"fall": fall, "fall again": again, "lie": lie}

    def elsewhere(self) -> None:
        held = builders.make_set(self.article.foreign, builders.make_user("elsewhere"))
        self.rows["annotation-set"]["foreign"] = held
        self.rows["mention"]["foreign"] = builders.make_mention(held, "Ada Stern")
        self.rows["quote"]["foreign"] = builders.make_quote(held, "We keep our word")
        self.rows["claim-occurrence"]["foreign"] = builders.make_occurrence(held, "keep")

    def on_claims(self, other: Any) -> None:
        claims, own = self.rows["claim"], self.rows["annotation-set"]["annotator's"]
        fall, again, lie = claims["fall"], claims["fall again"], claims["lie"]
        abroad = claims["foreign"]
        self.rows["claim-relation"] = {
            "entails": builders.make_relation(again, lie, "entails"),
            "related": builders.make_relation(lie, again, "related"),
            "foreign": builders.make_relation(abroad, builders.make_claim(other, "Else."), "entails"),
        }
        denial = self.rows["claim-occurrence"]["lie"]
        self.rows["evidence"] = {
            "span": builders.make_evidence(fall, own, "We keep our word", quote=self.rows["quote"]["word"]),
            "occurrence": builders.make_evidence(lie, own, occurrence=denial, stance="refutes"),
            "page": builders.make_evidence(again, url="https://a.example/"),
            "foreign": builders.make_evidence(abroad, url="https://a.example/"),
        }
        self.rows["claim-review"] = {
            "true": builders.make_review(again, "https://a.example/1"),
            "false": builders.make_review(lie, "https://a.example/2", "No", verdict="refuted"),
            "foreign": builders.make_review(abroad, "https://a.example/1"),
        }

    def imports(self, world: Any, other: Any) -> None:
        from annotations.models import ImportJob

        facts: dict[str, Any] = {"created_by": self.user, "format": "ndjson", "total": 1}
        self.rows["import"] = {
            name: ImportJob.objects.create(project=project, file=name, status=status, **facts)
            for name, project, status in (
                ("queued", world, "queued"),
                ("done", world, "succeeded"),
                ("foreign", other, "queued"),
            )
        }

    def filled(self, query: str) -> str:
        for name, rows in self.rows.items():
            for label, row in rows.items():
                query = query.replace(f"{{{name}:{label}}}", str(row.pk))
        assert "{" not in query, query
        return query
