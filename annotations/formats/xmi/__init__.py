"""UIMA CAS: XMI as INCEpTION and other UIMA tools read and write it, and CAS JSON.

Specification: https://docs.oasis-open.org/uima/v1.0/uima-v1.0.html (XMI), https://github.com/apache/uima-uimaj-io-jsoncas
(CAS JSON 0.4), https://inception-project.github.io/releases/latest/docs/user-guide.html. Offsets count UTF-16.

**Written** (with dkpro-cassis): a zip of `TypeSystem.xml` and `<annotator>/<article>.xmi`. Span layers
`onrecord.Quote`, `Mention`, `Cue`, `Claim`, `Object` and `Time` with features as the API names them, and a slot feature
`links`, whose roles are those of `marks/`: no relation layer is needed. INCEpTION has no spans in pieces, so the pieces
after the first are annotations of their own, linked by role `piece`. What it has no place for is in `_onrecord/`, a
file for each article, and is read back from there. XML 1.0 has no place for some control characters: they are written
as U+FFFD, and kept in `_onrecord/`. Lost, and reported: earlier revisions and the sets on them; lost: captures.

**Read**: the same, and custom layers of others: an annotation is known by its feature `label` or `value`, else by the
name of its layer, which `mapping` gives a meaning (`marks/scheme.py`); relation layers (Governor, Dependent) by their
`label` or `value`, slot features by the role or their own name. Segmentation, syntax and metadata of DKPro Core are
passed over. As an archive: `annotation/<document>/<annotator>.xmi` or `.json`, as INCEpTION exports a project;
`<annotator>/<document>.xmi`; or `<document>.xmi` alone. Lost, and reported: chains, views beside the first, other
features.

Files are read by a parser of our own, not by dkpro-cassis: decision 0032 says why.
"""

from collections.abc import Iterable, Iterator

from annotations.formats.base import Json, Options
from annotations.formats.report import Report
from annotations.formats.xmi.reading import read


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    # dkpro-cassis takes time and memory to load, which only those pay who export so.
    from annotations.formats.xmi.writing import write

    return write(head, documents, report, options)


__all__ = ["read", "write"]
