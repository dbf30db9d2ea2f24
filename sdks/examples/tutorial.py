# %% [markdown]
# # onrecord in ten steps
#
# Who said what, on the record. You need a server (`python3 run.py`), its address and a token in `ONRECORD_URL` and
# `ONRECORD_TOKEN`, and `pip install onrecord-client pandas`. Run the cells from above to below, or the file as it is.

# %% Step 1: say hello
from uuid import uuid4

import pandas as pd
from onrecord_client import Client, Invalid, Stale
from onrecord_client.models import (
    ArticleRequest,
    ClaimOccurrenceRequest,
    ClaimRequest,
    PatchedQuoteRequest,
    ProjectRequest,
    QuoteRequest,
    SourceRequest,
    SpanRequest,
    SpeakerRequest,
)

client = Client()
me = client.get_me()
print(f"I am {me.username}, and may {', '.join(me.scopes)}.")

# %% Step 2: a project of one's own. Nothing is shared between projects.
project = client.create_project(ProjectRequest(slug=f"tutorial-{uuid4().hex[:8]}", name="Tutorial"))

# %% Step 3: an article. Its text is kept as it is; a correction would be a new revision.
BODY = (
    "“The bridge is safe 🌉,” Mayor Ana Ruiz said on Monday. Engineers disagree: Ben Okafor told reporters "
    "that the mayor “has not read the report” and that the bridge will close in May."
)
article = client.create_article(
    ArticleRequest(project=project.id, title="Mayor: the bridge is safe", body=BODY, language="en")
)

# %% Step 4: a speaker. The same person, however the text calls her.
ruiz = client.create_speaker(SpeakerRequest(project=project.id, name="Ana Ruiz", kind="person"))

# %% Step 5: a quote, by its words alone. The server finds them and says where.
safe = client.create_quote(
    QuoteRequest(
        article=article.id,
        type_="direct",
        content=SpanRequest(exact="The bridge is safe 🌉,"),
        cue=SpanRequest(exact="said"),
        sources=[SourceRequest(span=SpanRequest(exact="Mayor Ana Ruiz"), speaker=ruiz.id, role_text="Mayor")],
    )
)
assert BODY[safe.content.start : safe.content.end] == safe.content.exact

# %% Step 6: words that are there twice. The refusal shows both places; `prefix` or offsets say which.
try:
    client.create_quote(QuoteRequest(article=article.id, content=SpanRequest(exact="bridge")))
except Invalid as refused:
    print(refused)
closes = client.create_quote(
    QuoteRequest(
        article=article.id,
        type_="mixed",
        content=SpanRequest(exact="the mayor “has not read the report” and that the bridge will close in May"),
        cue=SpanRequest(exact="told"),
        sources=[SourceRequest(span=SpanRequest(exact="Ben Okafor"))],
    )
)

# %% Step 7: two editors at once. What was read says which version is meant, so nobody overwrites anybody.
hers = client.get_quote(safe)
client.update_quote(safe, PatchedQuoteRequest(venue="City Hall"))
try:
    client.update_quote(hers, PatchedQuoteRequest(note="Checked against the recording"))
except Stale:
    hers = client.get_quote(hers)
    hers = client.update_quote(hers, PatchedQuoteRequest(note="Checked against the recording"))
print(hers.venue, "·", hers.note)

# %% Step 8: a claim, and where it is made.
claim = client.create_claim(
    ClaimRequest(project=project.id, text="The bridge will close in May.", types=["prediction"])
)
client.create_claim_occurrence(
    ClaimOccurrenceRequest(
        article=article.id,
        claim=claim.id,
        quote=closes.id,
        stance="affirms",
        span=SpanRequest(exact="will close in May"),
    )
)

# %% Step 9: all quotes of the project as a table. A list is all of it, however many pages that takes.
table = pd.DataFrame(
    {
        "who": [source.speaker_name or (source.span.exact if source.span else None) for source in quote.sources],
        "how": quote.type_,
        "verb": quote.cue and quote.cue.exact,
        "what": quote.content.exact,
    }
    for quote in client.list_quotes(project=project)
).explode("who")
print(table.to_string(index=False))

# %% Step 10: what has happened. Keep the cursor, and go on from there another day.
feed = client.follow(project, every=None)
print(pd.Series([f"{change.action} {change.type_}" for change in feed]).value_counts().to_string())
client.close()
