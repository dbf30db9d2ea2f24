"""What a user of the Python client would write. Each scenario has its twin in scenarios.ts."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from onrecord_client import AsyncClient, Client, Incomplete, Invalid, Stale
from onrecord_client.models import (
    AnnotationDocumentRequest,
    ArticleRequest,
    PatchedQuoteRequest,
    Quote,
    QuoteInDocumentRequest,
    QuoteRequest,
    SpanRequest,
)

TEXT = "He said 😀 “yes” 🌉, then 👩‍👩‍👧 left."


def create(client: Client, project: str) -> Any:
    """The server finds the words; the offsets are those of this language's strings."""
    article = client.create_article(ArticleRequest(project=UUID(project), title="Emoji", body=TEXT))
    quote = client.create_quote(
        QuoteRequest(article=article.id, content=SpanRequest(exact="“yes”"), cue=SpanRequest(exact="said"))
    )
    start = TEXT.index("then")
    sent = SpanRequest(start=start, end=start + 4, exact="then")
    second = client.create_quote(QuoteRequest(article=article.id, content=sent))
    return {
        "id": str(quote.id),
        "body": article.body == TEXT,
        "slice": TEXT[quote.content.start : quote.content.end],
        "start": quote.content.start,
        "sent": [second.content.start == start, second.content.exact],
        "cue": quote.cue.exact if quote.cue else None,
    }


def pages(client: Client, article: str) -> Any:
    quotes = client.list_quotes(article=article, page_size=200)
    texts = [quote.content.exact for quote in quotes]
    sizes = [len(page.results) for page in quotes.pages()]
    first = quotes.first()
    return {
        "texts": texts,
        "sizes": sizes,
        "count": quotes.count(),
        "first": first.content.exact if first else None,
        "none": client.list_quotes(article=article, q="no such words").first(),
    }


def conflict(client: Client, article: str) -> Any:
    mine = add(client, article)
    theirs = client.get_quote(mine.id)
    client.update_quote(theirs, PatchedQuoteRequest(venue="City Hall"))
    try:
        client.update_quote(mine, PatchedQuoteRequest(note="Too late"))
    except Stale as stale:
        code, etag = stale.code, stale.etag
    fresh = client.get_quote(mine.id)
    both = client.update_quote(fresh, PatchedQuoteRequest(note="In time"))
    client.delete_quote(both)
    return {"code": code, "etag": etag, "id": str(mine.id), "venue": both.venue, "note": both.note}


def replace(client: Client, article: str) -> Any:
    """An article's annotations have no version: the client remembers the tag of what it has read."""
    quote = add(client, article)
    read = client.get_article_annotations(article, set_=quote.set_)
    put = AnnotationDocumentRequest(quotes=[QuoteInDocumentRequest(content=SpanRequest(exact="then"))])
    client.write_article_annotations(article, put, mode="replace", set_=quote.set_, if_match=read)
    try:
        client.write_article_annotations(article, put, mode="replace", set_=quote.set_, if_match=read)
    except Stale as stale:
        code = stale.code
    now = client.get_article_annotations(article, set_=quote.set_)
    return {"code": code, "texts": [quote.content.exact for quote in now.quotes]}


def add_one(client: Client, article: str) -> Any:
    """One write, over a wire that may fail."""
    begun = time.monotonic()
    quote = add(client, article)
    return {"id": str(quote.id), "seconds": time.monotonic() - begun}


def bad(client: Client, article: str) -> Any:
    cue = SpanRequest(start=0, end=2, exact="He!")
    try:
        client.create_quote(QuoteRequest(article=UUID(article), content=SpanRequest(exact="not there"), cue=cue))
    except Invalid as invalid:
        faults = sorted([fault.pointer, fault.code] for fault in invalid.faults)
        return {"status": invalid.status, "faults": faults, "request_id": bool(invalid.request_id)}


def follow(client: Client, project: str, article: str) -> Any:
    """All there is; then, from the cursor on, what comes while one waits."""
    feed = client.follow(project, every=None)
    seen = [change.seq for change in feed]
    quote = add(client, article)
    following = client.follow(project, cursor=feed.cursor, every=0.1)
    found = []
    for change in following:
        found.append([change.action, change.type_, str(change.id)])
        if len(found) == 1:
            client.delete_quote(quote)
        if change.action == "deleted":
            break
    return {"id": str(quote.id), "ascends": seen == sorted(set(seen)), "seen": len(seen), "found": found}


def export(client: Client, project: str, path: str) -> Any:
    """Line by line; cut off, it is known to be; and as a file."""
    records = [record["record"] for record in client.export_project(project, "ndjson").records()]
    sizes: list[int] = []
    saved = client.export_project(project, "brat").save(path, sizes.append)
    return {"records": records, "size": sizes[-1] == saved.stat().st_size, "zip": saved.read_bytes()[:2].decode()}


def export_cut(client: Client, project: str, format: Any, path: str | None) -> Any:
    download = client.export_project(project, format)
    try:
        if path:
            download.save(path)
        else:
            list(download.records())
    except Incomplete as error:
        return str(error)


def export_stream(client: Client, project: str) -> Any:
    """What comes before it is known that there will not be more."""
    found = b""
    try:
        for chunk in client.export_project(project, "doccano").stream():
            found += chunk
    except Incomplete as error:
        return {"found": found.decode(), "error": str(error)}
    return {"found": found.decode(), "error": None}


def import_(client: Client, project: str, path: str) -> Any:
    """Sent, followed, and told what was refused."""
    seen: list[str] = []
    job = client.import_file(project, path, "ndjson", progress=lambda now: seen.append(now.status), every=0.1)
    refused = [[item.line, item.code] for item in job.report.items if item.outcome == "refused"]
    return {"status": job.status, "seen": seen[-1], "all": job.done == job.total, "refused": refused}


def at_once(client: Client, project: str, article: str) -> Any:
    """The same calls, awaited."""

    async def run() -> Any:
        async with AsyncClient() as awaited:
            await asyncio.gather(*(awaited.create_quote(request(article, key)) for key in ("a", "b", "c")))
            keys = [quote.external_id async for quote in awaited.list_quotes(article=article, page_size=2)]
            changes = [change.type_ async for change in awaited.follow(project, every=None)]
            me = await awaited.get_me()
        return {"keys": sorted(key for key in keys if key), "changes": len(changes), "me": me.username}

    return asyncio.run(run())


def add(client: Client, article: str) -> Quote:
    return client.create_quote(request(article))


def request(article: str, key: str | None = None) -> QuoteRequest:
    return QuoteRequest(article=UUID(article), content=SpanRequest(exact="left"), external_id=key)


SCENARIOS: dict[str, Callable[..., Any]] = {
    scenario.__name__.rstrip("_"): scenario
    for scenario in (
        create,
        pages,
        conflict,
        replace,
        add_one,
        bad,
        follow,
        export,
        export_cut,
        export_stream,
        import_,
        at_once,
    )
}

if __name__ == "__main__":
    with Client() as client:
        print(json.dumps(SCENARIOS[sys.argv[1]](client, **json.loads(sys.argv[2]))))
