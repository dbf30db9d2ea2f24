"""Which article each document of a call is about: one that is there, or a new one; and how its texts are numbered."""

from __future__ import annotations

from typing import Any

from annotations.actions.call import Call, Target
from annotations.actions.nodes import Document, Node, final
from annotations.actions.rows import Texts
from articles.actions import new_article, revise_article, text_faults
from articles.models import Article, Revision
from articles.text import digest, normalise
from backend.errors import Fault, Problem

# What of a sent article is not a fact of its own.
TEXTS = {"title", "body", "revisions", "revision"}


def known_target(call: Call, document: Document, article: Article) -> None:
    """The article door: a text that is sent must be one of the article's."""
    head = article.head
    call.targets[document] = Target(article.pk, head)
    call.texts[head.pk] = Texts.of(head)
    node = document.article
    if node is not None:
        node.reuse(article.pk)
        number_texts(call, node, call.targets[document], {r.sha256: r for r in article_texts([article])})


def find_targets(call: Call, on_conflict: str) -> None:
    """The managers' doors: an article is known by its external_id, else by title and body."""
    nodes = [document.article for document in call.scope.documents if document.article]
    hashes = {node: sha256(*sent_texts(node)[-1][1:]) for node in nodes if sent_texts(node)}
    again = articles_again(call, nodes)
    known = known_articles(call, nodes, hashes) | again
    clashes = {node: row for node, row in known.items() if node not in again}
    if clashes and on_conflict == "fail":
        detail = "The article is in the project already; say with `on_conflict` what to do with it."
        raise Problem(409, [node.fault("already-exists", detail, id=str(row.pk)) for node, row in clashes.items()])
    texts: dict[Any, dict[str, Revision]] = {}
    for revision in article_texts(list(known.values())):
        texts.setdefault(revision.article_id, {})[revision.sha256] = revision
        call.texts[revision.pk] = Texts.of(revision)
    if any(row.pk not in texts for row in known.values()):
        raise Article.DoesNotExist  # since it was found
    for node in nodes:
        if faults := sent_faults(node):
            call.refuse(*faults)
        elif node in known:
            meet(call, node, known[node], texts[known[node].pk], "add" if node in again else on_conflict)
        elif node not in hashes:
            call.refuse(no_text(node))
    for document in call.scope.documents:
        document.skipped = document.skipped or (document.alike is not None and document.alike.skipped)


def known_articles(call: Call, nodes: list[Node], hashes: dict[Node, str]) -> dict[Node, Article]:
    """The articles that are there: by external id where a document has one, else by the hash of its text."""
    external = [node.data["external_id"] for node in nodes if node.data.get("external_id")]
    there = Article.objects.filter(project=call.project)
    by_external = {row.external_id: row for row in there.filter(external_id__in=external)}
    by_hash = {r.sha256: r.article for r in texts_with(call, list(hashes.values()))}
    own = call.file.brought("articles", {row.pk for row in by_hash.values()})  # two objects of one file stay two
    known = {}
    for node in nodes:
        name = node.data.get("external_id")
        row = by_external.get(name) if name else by_hash.get(hashes.get(node, ""))
        if row is not None and (name or row.pk not in own):
            known[node] = row
    return known


def articles_again(call: Call, nodes: list[Node]) -> dict[Node, Article]:
    """Those that earlier parts of the file were about, under the file's own id."""
    named = {node: call.file.objects.get(("articles", node.sent_id)) for node in nodes if node.sent_id}
    here = {node: pk for node, pk in named.items() if pk}
    rows = Article.objects.in_bulk(set(here.values())) if here else {}
    return {node: rows[pk] for node, pk in here.items() if pk in rows}


def sent_faults(node: Node) -> list[Fault]:
    sent = [(f"/revisions/{n}", texts) for n, texts in enumerate(node.data.get("revisions") or ())]
    return [
        fault.under(node.pointer + pointer)
        for pointer, texts in sent or [("", node.data)]
        for fault in text_faults(texts)
    ]


def texts_with(call: Call, hashes: list[str]) -> Any:
    return Revision.objects.filter(project=call.project, sha256__in=hashes).select_related("article").order_by("-pk")


def article_texts(articles: list[Article]) -> Any:
    """All revisions of the articles, oldest first, so that of two equal texts the later one is found."""
    return Revision.objects.filter(article__in={a.pk for a in articles}).order_by("number") if articles else ()


def meet(call: Call, node: Node, article: Article, texts: dict[str, Revision], on_conflict: str) -> None:
    """A document about an article that is there."""
    node.reuse(article.pk)
    heads = {revision.pk: revision for revision in texts.values()}
    target = call.targets[node.document] = Target(article.pk, heads[article.head_id])
    if on_conflict == "skip":
        node.document.skipped = True
        call.skipped += 1
        return
    if on_conflict == "new_revision":
        add_texts(call, node, article, target, texts)
    number_texts(call, node, target, texts)


def add_texts(call: Call, node: Node, article: Article, target: Target, texts: dict[str, Revision]) -> None:
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    base = target.head.number
    for _, title, body in sent_texts(node):
        if sha256(title, body) not in texts:
            revision = revise_article(caller=call.caller, article=article, title=title, body=body, base=base)
            texts[revision.sha256], article.head_id, base = revision, revision.pk, revision.number


def number_texts(call: Call, node: Node, target: Target, texts: dict[str, Revision]) -> None:
    """What the document calls revision n is the revision here with the same text."""
    for number, title, body in sent_texts(node):
        revision = texts.get(sha256(title, body))
        if revision is None:
            detail = "The article is there with another text, and annotations belong to one of its revisions."
            call.refuse(node.fault("article-differs", detail, "/body"))
        else:
            target.numbers[number] = target.head = revision


def new_targets(call: Call) -> None:
    """The articles that are not there yet, once references to publishers are settled."""
    for document in call.scope.documents:
        node = document.article
        if node is None or not node.new or document.skipped or not sent_texts(node):
            continue
        facts = {name: value for name, value in node.data.items() if name not in TEXTS}
        facts |= {name: final(facts[name]) for name in ("publisher", "republisher") if name in facts}
        texts = sent_texts(node)
        facts["revisions"] = [
            {"title": title, "body": body, "reason": reason_of(node, number)} for number, title, body in texts
        ]
        new = new_article(project=call.project, data=facts, back={"id": node.id})
        numbers = {number: revision for (number, _, _), revision in zip(texts, new.revisions, strict=True)}
        call.targets[document] = Target(node.id, new.revisions[-1], numbers, new)
        call.texts |= {revision.pk: Texts.of(revision) for revision in new.revisions}
    share_targets(call)


def share_targets(call: Call) -> None:
    """Documents that repeat the article of another one, by its id, are about the same."""
    for document in call.scope.documents:
        if document.alike is not None and document.alike in call.targets:
            call.targets.setdefault(document, call.targets[document.alike])


def sent_texts(node: Node) -> list[tuple[int, str, str]]:
    """(number, title, body) of the texts that came with an article, the head last."""
    data = node.data
    if data.get("revisions"):
        return sorted((r["number"], r["title"], r["body"]) for r in data["revisions"])
    if "title" in data and "body" in data:
        return [(data.get("revision") or 1, data["title"], data["body"])]
    return []


def reason_of(node: Node, number: int) -> str:
    reasons = {r["number"]: r.get("reason", "") for r in node.data.get("revisions") or ()}
    return reasons.get(number) or ""


def sha256(title: str, body: str) -> str:
    return digest(normalise(title), normalise(body))


def no_text(node: Node) -> Fault:
    return node.fault("required", "An article that is not there yet needs its title and body.", "/body")
