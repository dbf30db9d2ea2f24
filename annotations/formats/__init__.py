"""The formats of imports and exports, one module each: bytes to annotation documents and back.

They know neither database nor HTTP. What each of them is to be is told in `base.py`.
"""

from annotations.formats import brat, claimreview, doccano, label_studio, ndjson, tables, w3c, xmi
from annotations.formats.archives import Limits
from annotations.formats.base import Format, Json, Options, Read
from annotations.formats.files import Files, InputFile, Refused
from annotations.formats.report import Report, Where

FORMATS = {
    found.name: found
    for found in (
        Format(
            "ndjson",
            "The project's own, lossless: one JSON object a line.",
            "application/x-ndjson",
            "ndjson",
            ndjson.read,
            ndjson.write,
        ),
        Format(
            "brat",
            "brat standoff in a zip: .txt and .ann files with PolNeAR's labels.",
            "application/zip",
            "zip",
            brat.read,
            brat.write,
        ),
        Format(
            "w3c",
            "W3C Web Annotations, JSON-LD.",
            "application/ld+json",
            "jsonld",
            w3c.read,
            w3c.write,
        ),
        Format(
            "xmi",
            "UIMA CAS in a zip: XMI files and their type system, for INCEpTION and dkpro-cassis; in also CAS JSON.",
            "application/zip",
            "zip",
            xmi.read,
            xmi.write,
            Limits(inner=100),
        ),
        Format(
            "label-studio",
            "Label Studio's JSON: tasks with regions and relations, a set for each annotator and model.",
            "application/json",
            "json",
            label_studio.read,
            label_studio.write,
        ),
        Format(
            "doccano",
            "doccano's JSONL: spans and relations, a line for each article and set.",
            "application/x-ndjson",
            "jsonl",
            doccano.read,
            doccano.write,
        ),
        Format(
            "claimreview",
            "Claims and their reviews as schema.org ClaimReview, JSON-LD.",
            "application/ld+json",
            "jsonld",
            claimreview.read,
            claimreview.write,
        ),
        Format(
            "csv",
            "Tables as CSV in a zip, safe to open in a spreadsheet.",
            "application/zip",
            "zip",
            write=tables.write_csv,
        ),
        Format(
            "parquet",
            "Tables as Parquet in a zip, for pandas, polars and datasets.",
            "application/zip",
            "zip",
            write=tables.write_parquet,
        ),
    )
}

__all__ = ["FORMATS", "Files", "Format", "InputFile", "Json", "Options", "Read", "Refused", "Report", "Where"]
