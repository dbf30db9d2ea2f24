"""Who may do what in a project, as one table. It is the contract's, not the code's; sets have tables of their own.

Each cell is tried on its own and undone; a test reports all its wrong cells.
"""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import ImportJob
from projects.actions.rows import created, delete_rows
from projects.models import Membership
from tests.builders import (
    make_article,
    make_claim,
    make_evidence,
    make_publisher,
    make_relation,
    make_review,
    make_speaker,
    make_user,
)
from tests.cast import MEMBERS, make_cast, table, tried
from tests.estate import API, codes
from tests.forms import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(world):
    return make_cast(world)


# The first two columns are about a private project, the next two about a public one; members are the same in both.
PROJECT = """
    operation              nobody  stranger  public-nobody  public-stranger  viewer  annotator  curator  manager
    read project           401     404       200            200              200     200        200      200
    alter project          401     404       401            403              403     403        403      200
    delete project         401     404       401            403              403     403        403      409
    make project           401     201       401            201              201     201        201      201
    read members           401     404       401            403              200     200        200      200
    read member            401     404       401            403              200     200        200      200
    add member             401     404       401            403              403     403        403      201
    alter member           401     404       401            403              403     403        403      200
    remove member          401     404       401            403              403     403        403      204
    make publisher         401     422       401            403              403     403        201      201
    alter publisher        401     404       401            403              403     403        200      200
    delete publisher       401     404       401            403              403     403        204      204
    read article           401     404       200            200              200     200        200      200
    read revision          401     404       200            200              200     200        200      200
    make article           401     422       401            403              403     403        201      201
    alter article          401     404       401            403              403     403        200      200
    revise article         401     404       401            403              403     403        201      201
    delete article         401     404       401            403              403     403        204      204
    clear annotations      401     404       401            403              403     403        403      204
    write document         401     404       401            403              403     200        200      200
    bulk documents         401     404       401            403              403     403        403      200
    export                 401     404       200            200              200     200        200      200
    export report          401     404       200            200              200     200        200      200
    import                 401     422       401            403              403     403        403      202
    read import            401     404       401            404              404     404        404      200
    cancel import          401     404       401            404              404     404        404      200
    make own set           401     422       401            403              403     201        201      201
    make set of another    401     422       401            403              403     403        201      201
    make adjudicated set   401     422       401            403              403     403        201      201
    make mention           401     422       401            403              403     201        201      201
    make occurrence        401     422       401            403              403     201        201      201
    make evidence on span  401     422       401            403              403     201        201      201
    make web evidence      401     422       401            403              403     201        201      201
    alter web evidence     401     404       401            403              403     200        200      200
    delete web evidence    401     404       401            403              403     204        204      204
    make speaker           401     422       401            403              403     201        201      201
    alter speaker          401     404       401            403              403     200        200      200
    delete speaker         401     404       401            403              403     204        204      204
    merge speaker          401     404       401            403              403     403        200      200
    make claim             401     422       401            403              403     201        201      201
    alter claim            401     404       401            403              403     200        200      200
    delete claim           401     404       401            403              403     204        204      204
    merge claim            401     404       401            403              403     403        200      200
    unmerge claim          401     404       401            403              403     403        200      200
    make relation          401     422       401            403              403     201        201      201
    alter relation         401     404       401            403              403     200        200      200
    delete relation        401     404       401            403              403     204        204      204
    make claim review      401     422       401            403              403     403        201      201
    alter claim review     401     404       401            403              403     403        200      200
    delete claim review    401     404       401            403              403     403        204      204
    read history           401     404       200            200              200     200        200      200
    read version           401     404       200            200              200     200        200      200
    read member history    401     404       401            403              200     200        200      200
    read lost history      401     404       401            404              404     404        200      200
    restore project        401     404       401            403              403     403        403      200
    restore member         401     404       401            403              403     403        403      200
    restore publisher      401     404       401            403              403     403        200      200
    restore claim          401     404       401            403              403     403        200      200
    restore lost           401     404       401            404              404     404        201      201
    follow changes         401     422       200            200              200     200        200      200
"""


