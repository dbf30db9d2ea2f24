"""What readers get: folders, archives, encodings, and spans that are a little off."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from annotations.formats import Refused, Report, Where
from annotations.formats.archives import Limits, ZipStream, files_at, unzip
from annotations.formats.files import InputFile, folder
from annotations.formats.spots import Finder
from annotations.formats.texts import FileText, decode
from annotations.spans import AnchorText

HERE = Where("x")


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, data in entries:
            made.writestr(name, data)
    stream.seek(0)
    return stream


def named(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.external_attr = (kind | 0o644) << 16
    return info


def encrypted() -> io.BytesIO:
    data = bytearray(archive(("a.txt", b"a")).getvalue())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return io.BytesIO(bytes(data))


def test_an_honest_archive():
    files = unzip(archive(("b/ü.txt", b"two"), ("a.txt", b"one"), ("__MACOSX/a.txt", b"junk"), ("b/", b"")))
    assert {name: file.read() for name, file in files.items()} == {"a.txt": b"one", "b/ü.txt": b"two"}
    assert files["a.txt"].read() == b"one", "a file may be read again"


@pytest.mark.parametrize(
    "stream",
    [
        archive(("../a.txt", b"")),
        archive(("a/../../b", b"")),
        archive((named("/etc/a"), b"")),
        archive((named("C:/a"), b"")),
        archive((named("a\\b"), b"")),
        archive((named("link", stat.S_IFLNK), b"/etc/passwd")),
        archive((named("pipe", stat.S_IFIFO), b"")),
        archive(("inner.zip", b"")),
        archive(("a.txt", b"a"), method=zipfile.ZIP_BZIP2),
        archive(("a.txt", b"a"), method=zipfile.ZIP_LZMA),
        archive(("large", b"ab" * 600)),
        archive(*((str(n), b"") for n in range(11))),
        archive(*((str(n) + "x" * 200, b"") for n in range(9))),
        encrypted(),
        io.BytesIO(b"not an archive"),
        io.BytesIO(archive(("a.txt", b"a")).getvalue()[:-8]),
    ],
)
def test_what_no_honest_archive_has_refuses_it_whole(stream):
    with pytest.raises(Refused) as refusal:
        unzip(stream, Limits(entries=10, entry=1000))
    assert refusal.value.code == "archive-refused"


def test_a_nul_in_a_name():
    data = archive(("abc.txt", b"a")).getvalue().replace(b"abc.txt", b"abc\0txt")
    with pytest.raises(Refused, match="name"):
        unzip(io.BytesIO(data))


@pytest.mark.parametrize(
    ("entries", "limits"),
    [
        ([("bomb", b"\0" * 3_000_000)], Limits()),
        ([("a", b"ab" * 400), ("b", b"cd" * 400)], Limits(total=1_000)),
        ([("inner", archive(("a", b"")).getvalue())], Limits()),
    ],
)
def test_what_shows_only_in_inflating(entries, limits):
    files = unzip(archive(*entries), limits)
    with pytest.raises(Refused) as refusal:
        [file.read() for file in files.values()]
    assert refusal.value.code == "archive-refused"


NESTING = Limits(entries=10, total=4_000, inner=2)


def test_an_archive_in_an_archive_where_a_format_has_them():
    inner = archive(("a.txt", b"one"), ("b.txt", b"two")).getvalue()
    files = unzip(archive(("x/in.zip", inner), ("x/other.gz", b"never opened")), NESTING)
    assert files["x/in.zip"].unpack
    held = files["x/in.zip"].unpack()
    assert {name: file.read() for name, file in held.items()} == {"x/in.zip/a.txt": b"one", "x/in.zip/b.txt": b"two"}
    assert {file.name for file in held.values()} == held.keys()
    assert all(file.unpack is None for file in held.values())


def bomb(size: int) -> bytes:
    return archive(("a.txt", bytes(range(256)) * (size // 256))).getvalue()


@pytest.mark.parametrize(
    "entries",
    [
        [("in.zip", archive(("deeper.zip", archive(("a", b"")).getvalue())).getvalue())],
        [("in.zip", archive(("deeper", archive(("a", b"")).getvalue())).getvalue())],
        [("in.zip", archive(("../a.txt", b"a")).getvalue())],
        [("in.zip", archive((named("link", stat.S_IFLNK), b"/etc/passwd")).getvalue())],
        [("in.zip", archive(*((str(n), b"") for n in range(3))).getvalue())],
        [("in.zip", b"no archive")],
        [("in.zip", bomb(4_096))],
        [("1.zip", bomb(1_536)), ("2.zip", bomb(1_536)), ("3.zip", bomb(1_536))],
        [("in.gz", b"\x1f\x8b")],
    ],
)
def test_what_an_archive_in_an_archive_must_not_hold(entries):
    """The bytes of all that are in one are counted together."""
    with pytest.raises(Refused) as refusal:
        read_all(unzip(archive(*entries), NESTING))
    assert refusal.value.code == "archive-refused"


def read_all(files):
    for file in files.values():
        if file.unpack:
            read_all(file.unpack())
        else:
            file.read()


def test_an_entry_that_lies_about_its_size():
    """The directory says 10 bytes; the data are 3 MB."""
    data = bytearray(archive(("a", b"x" * 3_000_000)).getvalue())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    files = unzip(io.BytesIO(bytes(data)))
    with pytest.raises(Refused):
        files["a"].read()


def test_zip_stream_gives_the_same_bytes_as_they_come():
    def write() -> list[bytes]:
        stream = ZipStream()
        return [*stream.add("a.txt", b"one"), *stream.add("ü.txt", b"two"), *stream.end()]

    assert len(write()) == 3
    assert all(write()[:2])
    assert write() == write()
    files = unzip(io.BytesIO(b"".join(write())))
    assert {name: file.read() for name, file in files.items()} == {"a.txt": b"one", "ü.txt": b"two"}


def test_a_folder_without_its_links(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_bytes(b"a")
    (tmp_path / "in/.DS_Store").write_bytes(b"")
    (tmp_path / "out.txt").write_bytes(b"secret")
    (tmp_path / "in/link.txt").symlink_to(tmp_path / "out.txt")
    (tmp_path / "in/loop").symlink_to(tmp_path)
    assert {name: file.read() for name, file in folder(tmp_path / "in").items()} == {"a.txt": b"a"}


def test_what_lies_at_a_path(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[]")
    (tmp_path / "b.zip").write_bytes(archive(("in.txt", b"one")).getvalue())
    with files_at(tmp_path / "a.json", "sent.json") as files:
        assert [(name, file.read()) for name, file in files.items()] == [("sent.json", b"[]")]
    with files_at(tmp_path / "b.zip") as files:
        assert [(name, file.read()) for name, file in files.items()] == [("in.txt", b"one")]
    with files_at(tmp_path) as files:
        assert list(files) == ["a.json", "b.zip"]


def test_a_file_is_read_whole_up_to_its_limit_and_long_lines_are_skipped():
    file = InputFile("x", lambda: io.BytesIO(b"aaaa\nb\nccc"), limit=9)
    with pytest.raises(Refused):
        file.read()
    assert list(file.lines(limit=3)) == [(1, None), (2, b"b\n"), (3, None)]


@pytest.mark.parametrize(
    ("data", "text", "told"),
    [
        ("é".encode(), "é", []),
        (b"\xef\xbb\xbf\xc3\xa9", "\ufeffé", []),
        ("é".encode("utf-16"), "é", ["utf-16"]),
        ("é".encode("utf-32"), "é", ["utf-32"]),
        (b"\x93\xe9", "“é", ["cp1252"]),
        (b"\x81", "\x81", ["latin-1"]),
        (b"\xff\xfe\x00", "ÿþ\x00", ["cp1252"]),
    ],
)
def test_encodings_are_named(data, text, told):
    report = Report()
    assert decode(data, HERE, report) == text
    assert [item["detail"].rpartition(" ")[2].rstrip(".") for item in report.items] == told


def test_a_declared_encoding():
    report = Report()
    assert decode("Ж".encode("koi8-r"), HERE, report, "koi8-r") == "Ж"
    assert decode(b"\xe9", HERE, report, "no-such") == "é"


@pytest.mark.parametrize("raw", ["ab\ncd", "\ufeffab\r\ncd\r\n\r\nef", "a\r\nb", "\ufeffab", "a\rb\r\nc"])
def test_offsets_into_a_file_and_into_its_text(raw):
    text = FileText(raw)
    for at, char in enumerate(raw):
        if char not in "\ufeff\r" and raw[at - 1 : at + 1] != "\r\n":
            assert text.stored[text.readings[0](at)] == char
    assert text.readings[0](len(raw)) == len(text.stored)


def test_offsets_by_tools_that_do_not_see_marks_or_carriage_returns():
    text = FileText("\ufeffa\r\nb")
    assert {reading(offset) for reading, offset in zip(text.readings, (4, 3, 3, 2), strict=True)} == {2}


def found(request, text, **options):
    report = Report()
    span = Finder({"body": AnchorText(text)}, report, **options).find(request, HERE)
    pieces = span and [(piece["start"], piece["end"]) for piece in span["fragments"]]
    return pieces, [(item["outcome"], item["code"]) for item in report.items]


def test_a_span_that_is_off_is_moved_only_when_asked():
    request = {"start": 5, "end": 8, "exact": "two"}
    assert found(request, "one two three") == (None, [("refused", "exact-mismatch")])
    assert found(request, "one two three", repair=True) == ([(4, 7)], [("repaired", "moved")])


@pytest.mark.parametrize(
    ("start", "text"),
    [(3, "two - two"), (0, "x" * 300 + "two"), (0, "one three")],
    ids=["as near on both sides", "far away", "not there"],
)
def test_what_cannot_be_moved_is_refused(start, text):
    pieces, items = found({"start": start, "end": start + 3, "exact": "two"}, text, repair=True)
    assert (pieces, items[0][0]) == (None, "refused")


def test_pieces_move_each_for_itself_and_never_onto_each_other():
    pieces = [{"start": 1, "end": 4, "exact": "one"}, {"start": 9, "end": 12, "exact": "two"}]
    assert found({"fragments": pieces}, "one and two", repair=True)[0] == [(0, 3), (8, 11)]
    pieces = [{"start": 1, "end": 4, "exact": "one"}, {"start": 2, "end": 5, "exact": "one"}]
    assert found({"fragments": pieces}, "one and", repair=True)[0] is None


def test_a_report_keeps_its_first_items_and_counts_the_rest():
    report = Report(kept=2)
    for number in range(5):
        report.refuse("bad", "d", Where("f", number), "x" * 999)
    report.notice("odd", "d", HERE)
    shown = report.to_json()
    assert [item["line"] for item in shown["items"]] == [0, 1, None]
    assert len(shown["items"][0]["text"]) == 200
    assert shown["refused"] == {"bad": 5}
    assert shown["items_left_out"] == {"refused": 3, "repaired": 0, "noticed": 0}
