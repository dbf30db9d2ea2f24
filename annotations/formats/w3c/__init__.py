"""W3C Web Annotations as JSON-LD.

Specification: https://www.w3.org/TR/annotation-model/ and https://www.w3.org/TR/annotation-vocab/.

**Written**: one AnnotationCollection with one page, as it goes. One Annotation for each quote, mention and claim
occurrence; its targets are the pieces of its span, each with a TextQuoteSelector and a TextPositionSelector in code
points, as the model counts. Terms of our own, in a context that is part of the file (`terms.py`), say what the model
has no words for: cue, sources, parent, set. Before an article's annotations comes one that describes it: its body is
the article's text, its `record` all that is no span annotation. Other clients read a body against each target on its
own, so they see the pieces of a discontinuous quote as separate highlights.

**Read back**, nothing is lost. Tags and notes are taken from the bodies, where other clients change them.

**Read from other tools** (Hypothesis, Recogito; arrays, pages, or one annotation a line): see `foreign.py`. Lost, and
reported: page notes, selectors other than of text, annotations on several pages. Replies' threads, and who may read
what, are not kept. `mapping`: `{"object": "quote", "tags": {tag: "mention", …}, "articles": {address: external_id},
"positions": true}`; the last takes the positions too, for tools that count in the article's own text.
"""

from annotations.formats.w3c.reading import read
from annotations.formats.w3c.writing import write

__all__ = ["read", "write"]
