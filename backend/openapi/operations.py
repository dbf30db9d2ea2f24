"""Every operation on one page: its id, which names the method in the SDKs, and its summary; grouped by tag."""

from __future__ import annotations

from typing import Any, NamedTuple


class Tag(NamedTuple):
    name: str
    description: str
    operations: dict[str, tuple[str, str]]


def versions(path: str, name: str, words: str) -> dict[str, tuple[str, str]]:
    """What every resource with a history offers."""
    history = f"/{path}/{{id}}/history/"
    return {
        f"GET {history}": (f"list{name}History", f"List the versions of {words}"),
        f"GET {history}{{version}}/": (f"get{name}Version", f"Read {words} as it once was"),
        f"POST {history}{{version}}/restore/": (f"restore{name}", f"Bring back a version of {words}"),
    }


TAGS = [
    Tag(
        "Me and my tokens",
        "Who the caller is, and the tokens that speak for them. A token's secret is shown once.",
        {
            "GET /me/": ("getMe", "Who am I, and what may I do?"),
            "GET /tokens/": ("listTokens", "List my tokens"),
            "POST /tokens/": ("createToken", "Make a token"),
            "GET /tokens/{id}/": ("getToken", "Read one of my tokens"),
            "DELETE /tokens/{id}/": ("revokeToken", "Revoke a token"),
        },
    ),
    Tag(
        "Projects",
        "The tenants. Articles, speakers and claims belong to one project, and nothing is shared between them.",
        {
            "GET /projects/": ("listProjects", "List projects"),
            "POST /projects/": ("createProject", "Make a project"),
            "GET /projects/{id}/": ("getProject", "Read a project"),
            "PATCH /projects/{id}/": ("updateProject", "Change a project's settings"),
            "DELETE /projects/{id}/": ("deleteProject", "Delete an empty project"),
            **versions("projects", "Project", "a project"),
        },
    ),
    Tag(
        "Members",
        "Who may do what in a project. Roles grow strictly: viewer, annotator, curator, manager.",
        {
            "GET /projects/{project}/members/": ("listProjectMembers", "List a project's members"),
            "POST /projects/{project}/members/": ("createProjectMember", "Add a member"),
            "GET /projects/{project}/members/{id}/": ("getProjectMember", "Read a member"),
            "PATCH /projects/{project}/members/{id}/": ("updateProjectMember", "Change a member's role"),
            "DELETE /projects/{project}/members/{id}/": ("deleteProjectMember", "Remove a member"),
            **versions("projects/{project}/members", "ProjectMember", "a member"),
        },
    ),
    Tag(
        "Publishers",
        "The outlets that articles come from.",
        {
            "GET /publishers/": ("listPublishers", "List publishers"),
            "POST /publishers/": ("createPublisher", "Add a publisher"),
            "GET /publishers/{id}/": ("getPublisher", "Read a publisher"),
            "PATCH /publishers/{id}/": ("updatePublisher", "Change a publisher"),
            "DELETE /publishers/{id}/": ("deletePublisher", "Delete a publisher that no article names"),
            **versions("publishers", "Publisher", "a publisher"),
        },
    ),
    Tag(
        "Articles",
        "News items with their facts. Their texts are revisions, numbered from 1 and never changed, so that a span "
        "means the same words for ever.",
        {
            "GET /articles/": ("listArticles", "List or search articles"),
            "POST /articles/": ("createArticle", "Add an article"),
            "GET /articles/{id}/": ("getArticle", "Read an article"),
            "PATCH /articles/{id}/": ("updateArticle", "Change an article's facts"),
            "DELETE /articles/{id}/": ("deleteArticle", "Delete an article without annotations"),
            "GET /articles/{id}/capture/": ("getArticleCapture", "Read the page as it was captured"),
            **versions("articles", "Article", "an article"),
            "GET /articles/{article}/revisions/": ("listArticleRevisions", "List an article's revisions"),
            "POST /articles/{article}/revisions/": ("createArticleRevision", "Correct an article's text"),
            "GET /articles/{article}/revisions/{number}/": ("getArticleRevision", "Read one revision"),
        },
    ),
    Tag(
        "Annotation documents",
        "Everything about an article in one object: what the bulk doors take, and what the seed file is.",
        {
            "GET /articles/{article}/annotations/": (
                "getArticleAnnotations",
                "Read all that is annotated on an article",
            ),
            "POST /articles/{article}/annotations/": (
                "writeArticleAnnotations",
                "Write many annotations of an article",
            ),
            "DELETE /articles/{article}/annotations/": ("clearArticleAnnotations", "Remove an article's annotations"),
            "POST /projects/{project}/documents/": ("writeProjectDocuments", "Write many articles with annotations"),
        },
    ),
    Tag(
        "Imports and exports",
        "Whole projects as files, in the formats of docs/formats.md. An import is a job: it "
        "is taken in at once, stored in batches, and tells what it refuses. An export streams.",
        {
            "GET /imports/": ("listImports", "List imports"),
            "POST /imports/": ("createImport", "Import a file"),
            "GET /imports/{id}/": ("getImport", "See how far an import is, and what it has found"),
            "POST /imports/{id}/cancel/": ("cancelImport", "End an import where it is"),
            "GET /projects/{project}/export/{format}/": ("exportProject", "Export a project"),
            "GET /projects/{project}/export/{format}/report/": (
                "getExportReport",
                "See what an export leaves out",
            ),
        },
    ),
    Tag(
        "Annotation sets",
        "One annotator's pass over one revision of one article: human, machine, imported or adjudicated. Every span "
        "annotation is in exactly one set.",
        {
            "GET /annotation-sets/": ("listAnnotationSets", "List annotation sets"),
            "POST /annotation-sets/": ("createAnnotationSet", "Open an annotation set"),
            "GET /annotation-sets/{id}/": ("getAnnotationSet", "Read an annotation set"),
            "PATCH /annotation-sets/{id}/": ("updateAnnotationSet", "Rename an annotation set"),
            "DELETE /annotation-sets/{id}/": ("deleteAnnotationSet", "Delete an annotation set"),
            "POST /annotation-sets/{id}/submit/": ("submitAnnotationSet", "Hand a set in"),
            "POST /annotation-sets/{id}/close/": ("closeAnnotationSet", "Close a set"),
            "POST /annotation-sets/{id}/reopen/": ("reopenAnnotationSet", "Let a set be written again"),
            **versions("annotation-sets", "AnnotationSet", "a set"),
        },
    ),
    Tag(
        "Quotes",
        "Attributions: content, cue and sources; direct, indirect or mixed; nested where one speaker quotes another.",
        {
            "GET /quotes/": ("listQuotes", "List or search quotes"),
            "POST /quotes/": ("createQuote", "Add a quote"),
            "GET /quotes/{id}/": ("getQuote", "Read a quote"),
            "PATCH /quotes/{id}/": ("updateQuote", "Change a quote"),
            "DELETE /quotes/{id}/": ("deleteQuote", "Delete a quote"),
            "POST /quotes/{id}/review/": ("reviewQuote", "Approve or reject a quote"),
            **versions("quotes", "Quote", "a quote"),
        },
    ),
    Tag(
        "Mentions",
        "Spans that name a speaker or refer to one; several quotes may share a mention.",
        {
            "GET /mentions/": ("listMentions", "List or search mentions"),
            "POST /mentions/": ("createMention", "Add a mention"),
            "GET /mentions/{id}/": ("getMention", "Read a mention"),
            "PATCH /mentions/{id}/": ("updateMention", "Change a mention"),
            "DELETE /mentions/{id}/": ("deleteMention", "Delete a mention"),
            "POST /mentions/{id}/review/": ("reviewMention", "Approve or reject a mention"),
            **versions("mentions", "Mention", "a mention"),
        },
    ),
    Tag(
        "Speakers",
        "Who is quoted, across articles: persons, organisations, countries, groups, documents; named or unnamed.",
        {
            "GET /speakers/": ("listSpeakers", "List or search speakers"),
            "POST /speakers/": ("createSpeaker", "Add a speaker"),
            "GET /speakers/{id}/": ("getSpeaker", "Read a speaker"),
            "PATCH /speakers/{id}/": ("updateSpeaker", "Change a speaker"),
            "DELETE /speakers/{id}/": ("deleteSpeaker", "Delete a speaker"),
            "POST /speakers/{id}/merge/": ("mergeSpeaker", "Merge a speaker into another"),
            "POST /speakers/{id}/unmerge/": ("unmergeSpeaker", "Take a merge back"),
            **versions("speakers", "Speaker", "a speaker"),
        },
    ),
    Tag(
        "Claims",
        "Propositions that can be checked, worded so that they stand alone.",
        {
            "GET /claims/": ("listClaims", "List or search claims"),
            "POST /claims/": ("createClaim", "Add a claim"),
            "GET /claims/{id}/": ("getClaim", "Read a claim"),
            "PATCH /claims/{id}/": ("updateClaim", "Change a claim"),
            "DELETE /claims/{id}/": ("deleteClaim", "Delete a claim"),
            "POST /claims/{id}/merge/": ("mergeClaim", "Merge a claim into another"),
            "POST /claims/{id}/unmerge/": ("unmergeClaim", "Take a merge back"),
            **versions("claims", "Claim", "a claim"),
        },
    ),
    Tag(
        "Claim occurrences",
        "Spans where a claim is affirmed, denied or reported.",
        {
            "GET /claim-occurrences/": ("listClaimOccurrences", "List or search claim occurrences"),
            "POST /claim-occurrences/": ("createClaimOccurrence", "Add a claim occurrence"),
            "GET /claim-occurrences/{id}/": ("getClaimOccurrence", "Read a claim occurrence"),
            "PATCH /claim-occurrences/{id}/": ("updateClaimOccurrence", "Change a claim occurrence"),
            "DELETE /claim-occurrences/{id}/": ("deleteClaimOccurrence", "Delete a claim occurrence"),
            "POST /claim-occurrences/{id}/review/": ("reviewClaimOccurrence", "Approve or reject a claim occurrence"),
            **versions("claim-occurrences", "ClaimOccurrence", "a claim occurrence"),
        },
    ),
    Tag(
        "Claim relations",
        "How one claim stands to another.",
        {
            "GET /claim-relations/": ("listClaimRelations", "List claim relations"),
            "POST /claim-relations/": ("createClaimRelation", "Relate two claims"),
            "GET /claim-relations/{id}/": ("getClaimRelation", "Read a claim relation"),
            "PATCH /claim-relations/{id}/": ("updateClaimRelation", "Change a claim relation"),
            "DELETE /claim-relations/{id}/": ("deleteClaimRelation", "Delete a claim relation"),
            **versions("claim-relations", "ClaimRelation", "a claim relation"),
        },
    ),
    Tag(
        "Evidence",
        "What supports or refutes a claim: a span, a claim occurrence, or a web page.",
        {
            "GET /evidence/": ("listEvidence", "List evidence"),
            "POST /evidence/": ("createEvidence", "Add evidence"),
            "GET /evidence/{id}/": ("getEvidence", "Read a piece of evidence"),
            "PATCH /evidence/{id}/": ("updateEvidence", "Change a piece of evidence"),
            "DELETE /evidence/{id}/": ("deleteEvidence", "Delete a piece of evidence"),
            **versions("evidence", "Evidence", "a piece of evidence"),
        },
    ),
    Tag(
        "Claim reviews",
        "Published verdicts on claims (schema.org ClaimReview).",
        {
            "GET /claim-reviews/": ("listClaimReviews", "List claim reviews"),
            "POST /claim-reviews/": ("createClaimReview", "Add a claim review"),
            "GET /claim-reviews/{id}/": ("getClaimReview", "Read a claim review"),
            "PATCH /claim-reviews/{id}/": ("updateClaimReview", "Change a claim review"),
            "DELETE /claim-reviews/{id}/": ("deleteClaimReview", "Delete a claim review"),
            **versions("claim-reviews", "ClaimReview", "a claim review"),
        },
    ),
    Tag(
        "Changes",
        "What has changed in a project, for those who keep a copy.",
        {"GET /changes/": ("listChanges", "Follow the changes of a project")},
    ),
]

# What the five usual operations do, where the view does not say it itself.
USUAL = {
    "list": "A page of those that the caller may see. Follow `next` until it is null.",
    "retrieve": "The answer's `ETag` is what a change sends back as `If-Match`.",
    "create": "Answers the whole new object, with its address in `Location`.",
    "partial_update": "Changes the fields that are sent; the others stay as they are. Answers the whole object.",
    "destroy": "What is in use is not deleted: 409 `in-use` says by what.",
}


class Named(NamedTuple):
    """What an operation is called."""

    id: str
    summary: str
    tag: str


NAMES = {at: Named(*words, tag.name) for tag in TAGS for at, words in tag.operations.items()}
PLACES = {at: place for place, at in enumerate(NAMES)}


def place(endpoint: tuple[str, str, str, Any]) -> int:
    """Where an endpoint of drf-spectacular (path, expression, method, view) stands above; new ones come last."""
    path = endpoint[0].removeprefix("/api/v1").replace("{pk}", "{id}")
    return PLACES.get(f"{endpoint[2]} {path}", len(PLACES))
