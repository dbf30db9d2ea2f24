"""Who may do what with annotation sets and what is in them, as one table for each way to stand to a project.

The tables are the contract's, not the code's. Each cell is tried on its own and undone; all wrong cells are reported.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import make_cast, table, tried
from tests.estate import API, codes, listed

pytestmark = pytest.mark.django_db

SETS = {
    "viewer": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    own open               200   403  403   403    403    403     403    403   403     403    403     403
    own submitted          200   403  403   403    403    403     403    403   403     403    403     403
    own closed             200   403  403   403    403    403     403    403   403     403    403     403
    other open             404   403  403   403    404    404     404    404   404     404    404     404
    other submitted        200   403  403   403    403    403     403    403   403     403    403     403
    other closed           200   403  403   403    403    403     403    403   403     403    403     403
    adjudicated open       404   403  403   403    404    404     404    404   404     404    404     404
    adjudicated submitted  200   403  403   403    403    403     403    403   403     403    403     403
    adjudicated closed     200   403  403   403    403    403     403    403   403     403    403     403
    """,
    "annotator": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    own open               200   201  200   200    200    204     200    204   200     403    403     403
    own submitted          200   409  409   409    409    409     409    409   409     403    403     403
    own closed             200   409  409   409    409    409     409    409   409     403    403     403
    other open             404   422  422   422    404    404     404    404   404     404    404     404
    other submitted        200   403  403   403    403    403     403    403   403     403    403     403
    other closed           200   403  403   403    403    403     403    403   403     403    403     403
    adjudicated open       404   422  422   422    404    404     404    404   404     404    404     404
    adjudicated submitted  200   403  403   403    403    403     403    403   403     403    403     403
    adjudicated closed     200   403  403   403    403    403     403    403   403     403    403     403
    """,
    "curator": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    own open               200   201  200   200    200    204     200    204   200     200    409     403
    own submitted          200   409  409   409    409    409     200    409   409     200    200     403
    own closed             200   409  409   409    409    409     200    409   409     409    200     403
    other open             200   201  200   200    200    204     200    403   403     200    409     200
    other submitted        200   409  409   409    409    409     200    403   403     200    200     200
    other closed           200   409  409   409    409    409     200    403   403     409    200     200
    adjudicated open       200   201  200   200    200    204     200    403   403     200    409     200
    adjudicated submitted  200   409  409   409    409    409     200    403   403     200    200     200
    adjudicated closed     200   409  409   409    409    409     200    403   403     409    200     200
    """,
    "manager": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    own open               200   201  200   200    200    204     200    204   200     200    409     403
    own submitted          200   409  409   409    409    409     200    204   409     200    200     403
    own closed             200   409  409   409    409    409     200    204   409     409    200     403
    other open             200   201  200   200    200    204     200    204   403     200    409     200
    other submitted        200   409  409   409    409    409     200    204   403     200    200     200
    other closed           200   409  409   409    409    409     200    204   403     409    200     200
    adjudicated open       200   201  200   200    200    204     200    204   403     200    409     200
    adjudicated submitted  200   409  409   409    409    409     200    204   403     200    200     200
    adjudicated closed     200   409  409   409    409    409     200    204   403     409    200     200
    """,
    "stranger": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    other open             404   422  404   404    404    404     404    404   404     404    404     404
    other submitted        404   422  404   404    404    404     404    404   404     404    404     404
    other closed           404   422  404   404    404    404     404    404   404     404    404     404
    adjudicated open       404   422  404   404    404    404     404    404   404     404    404     404
    adjudicated submitted  404   422  404   404    404    404     404    404   404     404    404     404
    adjudicated closed     404   422  404   404    404    404     404    404   404     404    404     404
    """,
    "anonymous": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    other open             401   401  401   401    401    401     401    401   401     401    401     401
    adjudicated closed     401   401  401   401    401    401     401    401   401     401    401     401
    """,
    "stranger to a public project": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    other open             404   403  403   403    404    404     404    404   404     404    404     404
    other submitted        404   403  403   403    404    404     404    404   404     404    404     404
    other closed           404   403  403   403    404    404     404    404   404     404    404     404
    adjudicated open       404   403  403   403    404    404     404    404   404     404    404     404
    adjudicated submitted  200   403  403   403    403    403     403    403   403     403    403     403
    adjudicated closed     200   403  403   403    403    403     403    403   403     403    403     403
    """,
    "anonymous in a public project": """
    set                    read  add  fill  empty  patch  delete  label  drop  submit  close  reopen  review
    other open             401   401  401   401    401    401     401    401   401     401    401     401
    other submitted        401   401  401   401    401    401     401    401   401     401    401     401
    other closed           401   401  401   401    401    401     401    401   401     401    401     401
    adjudicated open       401   401  401   401    401    401     401    401   401     401    401     401
    adjudicated submitted  200   401  401   401    401    401     401    401   401     401    401     401
    adjudicated closed     200   401  401   401    401    401     401    401   401     401    401     401
    """,
}


