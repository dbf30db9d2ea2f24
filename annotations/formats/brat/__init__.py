"""brat standoff: a zip (on the command line also a folder) of .txt and .ann files.

Specification: https://brat.nlplab.org/standoff.html; the labels are those of PolNeAR
(https://github.com/networkdynamics/PolNeAR): Source, Cue and Content spans, Attribution events over them.

**Read**: spans with their pieces, shared sources, several sources, cues or contents of an event (the contents' pieces
are one content), nested events (argument `Parent`), attributes (ours as fields, others as tags), notes, annotators by
folder or file name, PolNeAR's metadata.tsv. T and E ids are kept as `external_id`. `mapping`: `{"labels": {"Speaker":
"Source", …}}` says which of these labels a foreign label or role means.

**Lost, and reported**: relations and normalisations; spans that belong to no event, such as PolNeAR's markers Discard
and Discuss (a Source alone is a mention); events without content; the trigger, which repeats the cue.

**Written**: files that brat itself loads, with its configuration. What it has no place for (speakers, claims, their
occurrences, evidence, confidence, spans over a line break in one piece …) is beside them in `_onrecord/` and is read
back from there (`companion.py`). Lost, and reported: earlier revisions and the sets on them, captures.
"""

from annotations.formats.brat.reading import read
from annotations.formats.brat.writing import write

__all__ = ["read", "write"]
