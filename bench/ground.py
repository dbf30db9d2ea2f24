"""The scene of a run: a project with its people, and a corpus of the size that was asked for.

The first articles come in through the bulk door. The rest are copies of them under other ids, made set-wise in the
database, with rules off and indexes built afterwards: a million annotations take minutes that way, not hours. The
speakers that are quoted most and the publishers are the same in all copies, as they are in a real archive.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator

from accept.harness import Ground
from accept.people import Cast, make_cast
from backend import postgres
from bench import corpus
from bench.scene import KEPT, Scene

# The same data twice more: what the floors write into, with rules and without.
FLOOR, RULELESS = "onrecord_floor", "onrecord_ruleless"
SEEDED, AT_ONCE = 400, 50  # articles that come in through the door; documents of one call
OWN_SETS = 60  # articles on which the annotator has a set already
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname = ANY (%s) AND NOT EXISTS (SELECT FROM pg_constraint x WHERE x.conindid = i.indexrelid)
"""
# The id of a copy: ten minutes earlier for each. One expression, so that PostgreSQL puts it into the statement: called
# as a function, for each id of each row, it takes most of the time of a load.
SHIFT = """
CREATE FUNCTION bench_shift(id uuid, copy int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(('x' || left(id::text, 8) || substr(id::text, 10, 4))::bit(48)::bigint
                        - copy * 600000::bigint), 12, '0') || right(id::text, 22))::uuid
$$
"""
# While copies are made: what they are made from is there, so they may be lost.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "'8GB'",
    "autovacuum": "off",
}
MOVED = {"id", "article_id", "revision_id", "head_id", "set_id", "quote_id", "mention_id", "occurrence_id", "parent_id"}
TIMES = {"created_at", "updated_at", "at"}
TABLES = {  # in the order of loading; columns of ids that are another's in each copy, besides those above
    "articles_article": (),
    "articles_revision": (),
    "articles_chunk": (),
    "annotations_annotationset": (),
    "annotations_speaker": ("canonical_id",),
    "annotations_mention": (),
    "annotations_quote": (),
    "annotations_quotesource": (),
    "annotations_claimoccurrence": (),
    "projects_event": ("object_id", "article", "set"),
}
EVERYWHERE = 50  # of the named speakers, those that all copies have in common
COPIED = f"(is_named AND right(name, -15)::int < {EVERYWHERE}) IS NOT TRUE"


def make_scene(ground: Ground, size: int) -> Scene:
    """The data that an earlier run has kept there, or made anew."""
    from django.core.management import call_command
    from django.db import connection

    if (ground.directory / KEPT).exists():
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # an index of ten millions takes its time
        call_command("migrate", interactive=False, verbosity=0)  # it may be older than the code
        connection.close()
        return Scene.kept(ground.directory)
    cast = make_cast("bench")
    seeded = seed(cast, size)
    copies = max(0, round(size / seeded) - 1)
    if copies:
        multiply(ground, copies)
    scene = Scene(cast, seeded * (copies + 1))
    find_articles(scene)
    own_sets(scene)
    ground.sql("VACUUM ANALYZE")
    connection.close()
    scene.keep(ground.directory)
    return scene


def make_clones(ground: Ground) -> None:
    """The same data twice more, for floors that write."""
    for name in (FLOOR, RULELESS):
        clone = f"CREATE DATABASE {name} OWNER {postgres.ROLE} TEMPLATE {postgres.DATABASE}"
        ground.cluster.psql(postgres.SUPERUSER, "postgres", f"DROP DATABASE IF EXISTS {name};\n{clone};")


