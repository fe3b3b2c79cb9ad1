"""Pixels to PNG with the standard library alone, and the size of images from their first bytes."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from runfolio.run.trouble import NotRecordedError

PIXEL_LIMIT = 64 << 20
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels: grey, grey + alpha, RGB, RGBA


class NotAnImageError(NotRecordedError):
    """The value cannot be drawn; the message says why."""


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def encode(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """A PNG of 8 bits a channel; ``pixels`` are the rows from the top, without padding."""
    if channels not in _COLOUR_TYPES:
        raise NotAnImageError(f"{channels} channels; images have 1 (grey), 3 (RGB) or 4 (RGBA)")
    if width < 1 or height < 1 or width * height > PIXEL_LIMIT:
        raise NotAnImageError(f"{width}×{height} pixels")
    stride = width * channels
    if len(pixels) != stride * height:
        raise NotAnImageError(f"{len(pixels)} bytes for {width}×{height}×{channels}")
    rows = b"".join(
        b"\0" + pixels[start : start + stride] for start in range(0, len(pixels), stride)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows, 6))
        + _chunk(b"IEND", b"")
    )


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG in pixels; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def media_type_of(data: bytes) -> str | None:
    """The media type that an image's first bytes show; None if it is none we know."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if data[:2] == b"\xff\xd8":
        return "image/jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def from_array(array: Any) -> tuple[bytes, str]:
    """A PNG of an array H×W, H×W×1, H×W×3 or H×W×4, and a remark if values were clipped.

    Floats are brightness from 0 to 1, integers from 0 to 255, booleans black and white. NumPy
    arrays, PyTorch and JAX tensors (also channels first) and nested lists are taken.
    """
    if hasattr(array, "detach"):
        array = array.detach().cpu().numpy()
    elif not hasattr(array, "dtype") and hasattr(array, "__array__"):
        array = array.__array__()
    if hasattr(array, "dtype"):
        return _from_numpy(array)
    return _from_lists(array)


def _from_numpy(array: Any) -> tuple[bytes, str]:
    import numpy

    array = numpy.asarray(array)
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4):
        array = array.transpose(1, 2, 0)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or not array.size:
        raise NotAnImageError(f"an array of shape {'×'.join(map(str, array.shape))}")
    if array.shape[0] * array.shape[1] > PIXEL_LIMIT:
        raise NotAnImageError(f"{array.shape[1]}×{array.shape[0]} pixels")
    remark = ""
    if array.dtype.kind not in "bufi":
        raise NotAnImageError(f"an array of {array.dtype}")
    if array.dtype != numpy.uint8:
        scale = 1 if array.dtype.kind in "ui" else 255
        array = numpy.nan_to_num(array.astype(numpy.float64), posinf=1e9, neginf=-1e9) * scale
        if array.max() > 255.5 or array.min() < -0.5:
            remark = "has values outside of 0 to 1 (floats) or 0 to 255 (integers), clipped"
        array = numpy.clip(numpy.rint(array), 0, 255).astype(numpy.uint8)
    height, width, channels = array.shape
    return encode(numpy.ascontiguousarray(array).tobytes(), width, height, channels), remark


def _byte(value: float | int) -> int:
    if isinstance(value, float):
        return 0 if math.isnan(value) else round(min(max(value, 0.0), 1.0) * 255)
    return 255 * value if isinstance(value, bool) else min(max(value, 0), 255)


def _from_lists(rows: Sequence[Sequence[Any]]) -> tuple[bytes, str]:
    try:
        first = rows[0][0]
        channels = len(first) if isinstance(first, Sequence) else 1
        flat = [
            _byte(value)
            for row in rows
            for pixel in row
            for value in (pixel if isinstance(pixel, Sequence) else (pixel,))
        ]
        return encode(bytes(flat), len(rows[0]), len(rows), channels), ""
    except (TypeError, IndexError, KeyError) as error:
        raise NotAnImageError(f"{type(rows).__name__}; give rows of numbers") from error
