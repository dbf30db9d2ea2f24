"""What is true of sets, of what is in them, and of the links between all this."""

from backend.integrity import Invariant


def each(query: str, tables: tuple[str, ...]) -> str:
    """One query over several tables: `{t}` is the table's name without its app."""
    return " UNION ALL ".join(query.replace("{t}", table) for table in tables)


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


INVARIANTS = {
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
}