def operations(cast: Any) -> dict[str, tuple[str, str, Any]]:
    """Each operation as a request that a manager's would succeed with."""
    project, article = cast.project, cast.article
    newcomer, spare = make_user("newcomer"), make_article(project, "Another text.", "Another")
    publisher = make_publisher(project)
    first, second, third, fourth = (make_claim(project, f"Claim {n}.") for n in range(4))
    merged = make_claim(project, "Said again.", merged_into=fourth)
    speaker, other = make_speaker(project), make_speaker(project, "Ben Okafor")
    relation = make_relation(first, second)
    review = make_review(first)
    page = make_evidence(first, url="https://b.example/")
    job = ImportJob.objects.create(project=project, created_by=make_user("importer"), format="ndjson", total=1)
    member = Membership.objects.get(project=project, user=cast.world.other_annotator.user)
    lost = make_publisher(project, "Lost")
    for row in (project, publisher, member, third, lost):
        created(type(row), [row.pk], None)
    delete_rows(type(lost).objects.filter(pk=lost.pk), None)
    where, on = {"project": str(project.pk)}, {"article": str(article.pk)}
    span, text = {"exact": "taxes would fall next year"}, {"title": "T", "body": "B"}
    about = {"claim": str(first.pk)}
    of = {
        "project": f"projects/{project.pk}/",
        "members": f"projects/{project.pk}/members/",
        "article": f"articles/{article.pk}/",
        "spare": f"articles/{spare.pk}/",
        "publisher": f"publishers/{publisher.pk}/",
        "speaker": f"speakers/{speaker.pk}/",
        "claim": f"claims/{third.pk}/",
        "relation": f"claim-relations/{relation.pk}/",
        "review": f"claim-reviews/{review.pk}/",
        "page": f"evidence/{page.pk}/",
    }
    rows: dict[str, tuple[str, str, Any]] = {
        "read project": ("get", of["project"], None),
        "alter project": ("patch", of["project"], {"blind": True}),
        "delete project": ("delete", of["project"], None),
        "make project": ("post", "projects/", {"slug": "made", "name": "Made"}),
        "read members": ("get", of["members"], None),
        "read member": ("get", f"{of['members']}{member.pk}/", None),
        "add member": ("post", of["members"], {"user": newcomer.username, "role": "viewer"}),
        "alter member": ("patch", f"{of['members']}{member.pk}/", {"role": "curator"}),
        "remove member": ("delete", f"{of['members']}{member.pk}/", None),
        "make publisher": ("post", "publishers/", where | {"name": "New"}),
        "alter publisher": ("patch", of["publisher"], {"country": "GB"}),
        "delete publisher": ("delete", of["publisher"], None),
        "read article": ("get", of["article"], None),
        "read revision": ("get", f"{of['article']}revisions/1/", None),
        "make article": ("post", "articles/", where | text),
        "alter article": ("patch", of["article"], {"byline": "me"}),
        "revise article": ("post", f"{of['article']}revisions/", text | {"base_revision": 1}),
        "delete article": ("delete", of["spare"], None),
        "clear annotations": ("delete", f"{of['article']}annotations/", None),
        "write document": ("post", f"{of['article']}annotations/", {"mentions": [{"span": span}]}),
        "bulk documents": ("post", f"{of['project']}documents/", [{"article": text}]),
        "export": ("get", f"{of['project']}export/ndjson/", None),
        "export report": ("get", f"{of['project']}export/brat/report/", None),
        "import": ("post", "imports/", Form(project=str(project.pk), format="ndjson", file=b"{}")),
        "read import": ("get", f"imports/{job.pk}/", None),
        "cancel import": ("post", f"imports/{job.pk}/cancel/", {}),
        "make own set": ("post", "annotation-sets/", on | {"label": "new"}),
        "make set of another": ("post", "annotation-sets/", on | {"annotator": {"kind": "human", "name": "Jo"}}),
        "make adjudicated set": ("post", "annotation-sets/", on | {"kind": "adjudicated"}),
        "make mention": ("post", "mentions/", on | {"span": span}),
        "make occurrence": ("post", "claim-occurrences/", on | {"span": span}),
        "make evidence on span": ("post", "evidence/", on | about | {"span": span, "stance": "supports"}),
        "make web evidence": ("post", "evidence/", about | {"url": "https://c.example/", "stance": "refutes"}),
        "alter web evidence": ("patch", of["page"], {"note": "read"}),
        "delete web evidence": ("delete", of["page"], None),
        "make claim review": ("post", "claim-reviews/", about | {"url": "https://d.example/", "rating_text": "No"}),
        "alter claim review": ("patch", of["review"], {"verdict": "refuted"}),
        "delete claim review": ("delete", of["review"], None),
        "make speaker": ("post", "speakers/", where | {"name": "New"}),
        "alter speaker": ("patch", of["speaker"], {"description": "x"}),
        "delete speaker": ("delete", of["speaker"], None),
        "merge speaker": ("post", f"{of['speaker']}merge/", {"into": str(other.pk)}),
        "make claim": ("post", "claims/", where | {"text": "New."}),
        "alter claim": ("patch", of["claim"], {"language": "en"}),
        "delete claim": ("delete", of["claim"], None),
        "merge claim": ("post", f"{of['claim']}merge/", {"into": str(fourth.pk)}),
        "unmerge claim": ("post", f"claims/{merged.pk}/unmerge/", {}),
        "make relation": (
            "post",
            "claim-relations/",
            {"source": str(third.pk), "target": str(first.pk), "type": "related"},
        ),
        "alter relation": ("patch", of["relation"], {"note": "x"}),
        "delete relation": ("delete", of["relation"], None),
        "read history": ("get", f"{of['publisher']}history/", None),
        "read version": ("get", f"{of['publisher']}history/1/", None),
        "read member history": ("get", f"{of['members']}{member.pk}/history/", None),
        "read lost history": ("get", f"publishers/{lost.pk}/history/", None),
        "restore project": ("post", f"{of['project']}history/1/restore/", {}),
        "restore member": ("post", f"{of['members']}{member.pk}/history/1/restore/", {}),
        "restore publisher": ("post", f"{of['publisher']}history/1/restore/", {}),
        "restore claim": ("post", f"{of['claim']}history/1/restore/", {}),
        "restore lost": ("post", f"publishers/{lost.pk}/history/1/restore/", {}),
        "follow changes": ("get", f"changes/?project={project.pk}", None),
    }
    return {name: (method, f"{API}/{path}", body) for name, (method, path, body) in rows.items()}


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_everything_else_in_a_project(visibility, cast):
    requests = operations(cast)
    type(cast.project).objects.update(visibility=visibility)
    outsiders = {"nobody": cast.world.anonymous, "stranger": cast.world.stranger}
    prefix = "public-" if visibility == "public" else ""
    columns = {prefix + name: api for name, api in outsiders.items()}
    columns |= {name: getattr(cast.world, name) for name in MEMBERS}
    rows = table(PROJECT)
    assert set(rows) == set(requests)
    wrong = []
    for name, expected in rows.items():
        for who, api in columns.items():
            got = tried(api, *requests[name])
            wrong += [f"{who}: {name} gives {got}, not {expected[who]}"] if got != expected[who] else []
    assert not wrong, "\n".join(wrong)


