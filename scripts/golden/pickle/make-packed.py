"""Writes data packed by bz2, lzma, xz, lz4 and zstd, in the forms a model file may have.

    python make-packed.py OUTPUT.json

Of what is packed the file holds the size and the SHA-256: `noise` is bytes of a generator, `text` words drawn by it,
`runs` and `long runs` are of one byte each, `mixed` is all of them.
"""
import base64
import bz2
import hashlib
import json
import lzma
import platform
import sys

import lz4
import lz4.frame


def draws(seed):
    """A linear congruential generator; the high bits are the good ones."""
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 16


def noise(size):
    draw = draws(1)
    return bytes(next(draw) & 0xFF for _ in range(size))


def text(size):
    draw = draws(2)
    words = b"forest tree node leaf left right threshold value gini samples".split()
    out = bytearray()
    while len(out) < size:
        out += words[next(draw) % len(words)] + (b" " if next(draw) % 7 else b"\n")
    return bytes(out[:size])


def runs(size, longest=700):
    draw = draws(3)
    out = bytearray()
    while len(out) < size:
        out += bytes([next(draw) & 0xFF]) * (1 + next(draw) % longest)
    return bytes(out[:size])


def long_runs(size):
    return runs(size, 60000)


def mixed(size):
    return noise(size // 4) + text(size // 2) + runs(size // 4)


MAKERS = {"noise": noise, "text": text, "runs": runs, "long runs": long_runs, "mixed": mixed}


def bzip2_of(data, level=9):
    return bz2.compress(data, level)


def alone(data, **filters):
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **filters}])


def xz(data, check=lzma.CHECK_CRC64, **filters):
    return lzma.compress(data, format=lzma.FORMAT_XZ, check=check, filters=[{"id": lzma.FILTER_LZMA2, **filters}])


def sized(data):
    """A .lzma file that says its size, as the LZMA SDK writes them; liblzma leaves the end marker in, which is allowed."""
    packed = bytearray(alone(data))
    packed[5:13] = len(data).to_bytes(8, "little")
    return bytes(packed)


def frame(data, **options):
    return lz4.frame.compress(data, **options)


def skippable(data):
    return (0x184D2A53).to_bytes(4, "little") + len(data).to_bytes(4, "little") + data


def cases():
    for name, size in (("noise", 3000), ("text", 6000), ("runs", 100000), ("mixed", 8000), ("text", 0), ("text", 1)):
        data = MAKERS[name](size)
        yield "bz2", "level 1", name, size, bzip2_of(data, 1)
        yield "bz2", f"level 9", name, size, bzip2_of(data, 9)
        yield "lzma", "preset 0", name, size, alone(data, preset=0)
        yield "lzma", "preset 6", name, size, alone(data, preset=6)
        yield "lzma", "size in the header", name, size, sized(data)
        yield "xz", "preset 0", name, size, xz(data, preset=0)
        yield "xz", "preset 9", name, size, xz(data, preset=9)
        yield "lz4", "default", name, size, frame(data)
        yield "lz4", "level 9", name, size, frame(data, compression_level=9)
    data = text(5000)
    for check, id in (("no check", lzma.CHECK_NONE), ("CRC32", lzma.CHECK_CRC32), ("SHA-256", lzma.CHECK_SHA256)):
        yield "xz", check, "text", 5000, xz(data, id, preset=3)
    for lc, lp, pb in ((0, 0, 0), (4, 0, 2), (1, 3, 4), (0, 4, 0)):
        yield "xz", f"lc {lc} lp {lp} pb {pb}", "mixed", 8000, xz(mixed(8000), preset=6, lc=lc, lp=lp, pb=pb)
        if (lc, lp, pb) == (0, 0, 0):
            yield "xz", "lc 0 in many chunks", "long runs", 3000000, xz(long_runs(3000000), preset=1, lc=lc, lp=lp, pb=pb)
    half = data[:2500], data[2500:]
    yield "bz2", "two streams", "text", 5000, bzip2_of(half[0]) + bzip2_of(half[1], 3)
    yield "bz2", "an empty stream first", "text", 5000, bzip2_of(b"") + bzip2_of(data)
    yield "bz2", "zeros behind", "text", 5000, bzip2_of(data) + bytes(5)
    yield "bz2", "two blocks", "long runs", 9000000, bzip2_of(long_runs(9000000), 1)
    yield "xz", "two streams", "text", 5000, xz(half[0]) + xz(half[1], lzma.CHECK_CRC32)
    yield "xz", "padding between and behind", "text", 5000, xz(half[0]) + bytes(8) + xz(half[1]) + bytes(4)
    yield "xz", "an empty stream first", "text", 5000, xz(b"") + xz(data)
    yield "lz4", "two frames", "text", 5000, frame(half[0]) + frame(half[1], content_checksum=True)
    yield "lz4", "a skippable frame", "text", 5000, skippable(b"note") + frame(data)
    checked = {"content_checksum": True, "block_checksum": True}
    yield "lz4", "all checksums", "mixed", 8000, frame(mixed(8000), **checked)
    for linked in (True, False):
        options = {"block_size": lz4.frame.BLOCKSIZE_MAX64KB, "block_linked": linked, "store_size": linked}
        yield "lz4", f"two blocks, linked {linked}", "runs", 100000, frame(runs(100000), **options, **checked)


def main():
    packed = []
    for format, how, name, size, data in cases():
        content = hashlib.sha256(MAKERS[name](size)).hexdigest()
        case = {"format": format, "how": how, "content": name, "size": size, "sha256": content}
        packed.append({**case, "packed": base64.b64encode(data).decode()})
    libraries = f"lz4 {lz4.__version__} of liblz4 {lz4.library_version_string()}"
    result = {"provenance": f"Python {platform.python_version()}, {libraries}", "packed": packed}
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
