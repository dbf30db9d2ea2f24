"""W3, W4, W5: reading one article with all its annotations; pages, and pages narrowed by each filter."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core import signing

from backend.cursors import SALT
from bench import answers, corpus
from bench.measure import Goal, Result, Side, count_statements, take_turns
from bench.plans import LARGE, choose_freely, read_whole
from bench.run import Run

FIRST = UUID(int=0)


def bare_view(run: Run) -> Iterator[Result]:
    """A bare view: Django, its middleware, and nothing else."""
    for clients in (1, 8):
        side = Side("bare view")
        take_turns(run.gauges, [(side, run.get(["/healthz"], clients))], rounds=2)
        yield Result("W0", f"a bare view, {clients} clients", "requests", side)


def read_article(run: Run) -> Iterator[Result]:
    """W3: an article with all its annotations."""
    cases = (("median", run.scene.median, 0.25), ("largest", run.scene.largest, 0.4))
    for name, article, bound in cases:
        for clients in (1, 8):
            path = f"/api/v1/articles/{article}/annotations/"
            side, floor = Side("read"), Side("JSON by PostgreSQL")
            load = run.get([path], clients)
            take_turns(run.gauges, [(side, load), (floor, run.sql([(answers.READ_ONE, [article])], clients))])
            count_statements(run.gauges, side, load)
            goals = [Goal("JSON by PostgreSQL", bound), Goal("statements", 2, least=False)]
            yield Result("W3", f"read the {name} article, {clients} clients", "requests", side, [floor], goals)


def pages(run: Run) -> Iterator[Result]:
    """W4: pages of 100, the first and the last."""
    for kind in ("quotes", "mentions", "articles"):
        ends = both_ends(run, kind)
        loads = {place: run.get([path]) for place, (path, _) in ends.items()}
        asked = f"SELECT string_agg(j::text, ',') FROM ({answers.PAGES[kind]}) AS _ (j)"
        sides = {place: (Side("page"), Side("JSON by PostgreSQL")) for place in ends}
        # Both ends in turns: what else the machine does is to disturb one as much as the other.
        turns = [(sides[place][0], loads[place]) for place in ends]
        turns += [
            (sides[place][1], run.sql([(asked, [run.scene.project, after])])) for place, (_, after) in ends.items()
        ]
        take_turns(run.gauges, turns)
        for place, (side, floor) in sides.items():
            count_statements(run.gauges, side, loads[place])
            goals = [Goal("JSON by PostgreSQL", 0.3)]
            if place == "last":
                side.more["last_to_first"] = round(side.quantile(0.5) / sides["first"][0].quantile(0.5), 3)
                goals.append(Goal("last_to_first", 1.2, least=False))
            yield Result("W4", f"{place} page of 100 {kind}", "requests", side, [floor], goals)


def both_ends(run: Run, kind: str) -> dict[str, tuple[str, UUID]]:
    """The addresses of the first and the last page, and the ids after which they begin."""
    path = f"/api/v1/{kind}/?project={run.scene.project}&page_size=100"
    table = {"quotes": "annotations_quote", "mentions": "annotations_mention", "articles": "articles_article"}[kind]
    statement = f"SELECT id FROM {table} WHERE project_id = %s ORDER BY id DESC OFFSET 100 LIMIT 1"
    ((last,),) = run.ground.sql(statement, run.scene.project) or [(FIRST,)]
    following = run.client.get(path).json()["next"]
    (cursor,) = urllib.parse.parse_qs(urllib.parse.urlsplit(following).query)["cursor"]
    scope, back, _ = signing.loads(cursor, salt=SALT)
    deep = signing.dumps([scope, back, [str(last)]], salt=SALT, compress=False)
    return {"first": (path, FIRST), "last": (f"{path}&cursor={urllib.parse.quote(deep)}", last)}


def filters(run: Run) -> Iterator[Result]:
    """W5: each filter beside the page without one."""
    turn = 0.7 * run.seconds
    choose_freely()
    for kind, asked in filters_of(run).items():
        base = f"/api/v1/{kind}/?project={run.scene.project}&page_size=100"
        for name, query in asked.items():
            side, plain = Side("filtered"), Side("unfiltered")
            take_turns(
                run.gauges, [(side, run.get([base + query], seconds=turn)), (plain, run.get([base], seconds=turn))]
            )
            found = len(run.client.get(base + query).json()["results"])
            slower = side.quantile(0.5) / plain.quantile(0.5)
            whole = read_whole(base + query, run.scene.cast.tokens["manager"])
            side.more |= {"rows": found, "slower": round(slower, 2), "tables_read_whole": len(whole)}
            goals = [Goal("slower", 2, least=False)]
            goals += [Goal("tables_read_whole", 0, least=False)] if run.scene.size >= LARGE else []
            yield Result("W5", f"{kind} by {name}", "requests", side, [plain], goals, note=f"{found} rows")


def filters_of(run: Run) -> dict[str, dict[str, str]]:
    scene, sql = run.scene, run.ground.sql
    found: dict[str, Any] = {}
    for name, number in (("often", 0), ("now", 49), ("rare", corpus.SPEAKERS - 1)):
        statement = "SELECT id FROM annotations_speaker WHERE project_id = %s AND name = %s LIMIT 1"
        ((found[name],),) = sql(statement, scene.project, f"Speaker Number {number}")
    spans = {
        "annotator": "&annotator=annotator+C",
        "annotator with few sets": f"&annotator={scene.cast.users['annotator'].username}",
        "tag": "&tag=check",
        "review status": "&review_status=approved",
        "article": f"&article={scene.largest}",
        "text range": f"&article={scene.largest}&overlaps=4000-9000",
    }
    speakers = {
        "speaker quoted most": f"&speaker={found['often']}",
        "speaker quoted often": f"&speaker={found['now']}",
        "speaker quoted rarely": f"&speaker={found['rare']}",
    }
    return {
        "quotes": spans | speakers | {"type": "&type=mixed", "full text": f"&q={corpus.RARE}"},
        "mentions": spans | speakers | {"full text": f"&q={corpus.RARE_IN_NAMES}"},
        "articles": {"language": "&language=de", "full text": f"&q={corpus.RARE_IN_TEXTS}"},
    }
