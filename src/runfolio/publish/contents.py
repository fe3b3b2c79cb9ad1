"""The texts inside a file, as somebody who has the file could read them.

A string hides in many ways: as an entity in HTML, as an escape in JSON or an address, inside the
compressed pages of a Parquet file, the text of a picture, an archive, or base64. Each is taken
apart here, bounded in depth and size, so that the rules see plain text. What is too large or
broken to be taken apart is told as closed, never passed over.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runfolio.publish.packed import (
    MOST_BYTES,
    PACKED,
    UnreadableError,
    is_tar,
    pdf_streams,
    tar_members,
    unpacked,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: How deep packed things may be nested.
_DEPTH = 4
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
#: The same over several lines, as mails and notebooks have it.
_WRAPPED = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,76}(?:\\n|\r?\n))+[A-Za-z0-9+/]*={0,2}"
)
#: Bytes that are no text are looked at in base64 from this length on; shorter ones are digests.
_LONG = 64
#: What somebody may have written, amid bytes that are no text; shorter ones come about by chance.
_WRITTEN = re.compile(rb"[\t\n\r\x20-\x7e]{12,}")
#: An address is told from chance by its few signs, so that it may be shorter than other texts.
_SURE, _ADDRESS = 16, re.compile(rb"[A-Za-z0-9@._+-]+")
#: The same with two or four bytes a letter.
_WIDE = re.compile(  # a first pair, then more: quicker to look for
    rb"[\x20-\x7e]\0(?:[\x20-\x7e]\0){7,}|[\x20-\x7e]\0\0\0(?:[\x20-\x7e]\0\0\0){7,}"
)
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(/|\"|\\)")
_ENTITY = re.compile(r"&(?:#[0-9xX]|[A-Za-z][A-Za-z0-9]{1,31};)")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
#: Characters on each side of an escape that may belong to the same secret.
_NEAR = 600
#: Bytes that are no text are looked at in parts of so many.
_STEP = 4 << 20
_LOCKED_PDF = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")
_BYTES = re.compile(r"(?:large_|fixed_size_)?binary|string_view")  # as Arrow names types
#: How far from the end of a zip archive its table may end; anything may stand before and behind.
_ZIP_END = (1 << 16) + 22
_PIXELS = {b"IDAT", b"fdAT", b"PLTE", b"IHDR", b"IEND"}


@dataclass(frozen=True)
class Text:
    """One text out of a file; ``where`` says where in it ('' for the file itself).

    ``raw``: bytes that are no text, such as weights, in which anything short comes about by chance.
    ``amid``: what is written out amid such bytes. ``closed``: nobody knows what lies there, and
    ``text`` says why.
    """

    where: str
    text: str
    raw: bool = False
    amid: bool = False
    closed: bool = False


def texts(name: str, data: bytes, where: str = "", depth: int = 0) -> Iterator[Text]:
    """Every text in the bytes of the file ``name``, and what in it is closed."""
    try:
        yield from _texts(name, data, where, depth)
    except UnreadableError as error:
        yield Text(where, str(error), closed=True)


def _texts(name: str, data: bytes, where: str, depth: int) -> Iterator[Text]:
    if depth > _DEPTH or len(data) > MOST_BYTES:
        raise UnreadableError("it is packed too deep, or unfolds to too much")
    if data[:4] == b"PAR1" and data[-4:] == b"PAR1":
        yield from _parquet(data, where, depth)
    elif data[:6] == b"ARROW1":
        yield from _arrow(data, where, depth)
    elif data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(data, where, depth)
    elif data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _zip(name, data, where, depth)
    elif found := unpacked(data):
        yield from texts(name, found[1], _inside(where, found[0]), depth + 1)
    else:
        yield from _plain(name, data, where, depth)
        for member, content in tar_members(data) if is_tar(data) else ():
            if PACKED.match(content) or is_tar(content):  # other members were read as they stand
                yield from texts(member, content, _inside(where, member), depth + 1)
        if b"PK\x05\x06" in data[-_ZIP_END:] and not is_tar(data) and _is_zip(data):
            yield from _zip(name, data, where, depth)  # it stands behind something else
        if data[:5] == b"%PDF-":
            if _LOCKED_PDF.search(data):
                raise UnreadableError("it is a PDF under a password")
            for stream in pdf_streams(data):
                yield from _plain(name, stream, _inside(where, "stream"), depth)


def _plain(name: str, data: bytes, where: str, depth: int) -> Iterator[Text]:
    """The bytes as text, and what is unfolded from it."""
    for encoding in _encodings(data):
        if encoding == "utf-8" and _binary(data):
            for at in range(0, len(data), _STEP):  # as one text it would take many times its size
                part = data[at : at + _STEP + _NEAR]
                yield Text(where, part.decode("utf-8", "replace"), raw=True)
            text, amid = b"\n".join(_written(data)).decode(), True
        else:
            text, amid = data.decode(encoding, "replace"), False
        yield Text(where, text, amid=amid)
        for unfolded in _unfolded(text):
            yield Text(where, unfolded, amid=amid)
    for match in _BASE64.finditer(data):
        yield from _based(name, match.group(), where, depth)
    for match in _WRAPPED.finditer(data):
        whole = match.group().replace(b"\\n", b"\n")
        yield from _based(name, b"".join(whole.split()), where, depth)


def _based(name: str, raw: bytes, where: str, depth: int) -> Iterator[Text]:
    """What base64 holds, where it is anything to read."""
    inner = _debased(raw)
    if inner and (_printable(inner) or len(inner) >= _LONG or PACKED.match(inner)):
        yield from texts(name, inner, _inside(where, "base64"), depth + 1)


def _written(data: bytes) -> Iterator[bytes]:
    """What is written out amid bytes that are no text."""
    for found in _WRITTEN.findall(data):
        if len(found) >= _SURE or _ADDRESS.fullmatch(found):
            yield found
    for found in _WIDE.findall(data):
        yield found.replace(b"\0", b"")


def _binary(data: bytes) -> bool:
    """Whether the bytes are no text: with zeros, or largely not what UTF-8 allows."""
    head = data[:65536]
    broken = head.decode("utf-8", "replace").count("\ufffd")
    return b"\0" in head or broken * 20 > len(head)


def _encodings(data: bytes) -> list[str]:
    """UTF-8, UTF-16 where every second byte is mostly empty, UTF-32 where three of four are."""
    head = data[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    found = ["utf-8"]
    if len(head) >= 16 and head[1::2].count(0) > len(head) // 5:
        found.append("utf-16-le")
    if len(head) >= 16 and head[0::2].count(0) > len(head) // 5:
        found.append("utf-16-be")
    if len(head) >= 16 and all(lane.count(0) > len(lane) // 8 for lane in (head[1::4], head[2::4])):
        found.append("utf-32-le")  # the texts of NumPy
    return found


def _unfolded(text: str) -> list[str]:
    """What stands around entities, JSON escapes and percent escapes, with these undone."""
    found = []
    if "&" in text:
        found.append(html.unescape(_around(_ENTITY, text)))
    if "\\" in text:
        plain = _JSON_ESCAPE.sub(_unescape, _around(_JSON_ESCAPE, text))
        found.append(plain)
        if "\\" in plain:  # JSON inside JSON, as data files have it
            found.append(_JSON_ESCAPE.sub(_unescape, _around(_JSON_ESCAPE, plain)))
    if "%" in text:
        found.append(urllib.parse.unquote(_around(_PERCENT, text), errors="replace"))
    return [plain for plain in found if plain]


def _around(pattern: re.Pattern[str], text: str) -> str:
    """The places of a text where the pattern occurs, each with what stands before and after.

    Where nothing is escaped, the text itself has been looked at already.
    """
    spans: list[list[int]] = []
    for match in pattern.finditer(text):
        start, end = max(0, match.start() - _NEAR), match.end() + _NEAR
        if spans and start <= spans[-1][1]:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return "\n".join(text[start:end] for start, end in spans)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else str(match[2])


def _debased(raw: bytes) -> bytes | None:
    """What base64 holds, in either alphabet; None if it is none."""
    plain = raw.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        plain = plain[:-1] if len(plain) % 4 == 1 else plain
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _printable(data: bytes) -> bool:
    good = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in data[:400])
    return good == len(data[:400])


def _parquet(data: bytes, where: str, depth: int) -> Iterator[Text]:
    """The distinct texts of every column, and what the footer says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        yield from _said(file.metadata.metadata, _inside(where, "footer"))
        yield Text(_inside(where, "columns"), str(file.schema_arrow.remove_metadata()))
        for batch in file.iter_batches():
            yield from _cells(batch, where, depth)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"it is no sound Parquet file ({error})") from error


