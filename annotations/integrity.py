"""What is true of spans, of the links between them, and of the identities behind them."""

from backend.integrity import Invariant

RECORDED = {
    type: f"SELECT id, version, project_id, created_by_id FROM annotations_{type.replace('_', '')}"
    for type in (
        "annotation_set",
        "speaker",
        "claim",
        "mention",
        "quote",
        "claim_occurrence",
        "claim_relation",
        "evidence",
        "claim_review",
    )
}

SPAN_COLUMNS = (
    ("mention", ""),
    ("quote", ""),
    ("quote", "cue_"),
    ("claimoccurrence", ""),
    ("claimoccurrence", "object_"),
    ("claimoccurrence", "time_"),
    ("evidence", ""),
)


def each(query: str, tables: tuple[str, ...]) -> str:
    """One query over several tables: `{t}` is the table's name without its app."""
    return " UNION ALL ".join(query.replace("{t}", table) for table in tables)


SPANS = " UNION ALL ".join(
    f'SELECT id, revision_id, {p}part, "{p}start", "{p}end", {p}exact, {p}pieces FROM annotations_{table}'
    for table, p in SPAN_COLUMNS
)
SPANS = f'({SPANS}) s (id, revision_id, part, "start", "end", exact, pieces)'
# What is in no form at all is named by `span_formed` alone.
FORMED = """(num_nulls(part, "start", "end", exact) = 0 AND "start" >= 0 AND "end" > "start"
    AND (pieces IS NULL OR cardinality(pieces) >= 4 AND cardinality(pieces) % 2 = 0 AND array_ndims(pieces) = 1))"""
# A text is walked from its start to find the nth character, so chunks are cut smaller first: window n holds the code
# points [512 n, 512 n + 1024) as far as they lie in one chunk, and with them every short span that starts in it.
WINDOWS = """(
    SELECT revision_id, part, n * 2 + k AS n, substr(text, k * 512 + 1, 1024) AS text
    FROM (SELECT revision_id, part, n, text || '' AS text FROM articles_chunk OFFSET 0) c, generate_series(0, 1) k
    OFFSET 0)"""
SHORT = """(s."end" - s."start" <= 512 AND s."start" / 1024 = (s."end" - 1) / 1024)"""
PIECES = 'onrecord_pieces(s."start", s."end", s.exact, s.pieces)'


def in_project(table: str, column: str, target: str) -> str:
    """The rows of a table whose reference leads nowhere, or into another project."""
    return f"""
        SELECT x.id::text FROM annotations_{table} x WHERE x.{column} IS NOT NULL AND NOT EXISTS (
            SELECT FROM annotations_{target} y WHERE y.id = x.{column} AND y.project_id = x.project_id)
        """


def in_set(table: str, column: str, target: str) -> str:
    """The rows of a table whose reference leads nowhere, or into another set."""
    return f"""
        SELECT x.id::text FROM annotations_{table} x WHERE x.{column} IS NOT NULL AND NOT EXISTS (
            SELECT FROM annotations_{target} y
            WHERE y.id = x.{column} AND y.set_id = x.set_id AND y.project_id = x.project_id)
        """


def ends_of(table: str) -> str:
    """Each merged row with the end of its chain; rows in a circle have none and are missing."""
    return f"""
        WITH RECURSIVE ends (id, final) AS (
            SELECT m.id, m.merged_into_id FROM annotations_{table} m
            JOIN annotations_{table} t ON t.id = m.merged_into_id AND t.merged_into_id IS NULL
            UNION ALL
            SELECT m.id, e.final FROM ends e JOIN annotations_{table} m ON m.merged_into_id = e.id)
        """


def wrong_ends(table: str) -> str:
    return f"""
        SELECT id FROM ({ends_of(table)}
            SELECT t.id FROM annotations_{table} t LEFT JOIN ends e ON e.id = t.id
            WHERE t.canonical_id <> coalesce(e.final, t.id) AND (t.merged_into_id IS NULL OR e.id IS NOT NULL)) w
        """


def circles(table: str) -> str:
    return f"""
        SELECT id FROM ({ends_of(table)}
            SELECT t.id FROM annotations_{table} t JOIN annotations_{table} o ON o.id = t.merged_into_id
            WHERE NOT EXISTS (SELECT FROM ends e WHERE e.id = t.id)) w
        """


