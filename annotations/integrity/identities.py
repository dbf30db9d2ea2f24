"""What is true of the identities behind the spans, and of how claims stand to each other."""

from backend.integrity import Invariant


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
