"""What is true of spans and the texts they lie on."""

from backend.integrity import Invariant

SPAN_COLUMNS = (
    ("mention", ""),
    ("quote", ""),
    ("quote", "cue_"),
    ("claimoccurrence", ""),
    ("claimoccurrence", "object_"),
    ("claimoccurrence", "time_"),
    ("evidence", ""),
)
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

INVARIANTS = {
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
}
