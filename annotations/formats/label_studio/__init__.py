"""Label Studio's JSON: tasks with a text, labelled regions, relations between them, several annotators, predictions.

Specification: https://labelstud.io/guide/task_format, https://labelstud.io/guide/export#Label-Studio-JSON-format,
https://labelstud.io/tags/labels, https://labelstud.io/tags/relations. Offsets count what JavaScript counts: UTF-16.

**Read**: the tool's JSON export (an array), one task a line, or one task; `annotations` (older: `completions`), each a
set of its annotator, `predictions` as sets of a model. Regions of any kind of labels over text; relations, with their
direction; choices on a region as fields (`type`, `act`, `factuality`, `medium`, `kind`, `stance`) or tags; a region's
notes (`meta.text`) and score; region ids as `external_id`. All other fields of `data` are kept in the article's
`metadata`. What a label means: `marks/scheme.py`. `mapping` also takes `{"text": "body"}`, the field of `data` that is
the text, and `{"title": …, "external_id": …, "url": …}` likewise, and `{"users": {"10": "anna"}}`, by Label Studio's
user id or address.

**Lost, and reported**: skipped annotations, drafts, results on the whole task or on other things than text.

**Written**: tasks that Label Studio imports into a project with the labelling configuration in `config.py`. The
importer becomes the annotator there: it refuses addresses that it does not know. What it has no place for is in the
task's `meta.onrecord`, which it exports again, and is read back from there. Lost, and reported: earlier revisions and
the sets on them; what belongs to no article.
"""

from annotations.formats.label_studio.reading import read
from annotations.formats.label_studio.writing import write

__all__ = ["read", "write"]
