"""What is true of texts, their chunks, and the articles they belong to."""

from backend.integrity import Invariant

RECORDED = {
    "publisher": "SELECT id, version, project_id, created_by_id FROM articles_publisher",
    "article": "SELECT id, version, project_id, created_by_id FROM articles_article",
    "revision": "SELECT id, 1, project_id, created_by_id FROM articles_revision",
}

TEXTS = "(VALUES ('title', r.title), ('body', r.body)) p (part, text)"

INVARIANTS = {
    "revision_measured": Invariant(
        "A revision's lengths and hash are those of its text.",
        r"""
        SELECT id FROM articles_revision
        WHERE title_length <> char_length(title) OR body_length <> char_length(body)
           OR body_length_utf16 <> char_length(body) + regexp_count(body, '[\U00010000-\U0010FFFF]')
           OR sha256 <> encode(sha256(convert_to(title, 'UTF8') || '\x00'::bytea || convert_to(body, 'UTF8')), 'hex')
        """,
    ),
    "revision_clean": Invariant(
        "A stored text has no CR and no leading BOM.",
        r"""
        SELECT id FROM articles_revision
        WHERE position(E'\r' in title || body) > 0 OR left(title, 1) = U&'\FEFF' OR left(body, 1) = U&'\FEFF'
        """,
    ),
    "chunks_join_to_text": Invariant(
        "The chunks of a revision's part, joined, are its text; each but the last holds 1,024 code points.",
        f"""
        SELECT r.id FROM articles_revision r CROSS JOIN LATERAL {TEXTS} LEFT JOIN (
            SELECT revision_id, part, string_agg(text, '' ORDER BY n) AS text, count(*) AS size, max(n) AS last,
                   bool_or(char_length(text) <> 1024) FILTER (WHERE not_last) AS short
            FROM (SELECT *, lead(n) OVER (PARTITION BY revision_id, part ORDER BY n) IS NOT NULL AS not_last
                  FROM articles_chunk) c
            GROUP BY revision_id, part
        ) c ON c.revision_id = r.id AND c.part = p.part
        WHERE coalesce(c.text, '') <> p.text OR c.size <> c.last + 1 OR c.short
        """,
    ),
    "chunk_has_revision": Invariant(
        "A chunk belongs to a revision that is there.",
        """
        SELECT c.id FROM articles_chunk c
        WHERE NOT EXISTS (SELECT FROM articles_revision r WHERE r.id = c.revision_id) OR c.part NOT IN ('title', 'body')
        """,
    ),
    "revision_in_article": Invariant(
        "A revision is of an article of its project.",
        """
        SELECT r.id FROM articles_revision r
        WHERE NOT EXISTS (SELECT FROM articles_article a WHERE a.id = r.article_id AND a.project_id = r.project_id)
        """,
    ),
    "revision_numbers_complete": Invariant(
        "The revisions of an article are numbered from 1 on, each number once. (Ids are those of articles.)",
        """
        SELECT article_id FROM articles_revision GROUP BY article_id
        HAVING min(number) <> 1 OR max(number) <> count(*) OR count(DISTINCT number) <> count(*)
        """,
    ),
    "head_in_article": Invariant(
        "The head of an article is one of its revisions.",
        """
        SELECT a.id FROM articles_article a
        WHERE NOT EXISTS (SELECT FROM articles_revision r WHERE r.id = a.head_id AND r.article_id = a.id)
        """,
    ),
    "article_in_project": Invariant(
        "An article, a publisher and a capture are in a project that is there, and do not point across projects.",
        """
        SELECT p.id FROM articles_publisher p
        WHERE NOT EXISTS (SELECT FROM projects_project o WHERE o.id = p.project_id)
        UNION ALL
        SELECT a.id FROM articles_article a
        WHERE NOT EXISTS (SELECT FROM projects_project o WHERE o.id = a.project_id)
           OR a.publisher_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM articles_publisher p WHERE p.id = a.publisher_id AND p.project_id = a.project_id)
           OR a.republisher_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM articles_publisher p WHERE p.id = a.republisher_id AND p.project_id = a.project_id)
        UNION ALL
        SELECT c.article_id FROM articles_capture c
        WHERE NOT EXISTS (SELECT FROM articles_article a WHERE a.id = c.article_id AND a.project_id = c.project_id)
        """,
    ),
    "article_external_id_once": Invariant(
        "An external_id names one article of a project.",
        """
        SELECT unnest(array_agg(id)) FROM articles_article WHERE external_id IS NOT NULL
        GROUP BY project_id, external_id HAVING count(*) > 1
        """,
    ),
}
