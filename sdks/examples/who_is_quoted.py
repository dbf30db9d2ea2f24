"""Who is quoted in a corpus, how, and by which verbs.

    python who_is_quoted.py PROJECT [CORPUS]

CORPUS holds an annotation document a line, as `GET articles/{id}/annotations/` gives them. It is loaded first, in
batches; what the project has already is left as it is, so that one may run this twice. Needs pandas.
"""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd
from onrecord_client import Client
from onrecord_client.models import AnnotationDocumentRequest


def load(client: Client, project: str, corpus: Path) -> int:
    """How many articles were sent."""
    sent = 0
    with corpus.open(encoding="utf-8") as lines:
        while batch := [AnnotationDocumentRequest.from_dict(json.loads(line)) for line in islice(lines, 100)]:
            client.write_project_documents(project, batch, on_conflict="skip")
            sent += len(batch)
    return sent


def rows(client: Client, project: str) -> Iterator[dict[str, str | int | None]]:
    """One for each source of each quote; quotes without one count for nobody."""
    for quote in client.list_quotes(project=project, page_size=1000):
        verb = quote.cue_lemma or (quote.cue.exact.lower() if quote.cue else None)
        words = len(quote.content.exact.split())
        names = [s.speaker_name or (s.span.exact if s.span else None) for s in quote.sources if s.role == "source"]
        for name in names or [None]:
            yield {"speaker": name or "(nobody)", "type": quote.type_, "verb": verb, "words": words}


def report(table: pd.DataFrame) -> str:
    who = table.pivot_table(index="speaker", columns="type", values="words", aggfunc="count", fill_value=0)
    who["all"] = who.sum(axis=1)
    verbs = table.groupby("type")["verb"].value_counts().groupby(level=0).head(5)
    length = table.groupby("type")["words"].describe()[["count", "mean", "max"]].round(1)
    parts = {
        "Who is quoted, and how": who.sort_values("all", ascending=False).head(20),
        "By which verbs": verbs,
        "How many words": length,
    }
    return "\n\n".join(f"{title}\n{part.to_string()}" for title, part in parts.items())


def main(project: str, corpus: str | None = None) -> None:
    with Client() as client:
        if corpus:
            print(f"{load(client, project, Path(corpus))} articles sent.\n")
        table = pd.DataFrame(rows(client, project))
    print(report(table) if len(table) else "Nobody is quoted yet.")


if __name__ == "__main__":
    main(*sys.argv[1:])