# ---- token scopes: the lower of scope and role counts ----

SCOPED = """
    operation             read  read,annotate  read,annotate,curate  annotate  read,manage  read,annotate,curate,manage
    read article          200   200            200                   403       200          200
    read members          200   200            200                   403       200          200
    make speaker          403   201            201                   201       403          201
    make own set          403   201            201                   201       403          201
    make publisher        403   403            201                   403       403          201
    make claim review     403   403            201                   403       403          201
    make adjudicated set  403   403            201                   403       403          201
    merge claim           403   403            200                   403       403          200
    add member            403   403            403                   403       201          201
    alter project         403   403            403                   403       200          200
    make project          403   403            403                   403       201          201
    bulk documents        403   403            403                   403       403          200
    clear annotations     403   403            403                   403       204          204
    read lost history     404   404            200                   403       200          200
    restore claim         403   403            200                   403       403          200
    restore lost          404   404            201                   404       403          201
    restore member        403   403            403                   403       200          200
    follow changes        200   200            200                   403       200          200
"""


def test_a_token_may_no_more_than_its_scopes(cast, client):
    requests, rows = operations(cast), table(SCOPED)
    wrong = []
    for scopes in next(iter(rows.values())):
        api = client(cast.world.manager.user, scopes=scopes.split(","))
        for name, expected in rows.items():
            got = tried(api, *requests[name])
            wrong += [f"{scopes}: {name} gives {got}, not {expected[scopes]}"] if got != expected[scopes] else []
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("scopes", "seen"), [(["read"], 404), (["read", "annotate"], 404), (["read", "annotate", "curate"], 200)]
)
def test_a_managers_narrow_token_sees_no_more_than_its_scopes(scopes, seen, cast, client):
    api = client(cast.world.manager.user, scopes=scopes)
    assert api.get(f"{API}/annotation-sets/{cast.sets['other open'].pk}/").status_code == seen
    assert api.get(f"{API}/annotation-sets/{cast.sets['other closed'].pk}/").status_code == 200