def _arrow(data: bytes, where: str, depth: int) -> Iterator[Text]:
    """The same of an Arrow or Feather file, whose columns may be packed."""
    import pyarrow as pa
    import pyarrow.ipc

    try:
        file = pyarrow.ipc.open_file(pa.BufferReader(data))
        yield from _said(file.schema.metadata, _inside(where, "schema"))
        yield Text(_inside(where, "columns"), str(file.schema.remove_metadata()))
        for at in range(file.num_record_batches):
            yield from _cells(file.get_batch(at), where, depth)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"it is no sound Arrow file ({error})") from error


def _said(metadata: Mapping[bytes, bytes] | None, where: str) -> Iterator[Text]:
    for key, value in (metadata or {}).items():
        yield Text(where, f"{key.decode('utf-8', 'replace')}=")
        yield Text(where, value.decode("utf-8", "replace"))


def _cells(batch: pa.RecordBatch, where: str, depth: int) -> Iterator[Text]:
    import pyarrow as pa
    import pyarrow.compute as pc

    for column, array in zip(batch.schema.names, batch.columns, strict=True):
        while pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            array = array.flatten()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary
        spot = _inside(where, f"column {column}")
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            joined = "\n".join(cell for cell in pc.unique(array).to_pylist() if cell)
        elif pa.types.is_nested(array.type) or _BYTES.match(str(array.type)):
            cells = array.to_pylist()
            joined = "\n".join(map(str, cells))
            for cell in cells:
                if isinstance(cell, bytes) and PACKED.match(cell):
                    yield from texts("", cell, spot, depth + 1)
        else:
            continue
        yield Text(spot, joined)
        yield from (Text(spot, plain) for plain in _unfolded(joined))


