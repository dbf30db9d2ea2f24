"""Exports: what a caller sees of a project, as it stood at one moment, on its way out.

snapshot.py    one moment of the database, on a connection of its own
parts.py       what there is, in the order of the file, as JSON that PostgreSQL built
streams.py     from parts to the bytes of a format
"""

from annotations.exporting.parts import Selection
from annotations.exporting.streams import export

__all__ = ["Selection", "export"]
