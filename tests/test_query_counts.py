"""What a request costs in statements: a list the same for 1 row and for 20, documents and bulk calls at any size."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.api import router
from tests import builders

WORDS = [f"word{n:02}" for n in range(60)]
BODY = " ".join(f"“{word} is what she said”" for word in WORDS)
REQUESTS = {
    basename: "/api/v1/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", prefix) + "/"
    for prefix, viewset, basename in router.registry
    if hasattr(viewset, "list")
}
HIDDEN_FROM_THE_PUBLIC = {"member", "token", "import"}


class Scene:
    """A public project that grows: each step adds one of everything, with what hangs on it."""

    def __init__(self, client):
        self.project = builders.make_project("public", visibility="public")
        self.user = builders.make_user("manager")
        builders.make_member(self.project, self.user, "manager")
        annotator = builders.make_user("annotator")
        builders.make_member(self.project, annotator, "annotator")
        self.clients = {"manager": client(self.user), "annotator": client(annotator), "anonymous": client()}
        self.article = builders.make_article(self.project, body=BODY)
        self.set = builders.make_set(self.article, self.user, kind="adjudicated", status="closed", label="gold")
        self.size, self.parent, self.claim = 0, None, None
        builders.make_set(self.article, annotator, status="closed", label="done")

    def grow(self, size):
        while self.size < size:
            self.add_facts(self.size)
            self.add_annotations(self.size)
            self.size += 1

    def add_facts(self, n):
        from annotations.models import ImportJob
        from annotations.models.sets import SetParent
        from articles.actions import revise_article
        from articles.models import Article

        publisher = builders.make_publisher(self.project, f"Paper {n}")
        builders.make_article(
            self.project, body=f"{n}", title=f"{n}", publisher=publisher.pk, published_on=date(2020, 1, 1)
        )
        head = Article.objects.get(pk=self.article.pk)
        revise_article(caller=None, article=head, title=f"t{n}", body=f"{BODY}{n}", base=n + 1)
        derived = builders.make_set(self.article, self.user, kind="adjudicated", status="closed", label=f"{n}")
        SetParent.objects.create(set=derived, article=self.article, parent=self.set, position=0)
        builders.make_member(self.project, builders.make_user(f"member-{n}"), "viewer")
        builders.make_token(self.user, projects=[self.project.pk])
        ImportJob.objects.create(project=self.project, created_by=self.user, file=f"{n}", format="ndjson", total=1)
        builders.make_member(builders.make_project(f"another-{n}", visibility="public"), self.user, "manager")
        previous, self.claim = self.claim, builders.make_claim(self.project, f"Claim {n}.", merged_into=self.claim)
        other = builders.make_claim(self.project, f"Counter-claim {n}.")
        builders.make_relation(self.claim, other, "contradicts")
        builders.make_review(self.claim, f"https://x.example/{n}")
        assert previous != self.claim

    def add_annotations(self, n):
        party = builders.make_speaker(self.project, f"Party {n}", kind="organisation")
        speaker = builders.make_speaker(self.project, f"Speaker {n}", affiliation=party, aliases=["a", "b"])
        mention = builders.make_mention(self.set, WORDS[n], speaker=speaker)
        parent = self.parent if n % 6 else None
        self.parent = builders.make_quote(
            self.set, [WORDS[n], WORDS[n + 1]], cue="she said", parent=parent, sources=[mention, party], tags=["x"]
        )
        builders.add_source(
            self.parent, builders.make_mention(self.set, f"“{WORDS[n]}"), role="addressee", affiliation=party
        )
        occurrence = builders.make_occurrence(
            self.set, WORDS[n], object="what", claim=self.claim, quote=self.parent, claimants=[speaker, None]
        )
        builders.make_evidence(self.claim, self.set, WORDS[n], quote=self.parent)
        builders.make_evidence(self.claim, self.set, occurrence=occurrence)
        builders.make_evidence(self.claim, url=f"https://x.example/{n}")

    def statements(self, who, path, method="get", body=None, **headers):
        """How many statements a request takes, once the token's use has been noted; and its answer."""
        api = self.clients[who]
        api.get("/api/v1/projects/")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = api.request(method, path, body, **headers)
        assert response.status_code in (200, 201), response.content
        queries = [query["sql"] for query in captured.captured_queries]
        return len([sql for sql in queries if not re.match(r"(RELEASE )?SAVEPOINT", sql)]), response.json()


