"""The floors of reading: the same JSON as the API answers, built by PostgreSQL in one lean statement, with no HTTP.

Written by hand, apart from the application's own queries: `tests/bench/test_corpus.py` compares both answers, so
that a floor does neither less nor more than what stands on it.
"""

from __future__ import annotations

STAMPS = """'id', {0}.id, 'version', {0}.version, 'created_at', {0}.created_at, 'updated_at', {0}.updated_at,
    'created_by', u.username"""
PLACE = "'project', {0}.project_id, 'article', {0}.article_id, 'revision', r.number, 'set', {0}.set_id"
STATUS = """'review_status', {0}.review_status, 'confidence', {0}.confidence, 'tags', {0}.tags, 'note', {0}.note,
    'external_id', {0}.external_id, 'derived_from', {0}.derived_from_id"""
JOINED = "JOIN articles_revision r ON r.id = {0}.revision_id LEFT JOIN projects_user u ON u.id = {0}.created_by_id"


def span(row: str, prefix: str = "") -> str:
    columns = ", ".join(f'{row}."{prefix}{name}"' for name in ("part", "start", "end", "exact", "pieces"))
    return f"onrecord_span({columns})"


MENTION = f"""json_build_object({STAMPS.format("m")}, {PLACE.format("m")}, 'span', {span("m")}, 'kind', m.kind,
    'speaker', s.canonical_id, {STATUS.format("m")})"""
MENTIONS = f"annotations_mention m {JOINED.format('m')} LEFT JOIN annotations_speaker s ON s.id = m.speaker_id"

SOURCES = f"""array_to_json(ARRAY(SELECT json_build_object('role', x.role, 'mention', x.mention_id, 'span', {span("m")},
    'speaker', s.canonical_id, 'speaker_name', c.name, 'mention_kind', coalesce(m.kind, 'implicit'),
    'role_text', x.role_text, 'affiliation', a.canonical_id)
    FROM annotations_quotesource x LEFT JOIN annotations_mention m ON m.id = x.mention_id
    LEFT JOIN annotations_speaker s ON s.id = x.speaker_id LEFT JOIN annotations_speaker c ON c.id = s.canonical_id
    LEFT JOIN annotations_speaker a ON a.id = x.affiliation_id
    WHERE x.quote_id = q.id ORDER BY x.position))"""
QUOTE = f"""json_build_object({STAMPS.format("q")}, {PLACE.format("q")}, 'content', {span("q")},
    'cue', {span("q", "cue_")},
    'cue_lemma', q.cue_lemma, 'type', q.type, 'act', q.act, 'medium', q.medium, 'factuality', q.factuality,
    'parent', q.parent_id, 'sources', {SOURCES}, 'uttered_on', q.uttered_on, 'venue', q.venue, {STATUS.format("q")},
    'depth', CASE WHEN q.parent_id IS NULL THEN 1 ELSE json_array_length(onrecord_quote_chain(q.id)) END,
    'attribution_chain', CASE WHEN q.parent_id IS NULL THEN json_build_array(onrecord_quote_speakers(q.id))
                              ELSE onrecord_quote_chain(q.id) END)"""
QUOTES = f"annotations_quote q {JOINED.format('q')}"

OCCURRENCE = f"""json_build_object({STAMPS.format("o")}, {PLACE.format("o")}, 'span', {span("o")}, 'claim', o.claim_id,
    'quote', o.quote_id, 'stance', o.stance, 'claimants', array_to_json(ARRAY(SELECT json_build_object(
        'speaker', s.canonical_id, 'is_author', k.is_author) FROM annotations_claimant k
        LEFT JOIN annotations_speaker s ON s.id = k.speaker_id WHERE k.occurrence_id = o.id ORDER BY k.position)),
    'object_span', {span("o", "object_")}, 'time_span', {span("o", "time_")}, {STATUS.format("o")})"""
OCCURRENCES = f"annotations_claimoccurrence o {JOINED.format('o')}"

FACTS = [
    "external_id",
    "url",
    "language",
    "publisher",
    "republisher",
    "byline",
    "authors",
    "dateline",
    "section",
    "credit_line",
    "published_on",
    "published_at",
    "published_precision",
    "licence",
    "metadata",
]


def article(body: bool) -> str:
    facts = ", ".join(f"'{n}', a.{n}_id" if "publisher" in n else f"'{n}', a.{n}" for n in FACTS)
    return f"""json_build_object({STAMPS.format("a")}, 'project', a.project_id, 'title', r.title,
        {"'body', r.body," if body else ""} {facts}, 'revision', r.number, 'body_length', r.body_length,
        'body_length_utf16', r.body_length_utf16, 'sha256', r.sha256)"""