INVARIANTS = {
    # Spans and the text
    "span_formed": Invariant(
        "A span is whole: a part, a start, an end after it, its text; and two pieces or more where it has pieces.",
        f"""
        SELECT s.id FROM {SPANS} WHERE num_nulls(part, "start", "end", exact, pieces) < 5
        AND ({FORMED} AND part IN ('body', 'title')) IS NOT TRUE
        UNION ALL SELECT id FROM annotations_mention WHERE exact IS NULL
        UNION ALL SELECT id FROM annotations_quote WHERE exact IS NULL
        UNION ALL SELECT id FROM annotations_claimoccurrence WHERE exact IS NULL
        """,
    ),
    "span_in_text": Invariant(
        "A span ends where its text does, or before.",
        f"""
        SELECT s.id FROM {SPANS} JOIN articles_revision r ON r.id = s.revision_id
        WHERE s."end" > CASE s.part WHEN 'title' THEN r.title_length ELSE r.body_length END
        """,
    ),
    "span_length": Invariant(
        "The stored words of a span are as long as it is, a space between its pieces counted.",
        f"""
        SELECT s.id FROM {SPANS} WHERE pieces IS NULL AND {FORMED} AND char_length(exact) <> "end" - "start"
        UNION ALL
        SELECT s.id FROM {SPANS} WHERE pieces IS NOT NULL AND {FORMED} AND char_length(exact) <>
            (SELECT sum(p.e - p.s + 1) - 1 FROM {PIECES} p)
        """,
    ),
    "span_exact": Invariant(
        "The stored words of a span are those of the text there.",
        # Most spans are short: one join compares them all. The rest is asked one by one.
        f"""
        SELECT s.id FROM {SPANS} JOIN {WINDOWS} w
            ON w.revision_id = s.revision_id AND w.part = s.part AND w.n = s."start" / 512
        WHERE s.pieces IS NULL AND char_length(s.exact) = s."end" - s."start" AND {SHORT}
          AND substr(w.text, s."start" % 512 + 1, s."end" - s."start") <> s.exact
          AND char_length(substr(w.text, s."start" % 512 + 1, s."end" - s."start")) = char_length(s.exact)
        UNION ALL
        SELECT s.id FROM {SPANS}
        WHERE s.pieces IS NULL AND char_length(s.exact) = s."end" - s."start" AND NOT {SHORT}
          AND onrecord_text(s.revision_id, s.part, s."start", s."end") <> s.exact
          AND char_length(onrecord_text(s.revision_id, s.part, s."start", s."end")) = char_length(s.exact)
        UNION ALL
        SELECT s.id FROM {SPANS} WHERE s.pieces IS NOT NULL AND {FORMED} AND char_length(s.exact) =
            (SELECT char_length(string_agg(onrecord_text(s.revision_id, s.part, p.s, p.e), ' ')) FROM {PIECES} p)
          AND s.exact <> (SELECT string_agg(onrecord_text(s.revision_id, s.part, p.s, p.e), ' ' ORDER BY p.i)
                          FROM {PIECES} p)
        """,
    ),
    "span_pieces": Invariant(
        "The pieces of a span share no character, and reach from its start to its end.",
        f"""
        SELECT s.id FROM {SPANS} WHERE s.pieces IS NOT NULL AND {FORMED} AND (
            SELECT min(p.s) <> s."start" OR max(p.e) <> s."end" OR bool_or(p.s >= p.e OR p.e > p.next)
            FROM (SELECT p.s, p.e, lead(p.s) OVER (ORDER BY p.s) AS next FROM {PIECES} p) p)
        """,
    ),
    # Sets and what is in them
    "set_on_revision": Invariant(
        "A set is on a revision of its article and project.",
        """
        SELECT s.id FROM annotations_annotationset s WHERE NOT EXISTS (
            SELECT FROM articles_revision r
            WHERE r.id = s.revision_id AND r.article_id = s.article_id AND r.project_id = s.project_id)
        """,
    ),
    "set_annotator_known": Invariant(
        "The user behind a set is there.",
        """
        SELECT s.id FROM annotations_annotationset s WHERE s.annotator_user_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM projects_user u WHERE u.id = s.annotator_user_id)
        """,
    ),
    "set_once": Invariant(
        "An annotator has one set of a kind and label on a revision.",
        """
        SELECT unnest(array_agg(id)) FROM annotations_annotationset
        GROUP BY revision_id, annotator_user_id, annotator_name, annotator_kind, annotator_version, kind, label
        HAVING count(*) > 1
        """,
    ),
    "set_parents_on_article": Invariant(
        "A set was made from other sets on its article.",
        """
        SELECT p.set_id FROM annotations_setparent p WHERE p.set_id = p.parent_id
        OR NOT EXISTS (SELECT FROM annotations_annotationset s WHERE s.id = p.set_id AND s.article_id = p.article_id)
        OR NOT EXISTS (SELECT FROM annotations_annotationset s WHERE s.id = p.parent_id AND s.article_id = p.article_id)
        """,
    ),
    "annotation_in_set": Invariant(
        "An annotation has the revision, article and project of its set.",
        each(
            """
        SELECT x.id FROM annotations_{t} x WHERE x.set_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM annotations_annotationset s WHERE s.id = x.set_id AND s.revision_id = x.revision_id
            AND s.article_id = x.article_id AND s.project_id = x.project_id)
        """,
            ("mention", "quote", "claimoccurrence", "evidence"),
        ),
    ),
    "external_id_once": Invariant(
        "An external_id names one annotation of its kind in a set.",
        each(
            """
        SELECT unnest(array_agg(id)) FROM annotations_{t} WHERE external_id IS NOT NULL
        GROUP BY set_id, external_id HAVING count(*) > 1
        """,
            ("mention", "quote", "claimoccurrence"),
        ),
    ),
    "mention_once": Invariant(
        "A set has one mention on the same pieces.",
        """
        SELECT unnest(array_agg(id)) FROM annotations_mention
        GROUP BY set_id, part, "start", "end", pieces HAVING count(*) > 1
        """,
    ),
    # Links
    "quote_parent_in_set": Invariant("A quote is nested in a quote of its set.", in_set("quote", "parent_id", "quote")),
    "quote_nesting_ends": Invariant(
        "Quotes nest at most 8 levels deep, and never in a circle.",
        """
        SELECT id FROM (
            WITH RECURSIVE down (id, depth) AS (
                SELECT q.id, 1 FROM annotations_quote q WHERE q.parent_id IS NULL
                   OR NOT EXISTS (SELECT FROM annotations_quote p WHERE p.id = q.parent_id)
                UNION ALL
                SELECT q.id, d.depth + 1 FROM down d JOIN annotations_quote q ON q.parent_id = d.id WHERE d.depth < 9)
            SELECT q.id FROM annotations_quote q LEFT JOIN down d ON d.id = q.id
            WHERE q.parent_id IS NOT NULL AND (d.depth > 8 OR d.id IS NULL)) w
        """,
    ),
    "source_in_set": Invariant(
        "A source joins a quote and a mention of its own set. (Ids are the quotes'.)",
        """
        SELECT x.quote_id FROM annotations_quotesource x
        WHERE NOT EXISTS (SELECT FROM annotations_quote q
                          WHERE q.id = x.quote_id AND q.set_id = x.set_id AND q.project_id = x.project_id)
           OR x.mention_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM annotations_mention m
              WHERE m.id = x.mention_id AND m.set_id = x.set_id AND m.project_id = x.project_id)
        """,
    ),
    "source_speaker_follows": Invariant(
        "A source that inherits its speaker has its mention's. (Ids are the quotes'.)",
        """
        SELECT x.quote_id FROM annotations_quotesource x LEFT JOIN annotations_mention m ON m.id = x.mention_id
        WHERE x.inherited AND x.speaker_id IS DISTINCT FROM m.speaker_id
        """,
    ),
    "source_somebody": Invariant(
        "A source is a mention, a speaker, or both. (Ids are the quotes'.)",
        """
        SELECT quote_id FROM annotations_quotesource
        WHERE mention_id IS NULL AND (speaker_id IS NULL OR inherited)
        """,
    ),
    "occurrence_quote_in_set": Invariant(
        "A claim occurrence cites a quote of its set.", in_set("claimoccurrence", "quote_id", "quote")
    ),
    "evidence_in_set": Invariant(
        "Evidence rests on a quote or an occurrence of its set.",
        in_set("evidence", "quote_id", "quote") + "UNION ALL" + in_set("evidence", "occurrence_id", "claimoccurrence"),
    ),
    "reference_in_project": Invariant(
        "What refers to a speaker, a claim, an occurrence or an original refers to one of its project."
        " (Numbers are those of source and claimant links.)",
        "UNION ALL".join(
            in_project(*link)
            for link in (
                ("mention", "speaker_id", "speaker"),
                ("quotesource", "speaker_id", "speaker"),
                ("quotesource", "affiliation_id", "speaker"),
                ("claimant", "speaker_id", "speaker"),
                ("claimant", "occurrence_id", "claimoccurrence"),
                ("speaker", "affiliation_id", "speaker"),
                ("speaker", "merged_into_id", "speaker"),
                ("claim", "merged_into_id", "claim"),
                ("claimoccurrence", "claim_id", "claim"),
                ("claimrelation", "source_id", "claim"),
                ("claimrelation", "target_id", "claim"),
                ("claimreview", "claim_id", "claim"),
                ("evidence", "claim_id", "claim"),
                ("mention", "derived_from_id", "mention"),
                ("quote", "derived_from_id", "quote"),
                ("claimoccurrence", "derived_from_id", "claimoccurrence"),
            )
        ),
    ),
    "identity_in_project": Invariant(
        "What is in no set is in a project that is there, and an unnamed speaker in an article of it.",
        each(
            """
        SELECT x.id FROM annotations_{t} x
        WHERE NOT EXISTS (SELECT FROM projects_project p WHERE p.id = x.project_id)
        """,
            ("speaker", "claim", "claimrelation", "claimreview", "evidence"),
        )
        + """
        UNION ALL SELECT s.id FROM annotations_speaker s WHERE s.article_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM articles_article a WHERE a.id = s.article_id AND a.project_id = s.project_id)
        """,
    ),
    # Identities
    "merge_ends": Invariant("A chain of merges ends somewhere.", circles("speaker") + "UNION ALL" + circles("claim")),
    "canonical_is_the_end": Invariant(
        "The stored end of a chain of merges is its end.", wrong_ends("speaker") + "UNION ALL" + wrong_ends("claim")
    ),
    "unnamed_has_article": Invariant(
        "An unnamed speaker has an article, a named one none.",
        "SELECT id FROM annotations_speaker WHERE is_named = (article_id IS NOT NULL)",
    ),
    "unnamed_stays_local": Invariant(
        "An unnamed speaker is used in its own article only. (Ids are the speakers'.)",
        """
        SELECT s.id FROM annotations_speaker s JOIN annotations_mention m ON m.speaker_id = s.id
        WHERE m.article_id <> s.article_id
        UNION ALL
        SELECT s.id FROM annotations_speaker s
        JOIN annotations_quotesource x ON x.speaker_id = s.id JOIN annotations_quote q ON q.id = x.quote_id
        WHERE q.article_id <> s.article_id AND NOT x.inherited
        UNION ALL
        SELECT s.id FROM annotations_speaker s
        JOIN annotations_quotesource x ON x.affiliation_id = s.id JOIN annotations_quote q ON q.id = x.quote_id
        WHERE q.article_id <> s.article_id
        UNION ALL
        SELECT s.id FROM annotations_speaker s JOIN annotations_claimant x ON x.speaker_id = s.id
        JOIN annotations_claimoccurrence o ON o.id = x.occurrence_id WHERE o.article_id <> s.article_id
        UNION ALL
        SELECT s.id FROM annotations_speaker s
        JOIN annotations_speaker o ON o.affiliation_id = s.id OR o.merged_into_id = s.id
        WHERE s.article_id IS NOT NULL AND o.article_id IS DISTINCT FROM s.article_id
        """,
    ),
    "qid_once": Invariant(
        "A Wikidata id names one speaker of a project that is not merged.",
        """
        SELECT unnest(array_agg(id)) FROM annotations_speaker WHERE wikidata_qid IS NOT NULL AND merged_into_id IS NULL
        GROUP BY project_id, wikidata_qid HAVING count(*) > 1
        """,
    ),
    "relation_once": Invariant(
        "Two claims stand in a relation once, whichever way where it has no direction; and no claim to itself.",
        """
        SELECT unnest(array_agg(id)) FROM (
            SELECT id, type, CASE WHEN both_ways THEN least(source_id, target_id) ELSE source_id END AS one,
                   CASE WHEN both_ways THEN greatest(source_id, target_id) ELSE target_id END AS other
            FROM (SELECT *, type IN ('same_as', 'contradicts', 'related') AS both_ways
                  FROM annotations_claimrelation) r) r
        GROUP BY type, one, other HAVING count(*) > 1
        UNION ALL SELECT id FROM annotations_claimrelation WHERE source_id = target_id
        """,
    ),
}