def _png(data: bytes, where: str, depth: int) -> Iterator[Text]:
    """The texts that a picture carries beside its pixels."""
    at = 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += size + 12
        if kind == b"IEND":
            break
        if kind in _PIXELS:
            continue
        spot = _inside(where, kind.decode("latin-1"))
        yield Text(spot, body.decode("utf-8", "replace"))
        yield Text(spot, body.decode("latin-1"))
        if kind in (b"zTXt", b"iTXt"):
            for start in range(min(len(body), 200)):
                if body[start : start + 1] == b"\x78":
                    yield from _inflated(body[start:], spot)
    if at < len(data):
        yield from texts("", data[at:], _inside(where, "after the picture"), depth + 1)


def _inflated(data: bytes, where: str) -> Iterator[Text]:
    try:
        yield Text(where, zlib.decompressobj().decompress(data, 1 << 20).decode("utf-8", "replace"))
    except zlib.error:
        return


def _is_zip(data: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(data))


def _zip(name: str, data: bytes, where: str, depth: int) -> Iterator[Text]:
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield Text(where, archive.comment.decode("utf-8", "replace"))
            start = min((one.header_offset for one in archive.infolist()), default=0)
            end = data.rfind(b"PK\x05\x06") + 22 + len(archive.comment)
            for beside in filter(None, (data[:start], data[end:])):  # no part of the archive
                yield from _plain(name, beside, where, depth)
            for entry in archive.infolist():
                spot = _inside(where, entry.filename)
                yield Text(spot, entry.filename)
                yield Text(spot, (entry.comment + b"\n" + entry.extra).decode("utf-8", "replace"))
                if entry.flag_bits & 1:
                    yield Text(spot, "it is under a password", closed=True)
                    continue
                with archive.open(entry) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise UnreadableError("it unfolds to too much")
                yield from texts(entry.filename, content, spot, depth + 1)
    except (zipfile.BadZipFile, OSError, zlib.error, NotImplementedError) as error:
        raise UnreadableError(f"it is no sound zip archive ({error})") from error


def _inside(where: str, part: str) -> str:
    return f"{where} › {part}" if where else part
