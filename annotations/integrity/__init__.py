"""What is true of spans, of the links between them, and of the identities behind them."""

from annotations.integrity import identities, links, spans

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

INVARIANTS = spans.INVARIANTS | links.INVARIANTS | identities.INVARIANTS