def test_what_a_role_adds_needs_its_own_scope_only(cast, client):
    """Each scope by itself: merging is what curators add, though annotators may change a speaker."""
    requests = operations(cast)
    merges = {name: requests[name] for name in ("merge speaker", "merge claim", "unmerge claim")}
    for scope in ("read", "annotate", "curate", "manage"):
        api = client(cast.world.manager.user, scopes=[scope])
        got = {tried(api, *request) for request in merges.values()}
        assert got == {200 if scope == "curate" else 403}, scope


def test_no_role_grows_by_scopes(cast, client):
    """A viewer's token of all scopes is a viewer's."""
    assert tried(cast.world.viewer, *operations(cast)["make speaker"]) == 403


ANNOTATES = ["read", "annotate"]


@pytest.mark.parametrize(
    ("scopes", "status"), [(["read"], 201), (ANNOTATES, 201), (["curate"], 403), (["manage"], 403)]
)
def test_a_token_makes_no_token_that_may_more(scopes, status, world, client):
    answer = client(world.manager.user, scopes=ANNOTATES).post(f"{API}/tokens/", {"name": "t", "scopes": scopes})
    assert answer.status_code == status
    assert status == 201 or codes(answer) == [("scope-missing", "")]


def test_a_token_that_only_reads_makes_and_revokes_none(world, client):
    reader, annotator = (client(world.manager.user, scopes=scopes) for scopes in (["read"], ["annotate"]))
    made = annotator.post(f"{API}/tokens/", {"name": "t", "scopes": ["annotate"]})
    assert made.status_code == 201
    path = f"{API}/tokens/{made.json()['id']}/"
    for answer in (
        reader.post(f"{API}/tokens/", {"name": "t", "scopes": ["read"]}),
        reader.delete(path, if_match="*"),
    ):
        assert (answer.status_code, codes(answer)) == (403, [("scope-missing", "")])
    assert reader.get(path).json()["revoked_at"] is None
    assert annotator.delete(path, if_match="*").status_code == 204
    assert reader.get(path).json()["revoked_at"]


# ---- members ----


def member_of(world: Any, name: str) -> str:
    pk = Membership.objects.get(project=world.project, user=getattr(world, name).user).pk
    return f"{API}/projects/{world.project.pk}/members/{pk}/"


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("role", [*MEMBERS])
def test_nobody_changes_their_own_role(name, role, world):
    before = world.manager.get(member_of(world, name)).json()
    assert getattr(world, name).patch(member_of(world, name), {"role": role}, if_match="*").status_code == 403
    assert world.manager.get(member_of(world, name)).json() == before


def test_nobody_makes_themselves_a_member_of_anything(world):
    members = f"{API}/projects/{world.project.pk}/members/"
    for name in ("stranger", "viewer", "annotator", "curator"):
        api = getattr(world, name)
        assert api.post(members, {"user": api.user.username, "role": "manager"}).status_code in (403, 404)
    again = world.manager.post(members, {"user": "viewer", "role": "manager"})
    assert (again.status_code, codes(again)[0][0]) == (409, "already-exists")
    unknown = world.manager.post(members, {"user": "nobody-of-this-name", "role": "viewer"})
    assert (unknown.status_code, codes(unknown)) == (422, [("no-such-object", "/user")])


def test_the_last_manager_stays(world):
    refused = world.manager.delete(member_of(world, "manager"), if_match="*")
    assert (refused.status_code, codes(refused)) == (409, [("last-manager", "")])
    assert world.manager.patch(member_of(world, "curator"), {"role": "manager"}, if_match="*").status_code == 200
    assert world.manager.delete(member_of(world, "manager"), if_match="*").status_code == 204
    assert world.manager.get(f"{API}/projects/{world.project.pk}/").status_code == 404
    assert world.curator.patch(member_of(world, "viewer"), {"role": "curator"}, if_match="*").status_code == 200


def test_anonymous_learns_of_nothing(world):
    """401 with WWW-Authenticate, for what is absent, private, or no address at all."""
    paths = (
        f"projects/{world.project.pk}/",
        "projects/0190d1f0-0000-7000-8000-000000000000/",
        "nowhere/",
        "me/",
        "tokens/",
    )
    answers = [world.anonymous.get(f"{API}/{path}") for path in paths]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all(answer.headers["WWW-Authenticate"] == 'Bearer realm="onrecord"' for answer in answers)
