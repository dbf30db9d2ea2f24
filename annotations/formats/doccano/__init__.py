"""doccano's JSONL: one text a line, labelled spans, relations between them.

Specification: https://doccano.github.io/doccano/tutorial/ and, for the shapes of its files, the examples in
https://github.com/doccano/doccano/tree/master/backend/data_import/pipeline/examples. Offsets are code points; in a
project with "count grapheme clusters as one character" they are grapheme clusters, which the files do not tell:
`mapping`: `{"offsets": "graphemes"}` (or `"utf16"`, for files that scripts made).

**Read**: `entities` with `relations`, or `label` (older: `labels`) as lists of [start, end, label], or `annotations`
with a `user`, as versions before 1.0 wrote them. Of an archive with a file for each annotator, as doccano exports a
project that is not collaborative, the files' names are the annotators', and one text is one article with a set of each.
All other fields are kept in the article's `metadata`. What a label means: `marks/scheme.py`. The mapping also names
fields: `{"text": …, "title": …, "external_id": …, "url": …}`, and `{"annotator": "anna"}` for a single file.

**Lost, and reported**: what is no span, no relation and no field. These files do not tell the words of a span, so one
that is off can be seen only if it is out of the text.

**Written**: a line for each article and set, with relations: import them into a project for sequence labelling with
"allow overlapping entity" and "use relation labeling". What doccano has no place for is in the field `onrecord`, which
it keeps with the example and exports again; it is read back from there, by label and place of the spans. Lost, and
reported: earlier revisions and the sets on them; what belongs to no article.
"""

from annotations.formats.doccano.reading import read
from annotations.formats.doccano.writing import write

__all__ = ["read", "write"]