def say(what: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def seed(cast: Cast, size: int) -> int:
    """Loads the first articles, and gives the number of their annotations."""
    from django.db import transaction

    from annotations.actions.documents import store_documents
    from projects.roles import SCOPES, Caller, Role
    from seeds.loading import validated

    caller = Caller(cast.users["manager"], scopes=frozenset(SCOPES)).joined(cast.project.pk, Role.MANAGER)
    documents = list(corpus.documents(SEEDED))
    loaded = 0
    for at in range(0, SEEDED, AT_ONCE):
        batch = json.loads(json.dumps(documents[at : at + AT_ONCE]))
        with transaction.atomic():
            store_documents(caller=caller, project=cast.project.pk, documents=validated(batch))
        loaded += sum(map(corpus.annotations_in, batch))
        if loaded >= size:
            break
    return loaded


def multiply(ground: Ground, copies: int) -> None:
    """The whole of it again, so many times: past rules and keys, which the originals have passed."""
    say(f"copying {copies} times")
    indexes = ground.sql(INDEXES, list(TABLES))
    statements = [
        SHIFT,
        "SET session_replication_role = replica",
        "SET maintenance_work_mem = '1GB'",
        "SET work_mem = '512MB'",
    ]
    statements += [f"DROP INDEX {name}" for name, _ in indexes]
    statements.append("UPDATE projects_event SET seq = nextval('onrecord_event_seq') WHERE seq IS NULL")
    for table, moved in TABLES.items():
        statements.append(copying(ground, table, MOVED | set(moved), copies))
    statements += [definition for _, definition in indexes] + ["DROP FUNCTION bench_shift(uuid, int)"]
    with hurried(ground):
        ground.cluster.psql(postgres.SUPERUSER, postgres.DATABASE, ";\n".join(statements))


@contextlib.contextmanager
def hurried(ground: Ground) -> Iterator[None]:
    """With a cluster that is not durable; at the end it is again, and all is on disk."""

    def every(change: str) -> None:
        lines = [f"ALTER SYSTEM {change.format(name=name, value=value)}" for name, value in FAST.items()]
        script = ";\n".join([*lines, "SELECT pg_reload_conf()", "SELECT pg_sleep(1)", "CHECKPOINT"])
        ground.cluster.psql(postgres.SUPERUSER, "postgres", script)

    every("SET {name} = {value}")
    try:
        yield
    finally:
        every("RESET {name}")


def copying(ground: Ground, table: str, moved: set[str], copies: int) -> str:
    known = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_identity = 'NO'"
    columns = [name for (name,) in ground.sql(known, table)]
    shown = {name: f't."{name}"' for name in columns}
    for name in columns:
        if name in moved:
            shown[name] = f'bench_shift(t."{name}", c)'
    for name in TIMES & set(columns):
        shown[name] = f"t.\"{name}\" - c * interval '10 minutes'"
    if "speaker_id" in shown:
        shown["speaker_id"] = (
            f"CASE WHEN t.speaker_id IN (SELECT id FROM annotations_speaker WHERE {COPIED})"
            " THEN bench_shift(t.speaker_id, c) ELSE t.speaker_id END"
        )
    if table == "articles_article":
        shown["external_id"] = "t.external_id || '/' || c"
    if "seq" in shown:
        shown["seq"] = "nextval('onrecord_event_seq')"
    copied = f"t.type <> 'speaker' OR t.object_id IN (SELECT id FROM annotations_speaker WHERE {COPIED})"
    events = f"t.type NOT IN ('publisher', 'membership', 'project') AND ({copied})"
    only = {"annotations_speaker": COPIED, "projects_event": events}
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(shown.values())
    # One copy after the other, each in the order of making: so do the rows of an archive lie on the disk.
    rows = f"CREATE TEMPORARY TABLE source AS SELECT * FROM {table} t WHERE {only.get(table, 'true')} ORDER BY id"
    each = f"generate_series({copies}, 1, -1) c CROSS JOIN LATERAL (SELECT * FROM source OFFSET 0 * c) t"
    return f"{rows};\nINSERT INTO {table} ({names}) SELECT {values} FROM {each};\nDROP TABLE source"


def find_articles(scene: Scene) -> None:
    from articles.models import Article

    there = Article.objects.filter(project=scene.project)
    scene.largest, scene.median = (there.get(external_id=f"corpus-{n}").pk for n in (0, 1))


def own_sets(scene: Scene) -> None:
    """The sets that the annotator's quotes will go to, so that making them is no part of making a quote."""
    from django.db import transaction

    from annotations.actions.sets import own_set
    from articles.models import Article
    from projects.roles import SCOPES, Caller, Role

    caller = Caller(scene.cast.users["annotator"], scopes=frozenset(SCOPES)).joined(scene.project, Role.ANNOTATOR)
    with transaction.atomic():
        for article in Article.objects.filter(project=scene.project).select_related("head")[2 : 2 + OWN_SETS]:
            own = own_set(caller, article)
            scene.own.append((article.pk, article.head_id, own.pk, article.head.body))