ARTICLES = """articles_article a JOIN articles_revision r ON r.id = a.head_id
    LEFT JOIN projects_user u ON u.id = a.created_by_id"""
PUBLISHER = f"""json_build_object({STAMPS.format("p")}, 'project', p.project_id, 'name', p.name, 'domain', p.domain,
    'country', p.country, 'wikidata_qid', p.wikidata_qid)"""
SET = f"""json_build_object({STAMPS.format("t")}, 'project', t.project_id, 'article', t.article_id,
    'revision', r.number, 'kind', t.kind, 'annotator', json_build_object(
        'kind', t.annotator_kind, 'name', t.annotator_name,
        'version', t.annotator_version, 'user', v.username), 'label', t.label, 'status', t.status,
    'parents', array_to_json(ARRAY(SELECT z.parent_id FROM annotations_setparent z WHERE z.set_id = t.id
        ORDER BY z.position)))"""
SETS = f"annotations_annotationset t {JOINED.format('t')} LEFT JOIN projects_user v ON v.id = t.annotator_user_id"
SPEAKER = f"""json_build_object({STAMPS.format("s")}, 'project', s.project_id, 'name', s.name, 'kind', s.kind,
    'is_named', s.is_named, 'article', s.article_id, 'aliases', s.aliases, 'wikidata_qid', s.wikidata_qid,
    'gender', s.gender, 'gender_source', s.gender_source, 'affiliation', f.canonical_id, 'description', s.description,
    'merged_into', s.merged_into_id, 'quote_count', (SELECT count(DISTINCT x.quote_id) FROM annotations_quotesource x
        JOIN annotations_speaker k ON k.id = x.speaker_id
        WHERE k.canonical_id = s.canonical_id AND x.role = 'source'))"""


def listed(record: str, rows: str, where: str, order: str) -> str:
    return f"array_to_json(ARRAY(SELECT {record} FROM {rows} WHERE {where} ORDER BY {order}))"


def speakers(counted: bool) -> str:
    """The speakers of an article's mentions and quotes."""
    used = """s.id IN (SELECT k.canonical_id FROM annotations_speaker k WHERE k.id IN (
        SELECT m.speaker_id FROM annotations_mention m WHERE m.article_id = a.id
        UNION SELECT x.speaker_id FROM annotations_quotesource x JOIN annotations_quote q ON q.id = x.quote_id
        WHERE q.article_id = a.id))"""
    record = SPEAKER if counted else SPEAKER.replace(SPEAKER[SPEAKER.index(", 'quote_count'") :], ")")
    rows = """annotations_speaker s LEFT JOIN projects_user u ON u.id = s.created_by_id
        LEFT JOIN annotations_speaker f ON f.id = s.affiliation_id"""
    return listed(record, rows, used, "s.id")


def document(counted: bool = True) -> str:
    """One article with all its annotations. `counted`: with the number of each speaker's quotes in the project."""
    publishers = listed(
        PUBLISHER,
        "articles_publisher p LEFT JOIN projects_user u ON u.id = p.created_by_id",
        "p.id IN (a.publisher_id, a.republisher_id)",
        "p.id",
    )
    parts = {
        "publishers": publishers,
        "sets": listed(SET, SETS, "t.article_id = a.id AND t.revision_id = a.head_id", "t.id"),
        "speakers": speakers(counted),
        "mentions": listed(MENTION, MENTIONS, "m.article_id = a.id AND m.revision_id = a.head_id", "m.id"),
        "quotes": listed(QUOTE, QUOTES, "q.article_id = a.id AND q.revision_id = a.head_id", "q.id"),
        "claim_occurrences": listed(
            OCCURRENCE, OCCURRENCES, "o.article_id = a.id AND o.revision_id = a.head_id", "o.id"
        ),
    }
    lists = ", ".join(f"'{name}', {sql}" for name, sql in parts.items())
    return f"SELECT json_build_object('article', {article(body=True)}, {lists}) FROM {ARTICLES}"


READ_ONE = f"{document()} WHERE a.id = %s"
EXPORT = f"{document(counted=False)} WHERE a.project_id = %s ORDER BY a.id"


def page(record: str, rows: str, row: str) -> str:
    """100 records after an id, and whether there are more."""
    return f"SELECT {record} FROM {rows} WHERE {row}.project_id = %s AND {row}.id > %s ORDER BY {row}.id LIMIT 101"


PAGES = {
    "quotes": page(QUOTE, QUOTES, "q"),
    "mentions": page(MENTION, MENTIONS, "m"),
    "articles": page(article(body=False), ARTICLES, "a"),
}