@pytest.fixture
def cast(world):
    return make_cast(world)


def in_set(do: str, held: Any, quote: Any) -> tuple[str, str, Any]:
    """The request that tries an operation."""
    span = {"exact": "taxes would fall next year"}
    of_set, of_quote = f"{API}/annotation-sets/{held.pk}/", f"{API}/quotes/{quote.pk}/"
    document = f"{API}/articles/{held.article_id}/annotations/"
    return {
        "read": ("get", of_set, None),
        "add": ("post", f"{API}/quotes/", {"article": str(held.article_id), "set": str(held.pk), "content": span}),
        "fill": ("post", f"{document}?set={held.pk}", {"mentions": [{"span": span}]}),
        "empty": ("post", f"{document}?set={held.pk}&mode=replace", {}),
        "patch": ("patch", of_quote, {"note": "seen"}),
        "delete": ("delete", of_quote, None),
        "label": ("patch", of_set, {"label": "another"}),
        "drop": ("delete", f"{of_set}?cascade=true", None),
        "submit": ("post", f"{of_set}submit/", {}),
        "close": ("post", f"{of_set}close/", {}),
        "reopen": ("post", f"{of_set}reopen/", {}),
        "review": ("post", f"{of_quote}review/", {"decision": "approved"}),
    }[do]


@pytest.mark.parametrize("who", SETS)
def test_sets_and_what_is_in_them(who, cast):
    name = who.split()[0]
    api = getattr(cast.world, name)
    if "public" in who:
        type(cast.project).objects.update(visibility="public")
    wrong = []
    for row, expected in table(SETS[who]).items():
        key = f"{name} {row}" if row.startswith("own") else row
        held, quote = cast.sets[key], cast.quotes[key]
        for do, status in expected.items():
            got = tried(api, *in_set(do, held, quote))
            wrong += [f"{row}: {do} gives {got}, not {status}"] if got != status else []
        wrong += [] if seen_alike(api, held, quote, expected["read"]) else [f"{row}: shown here and hidden there"]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("do", "status", "code"),
    [
        ("submit", "closed", "set-not-open"),
        ("submit", "submitted", "set-not-open"),
        ("close", "closed", "status-unchanged"),
        ("reopen", "open", "status-unchanged"),
    ],
)
def test_a_set_is_not_given_the_status_it_has(do, status, code, cast):
    key = f"curator own {status}"
    method, path, body = in_set(do, cast.sets[key], cast.quotes[key])
    answer = cast.world.curator.request(method, path, body, if_match="*")
    assert (answer.status_code, codes(answer)) == (409, [(code, "")])


def seen_alike(api: Any, held: Any, quote: Any, status: int) -> bool:
    """The set, its quote, the lists and the article's document all say the same."""
    single = api.get(f"{API}/quotes/{quote.pk}/").status_code == status
    if api.get(f"{API}/articles/{held.article_id}/").status_code != 200:
        return single and status in (401, 404)
    document = api.get(f"{API}/articles/{held.article_id}/annotations/").json()
    in_document = str(quote.pk) in {one["id"] for one in document["quotes"]}
    in_list = str(quote.pk) in listed(api.get(f"{API}/quotes/"))
    in_project = str(quote.pk) in listed(api.get(f"{API}/quotes/?project={held.project_id}"))
    set_in_list = str(held.pk) in listed(api.get(f"{API}/annotation-sets/?article={held.article_id}"))
    return single and {in_document, in_list, in_project, set_in_list} == {status == 200}
