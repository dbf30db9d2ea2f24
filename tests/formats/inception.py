"""A project as INCEpTION exports it with XMI as the secondary format: each annotator's CAS is packed with its types, in
a zip of their name, within the zip."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

from cassis import Cas, load_cas_from_json, load_cas_from_xmi, load_typesystem

CASE = Path(__file__).parent / "cases/xmi/inception"


def exported(**more: bytes) -> bytes:
    """The project of the case `inception`. `more`: further files, by document and annotator (`story__anna=b"…"`)."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("exportedproject-0123456789.json", '{"name": "p", "source_documents": []}')
        for path in sorted(CASE.glob("*/*/*")):
            folder, document, user = path.parent.parent.name, path.parent.name, path.stem
            archive.writestr(f"{folder}/{document}/{user}.zip", packed(user, loaded(path)))
            archive.writestr(f"{folder}_ser/{document}/{user}.ser", b"\xac\xed\x00\x05")
        archive.writestr("source/story.txt", "Its text.")
        for name, data in more.items():
            document, _, user = name.partition("__")
            archive.writestr(f"annotation/{document}.txt/{user}.zip", data)
        archive.writestr("event.log", '{"event": "DocumentOpenedEvent"}\n')
        archive.writestr("guideline/how to.pdf", b"%PDF-1.7")
        archive.writestr("log/", b"")
    return found.getvalue()


def loaded(path: Path) -> Cas:
    with path.open("rb") as file, (CASE / "TypeSystem.xml").open("rb") as types:
        if path.suffix == ".json":
            return load_cas_from_json(file)
        with warnings.catch_warnings(action="ignore"):  # the case's types are without tokens and sentences
            return load_cas_from_xmi(file, load_typesystem(types), lenient=True)


def packed(user: str, cas: Cas) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{user}.xmi", cas.to_xmi())
        archive.writestr("TypeSystem.xml", cas.typesystem.to_xml())
    return found.getvalue()