@pytest.fixture
def scene(client):
    return Scene(client)


IN_UTF16 = ("quote", "mention", "claim-occurrence", "evidence")


def list_costs(scene, size):
    """(who, list) -> statements, once the project has grown to a size."""
    scene.grow(size)
    found = {}
    for basename, template in REQUESTS.items():
        path = template.format(project=scene.project.pk, article=scene.article.pk)
        for who in scene.clients:
            if who != "anonymous" or basename not in HIDDEN_FROM_THE_PUBLIC:
                found[who, basename], answer = scene.statements(who, path)
                none_of_their_own = who == "annotator" and basename in ("token", "import")
                assert none_of_their_own or len(answer["results"]) >= size, (who, path)
                assert (who, basename) != ("annotator", "import") or not answer["results"], "others' imports"
        if basename in IN_UTF16:
            found["manager", f"{basename} in utf16"], _ = scene.statements("manager", f"{path}?offset_unit=utf16")
    return found


def test_every_list_costs_the_same_for_one_row_and_for_twenty(scene):
    one, twenty = list_costs(scene, 1), list_costs(scene, 20)
    told = {asked: (one[asked], twenty[asked]) for asked in one}
    assert {asked: costs for asked, costs in told.items() if costs[0] != costs[1]} == {}, told
    # The caller is proven along with the rows. Where units differ, the texts come by another statement.
    assert {asked: costs for asked, costs in told.items() if costs[0] > most_for(*asked)} == {}, told


def most_for(who, name):
    """Lists that hang on an object, or show the caller's role, look the caller and the object up by themselves."""
    if name in ("project", "member", "revision", "token"):
        return 3
    if name == "import":  # whose imports these are depends on the caller's role in each project
        return 2
    return 2 if name.endswith("in utf16") else 1


QUERIES = ("", "?revision=all", "?review_status=unreviewed", "?offset_unit=utf16")


def test_an_annotation_document_costs_the_same_whatever_its_size(scene):
    costs: dict[tuple[str, str], list[int]] = {}
    # No new revisions here: the first one, on which the annotations are, stays the head.
    scene.add_facts = lambda n: setattr(scene, "claim", scene.claim or builders.make_claim(scene.project))
    for size in (1, 50):
        scene.grow(size)
        for who in scene.clients:
            for query in QUERIES:
                path = f"/api/v1/articles/{scene.article.pk}/annotations/{query}"
                cost, answer = scene.statements(who, path)
                assert len(answer["quotes"]) == size
                costs.setdefault((who, query), []).append(cost)
    told = f"document: statements for 1 and 50 quotes are {costs}"
    assert all(one == fifty for one, fifty in costs.values()), told
    assert {query: max(cost) for (_, query), cost in costs.items()} == {
        "": 1,
        "?revision=all": 1,
        "?review_status=unreviewed": 1,
        "?offset_unit=utf16": 2,
    }, told


def quotes_with_sources(count, name="New"):
    """Quotes that nest, with a cue, a mention each of their own, a speaker and a claim."""
    return {
        "speakers": [{"key": f"s{n}", "name": f"{name} speaker {n}"} for n in range(count)],
        "claims": [{"key": f"c{n}", "text": f"{name} claim {n}."} for n in range(count)],
        "quotes": [
            {
                "key": f"q{n}",
                "external_id": f"{name}-{n}",
                "content": {"exact": WORDS[n % 60]},
                "parent": f"#q{n - 1}" if n % 6 else None,
                "cue": {"start": 10, "end": 14, "exact": BODY[10:14]},
                "sources": [{"span": {"exact": f"“{WORDS[n % 60]}"}, "speaker": f"#s{n}", "role": "spokesperson"}],
            }
            for n in range(count)
        ],
        "claim_occurrences": [
            {
                "span": {"exact": WORDS[n % 60]},
                "claim": f"#c{n}",
                "quote": f"#q{n}",
                "claimants": [{"speaker": f"#s{n}"}],
            }
            for n in range(count)
        ],
        "evidence": [
            {"claim": f"#c{n}", "stance": "supports", "span": {"exact": WORDS[n % 60]}, "quote": f"#q{n}"}
            for n in range(count)
        ],
    }


