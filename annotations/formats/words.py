"""The closed vocabularies that formats translate to and from; a test holds them to `annotations.choices`."""

from typing import Final

QUOTE_TYPES: Final = (
    "direct",
    "indirect",
    "mixed",
    "free_indirect",
    "indirect_free_indirect",
    "reported",
    "unspecified",
)
ACTS: Final = (
    *("statement", "belief", "knowledge", "intention", "attitude", "decree", "perception"),
    "unspecified",
)
MEDIA: Final = ("speech", "writing", "thought")
FACTUALITY: Final = ("factual", "negated", "nonfactual")
MENTION_KINDS: Final = ("named", "nominal", "pronominal", "anaphoric")
SOURCE_ROLES: Final = ("source", "spokesperson", "addressee")
OCCURRENCE_STANCES: Final = ("affirms", "denies", "reports")
VERDICTS: Final = (
    *("supported", "mostly_supported", "mixed", "mostly_refuted", "refuted", "conflicting", "not_enough_evidence"),
    "unrated",
)

ARTICLES: Final = {"a", "an", "the"}
PRONOUNS: Final = {
    *("i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours", "he", "him", "his", "she", "her"),
    *("hers", "it", "its", "they", "them", "their", "theirs", "who", "whom", "whose", "which", "that", "this", "these"),
    *("those", "one", "everyone", "everybody", "someone", "somebody", "anyone", "anybody", "nobody"),
}


def mention_kind(words: str) -> str:
    """For formats that have none, a rule of thumb for English: a lone pronoun; else named if a word other than an
    article has a capital."""
    tokens = words.split()
    if len(tokens) == 1 and tokens[0].lower() in PRONOUNS:
        return "pronominal"
    capital = any(token[:1].isupper() and token.lower() not in ARTICLES for token in tokens)
    return "named" if capital else "nominal"
