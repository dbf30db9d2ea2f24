"""Lists are found by indexes, whatever they are narrowed by: with sequential scans forbidden, none is left in a plan.

`python3 run.py bench --only W4 W5` asks the same of a large database, where the planner chooses freely.
"""

import pytest
from django.db import connection

from bench import corpus
from bench.plans import read_whole
from tests.builders import make_token

LISTS = {
    "quotes": [
        "",
        "&annotator=annotator+C",
        "&tag=check",
        "&review_status=approved",
        "&type=mixed",
        "&q=zirconium",
        "&article={article}",
        "&article={article}&overlaps=10-900",
        "&speaker={speaker}",
        "&ordering=-updated_at",
        "&article={article}&ordering=start",
        "&external_id=a",
        "&set={set}",
        "&mention={mention}",
        "&parent={quote}",
        "&created_after=2020-01-01T00:00:00Z",
    ],
    "mentions": [
        "",
        "&annotator=annotator+C",
        "&tag=check",
        "&review_status=approved",
        "&kind=named",
        "&q=official",
        "&article={article}",
        "&article={article}&within=10-900",
        "&speaker={speaker}",
        "&set={set}",
    ],
    "claim-occurrences": ["", "&q=zirconium", "&article={article}", "&claim={speaker}", "&quote={quote}"],
    "articles": [
        "",
        "&language=de",
        "&q=zirconium",
        "&external_id=one",
        "&publisher={speaker}",
        "&published_after=2020-01-01",
        "&ordering=-published_on",
        "&ordering=updated_at",
    ],
    "annotation-sets": ["", "&article={article}", "&annotator=annotator+C", "&kind=imported", "&status=open"],
    "speakers": ["", "&q=number", "&name=Speaker", "&alias=a", "&wikidata_qid=Q7", "&article={article}"],
    "claims": ["", "&q=zirconium"],
    "evidence": ["", "&claim={speaker}", "&article={article}"],
    "claim-relations": ["", "&claim={speaker}"],
    "claim-reviews": ["", "&claim={speaker}"],
}


@pytest.fixture
def loaded(world):
    sent = [corpus.document("one", 12), corpus.document("two", 4)]
    answer = world.manager.post(f"/api/v1/projects/{world.project.pk}/documents/", sent)
    assert answer.status_code == 200, answer.content
    return world


@pytest.mark.parametrize("who", ["manager", "annotator"])
def test_lists_are_found_by_indexes(loaded, who):
    if connection.cursor().connection.info.server_version < 160_000:
        pytest.skip("PostgreSQL 15 does not tell the plan of a prepared statement")
    known = {name: first(loaded, f"{name}s") for name in ("article", "speaker", "quote", "mention")}
    known["set"] = first(loaded, "annotation-sets")
    token = make_token(getattr(loaded, who).user)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    found: dict[str, list[str]] = {}
    for kind, narrowed in ((kind, narrowed) for kind, all_of_it in LISTS.items() for narrowed in all_of_it):
        whole = read_whole(f"/api/v1/{kind}/?project={loaded.project.pk}{narrowed.format(**known)}", token)
        found |= {kind + narrowed: whole} if whole else {}
    assert found == {}


def first(loaded, kind):
    return loaded.manager.get(f"/api/v1/{kind}/?project={loaded.project.pk}&page_size=1").json()["results"][0]["id"]