def test_a_bulk_post_of_five_quotes_costs_what_one_of_a_hundred_costs(scene):
    costs: dict[str, list[int]] = {}
    for size in (5, 100):
        article = builders.make_article(scene.project, body=BODY, title=f"{size}")
        path = f"/api/v1/articles/{article.pk}/annotations/?mode=upsert"
        sent = quotes_with_sources(size, f"{size}")
        for call, made, altered in (("new", 5 * size, 0), ("again", 0, 0), ("altered", 0, size)):
            cost, answer = scene.statements("manager", path, "post", sent)
            assert (answer["created"], answer["updated"]) == (made, altered)
            costs.setdefault(call, []).append(cost)
            sent["quotes"] = [quote | {"note": call} if call == "again" else quote for quote in sent["quotes"]]
    told = f"bulk: statements for 5 and 100 quotes are {costs}"
    assert all(five == hundred for five, hundred in costs.values()), told
    assert costs["new"][0] <= 32, told


def test_the_bulk_door_costs_the_same_for_two_articles_and_for_twenty(scene):
    costs = {}
    for size in (2, 20):
        documents = [
            {"article": {"title": f"{size}-{n}", "body": BODY}, "sets": [{}], **quotes_with_sources(3, f"{size}-{n}")}
            for n in range(size)
        ]
        path = f"/api/v1/projects/{scene.project.pk}/documents/"
        costs[size], answer = scene.statements("manager", path, "post", documents)
        assert answer["reused"] == 0
    assert costs[2] == costs[20], f"documents/: statements for articles are {costs}"


SINGLE: dict[str, dict[str, Any]] = {
    "a quote": {"content": {"exact": "word07"}},
    "a quote with cue, source and parent": {
        "content": {"exact": "word07"},
        "cue": {"exact": "word07 is what"},
        "sources": [{"span": {"exact": "“word07"}, "speaker": "SPEAKER"}],
        "parent": "PARENT",
    },
}
# Measured, so that a further statement is a decision: the article with the caller and their set, what is referred to
# (one a kind, and what is above a parent), mentions at that place, rows, events, the answer.
MOST = {"a quote": 4, "a quote with cue, source and parent": 8}


@pytest.mark.parametrize("case", SINGLE)
def test_a_single_quote_costs_few_statements(scene, case):
    speaker = str(builders.make_speaker(scene.project).pk)
    article = {"article": str(scene.article.pk)}
    _, parent = scene.statements("annotator", "/api/v1/quotes/", "post", article | {"content": {"exact": "word09"}})
    sent = article | SINGLE[case]
    if "parent" in sent:
        sent |= {"parent": parent["id"], "sources": [sent["sources"][0] | {"speaker": speaker}]}
    cost, _ = scene.statements("annotator", "/api/v1/quotes/", "post", sent)
    assert cost <= MOST[case], f"{case}: {cost} statements"


@pytest.mark.parametrize(("keyed", "cost"), [(False, 1), (True, 3)])
def test_a_further_quote_of_the_same_annotator_costs_one(scene, keyed, cost):
    """Once it is known where they write: all that could be in its way, rows, events and answer in one statement. With
    an Idempotency-Key there is one before it and one after."""
    speaker, parent = str(builders.make_speaker(scene.project).pk), None
    for word in ("word02", "word03", "word04"):
        source = {"span": {"exact": f"“{word}"}, "speaker": speaker}
        sent: dict[str, Any] = {"article": str(scene.article.pk), "parent": parent, "sources": [source]}
        sent |= {"content": {"exact": word}, "cue": {"exact": f"{word} is what"}}
        headers = {"idempotency_key": word} if keyed else {}
        found, made = scene.statements("annotator", "/api/v1/quotes/", "post", sent, **headers)
        parent = made["id"]
    assert found == cost
