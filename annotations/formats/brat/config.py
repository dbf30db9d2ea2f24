"""What brat needs to show the files and to let them be edited: https://brat.nlplab.org/configuration.html."""

from typing import Final

from annotations.formats.words import ACTS, FACTUALITY, MEDIA, MENTION_KINDS, QUOTE_TYPES

ARGUMENTS: Final = (
    "Source*:Source, Spokesperson*:Source, Addressee*:Source, Cue*:Cue, Content+:Content, "
    "Parent?:Attribution|Attribution-no-source"
)
EVENTS: Final = "Attribution|Attribution-no-source"
FLAGS: Final = "".join(f"{medium.capitalize()}\tArg:{EVENTS}\n" for medium in MEDIA)

ANNOTATION_CONF: Final = f"""\
[entities]
Source
Cue
Content

[relations]
<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>

[events]
Attribution\t{ARGUMENTS}
Attribution-no-source\t{ARGUMENTS}

[attributes]
Type\tArg:{EVENTS}, Value:{"|".join(QUOTE_TYPES)}
Act\tArg:{EVENTS}, Value:{"|".join(ACTS)}
Factuality\tArg:{EVENTS}, Value:{"|".join(FACTUALITY)}
{FLAGS}Kind\tArg:Source, Value:{"|".join(MENTION_KINDS)}
"""

VISUAL_CONF: Final = """\
[labels]
Attribution | Attribution | Attr
Attribution-no-source | Attribution without source | Attr-

[drawing]
SPAN_DEFAULT\tfgColor:black, bgColor:lightgreen, borderColor:darken
Source\tbgColor:#8fb2ff
Cue\tbgColor:#ffcc66
Content\tbgColor:#c4e8c2
Attribution\tbgColor:#e0e0e0
ARC_DEFAULT\tcolor:black, dashArray:-, arrowHead:triangle-5
Parent\tcolor:#aa3333, dashArray:3-3
"""
