# -*- coding: utf-8 -*-
"""Writes golden pickles and what they hold, for one Python with its numpy and joblib.

    python make.py OUTPUT.json

The file lists pickles (base64) beside what Python itself says of their content, in tagged JSON: numbers as text, so that
nothing is lost on the way. Runs on Python 2.7 to 3.13. See make-all.sh for the environments of the committed files.
"""
from __future__ import division, print_function, unicode_literals

import base64
import collections
import datetime
import io
import json
import os
import pickle
import platform
import sys
import tempfile

import joblib
import numpy as np

PY2 = sys.version_info[0] == 2
TEXT = type("")
INTS = (int, long) if PY2 else (int,)  # noqa: F821


class Point(object):
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Slotted(object):
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1
        self.b = [2]


class Words(list):
    pass


class Table(dict):
    pass


class Reduced(object):
    def __reduce__(self):
        return (Reduced, (1, "two"), {"three": 3})


class WithKeywords(object):
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return ((1,), {"key": "word"})


if PY2:

    class OldStyle:
        def __init__(self):
            self.kept = [1, 2]

    class OldStyleWithArguments:
        def __getinitargs__(self):
            return (1, b"two")


def tagged(value):
    """What a value is, in JSON."""
    if isinstance(value, np.ndarray):
        return {"array": tagged_array(value)}
    if isinstance(value, np.generic):
        return {"scalar": tagged_element(value)}
    if value is None or isinstance(value, (bool, TEXT)):
        return value
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, INTS):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, bytes):
        # Python 2 texts: what they stand for is for whoever reads them to say; latin1 keeps the bytes.
        return value.decode("latin1") if PY2 else {"bytes": value.hex()}
    if isinstance(value, bytearray):
        return {"bytes": "".join("%02x" % byte for byte in value)}
    if type(value) is list:
        return {"list": [tagged(item) for item in value]}
    if type(value) is tuple:
        return {"tuple": [tagged(item) for item in value]}
    if type(value) in (dict, collections.OrderedDict):
        return {"dict": [[tagged(key), tagged(value[key])] for key in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": [tagged(item) for item in value]}
    if isinstance(value, type) or callable(value):
        module = value.__module__
        return {"global": "%s.%s" % (module, value.__name__)}
    if isinstance(value, Words):
        return {"object": "Words", "items": [tagged(item) for item in value]}
    if isinstance(value, Table):
        return {"object": "Table", "entries": [[tagged(key), tagged(value[key])] for key in value]}
    return {"object": type(value).__name__ if not PY2 else value.__class__.__name__, "state": tagged_state(value)}


def tagged_state(value):
    if isinstance(value, Reduced):
        return {"dict": [["three", {"int": "3"}]]}
    state = getattr(value, "__dict__", None)
    # New-style objects leave an empty state out.
    return tagged(state) if state or is_old_style(value) else None


def is_old_style(value):
    return PY2 and type(value).__name__ == "instance"


def tagged_array(array):
    result = {"shape": list(array.shape), "kind": array.dtype.kind}
    if array.dtype.names:
        result["fields"] = [[name, tagged_array(np.asarray(array[name]))] for name in array.dtype.names]
    else:
        tag = tagged if array.dtype.kind == "O" else tagged_element
        result["values"] = [tag(item) for item in np.asarray(array).ravel(order="C")]
    return result


def tagged_element(item):
    kind = getattr(getattr(item, "dtype", None), "kind", None)
    if kind in ("M", "m"):
        return {"int": str(item.view("i8"))}
    if kind == "c":
        return {"bytes": base64.b16encode(item.tobytes()).decode("ascii").lower()}
    if kind in ("i", "u"):
        return {"int": str(int(item))}
    if kind == "f":
        return {"float": repr(float(item))}
    if kind == "b":
        return bool(item)
    if kind == "U":
        return TEXT(item)
    if kind == "S":
        return {"bytes": base64.b16encode(bytes(item)).decode("ascii").lower()}
    return tagged(item)


def plain_values():
    values = {
        "none-and-booleans": [None, True, False],
        "integers": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 - 1, -(2**53) + 1],
        "big-integers": [2**53, 2**63, -(2**63), 2**64, -(2**64) - 1, 10**40, -(10**40), 3**700],
        "floats": [0.0, -0.0, 1.5, -2.5e-300, 1e300, 1 / 3.0, 5e-324, float("inf"), float("-inf"), float("nan")],
        "texts": ["", "iris", "naïve ☃ 😀", "line\nbreak \\u0041 'quoted' \"both\" \t\r\0end", "x" * 300],
        "bytes": [b"", b"abc", bytes(bytearray(range(256))), b"y" * 300],
        "bytearrays": [bytearray(), bytearray(b"abc\xff")],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((1, ()), ("a",))],
        "sets": [set(), set([1, 2, 3]), frozenset(["a", "b"]), frozenset()],
        "dicts": [{}, {"a": 1}, {1: "one", (1, "x"): 2, (1, ("y", None)): 3, None: 4, 2.5: 5, -7: 6}],
        "ordered-dict": collections.OrderedDict([("z", 1), ("a", [2])]),
        "long-list": list(range(1003)),
        "long-dict": dict(("key%d" % i, i) for i in range(1002)),
        "nested": [[[[["deep"]]]], {"a": {"b": {"c": (1, [2, {"d": set([3])}])}}}],
        "hostile-keys": {"__proto__": 1, "constructor": 2, "toString": 3, "\0s": 4, "": 5},
        "objects": [Point(1, [2.5]), Words(["a", "b"]), Table(k="v"), Reduced()],
        "class-reference": [Point, collections.OrderedDict],
        "date": [datetime.date(2026, 1, 2)],
    }
    shared = ["shared"]
    values["shared-references"] = [shared, shared, {"again": shared}]
    if PY2:
        values["old-style-objects"] = [OldStyle(), OldStyleWithArguments()]
        values["byte-texts"] = [b"plain", b"quote ' and \" and \\ and \n and \xe9", b"z" * 300]
    else:
        values["keywords"] = [WithKeywords()]
    return values


def arrays():
    grid = np.arange(12, dtype="f8").reshape(3, 4) / 7
    cube = np.arange(24, dtype="i4").reshape(2, 3, 4)
    nodes = np.zeros(3, dtype=[(str("left_child"), "<i8"), (str("threshold"), "<f8"), (str("missing"), "u1"), (str("count"), "<i4")])
    nodes["left_child"] = [1, -1, -1]
    nodes["threshold"] = [0.5, -2.0, np.nan]
    nodes["missing"] = [1, 0, 255]
    nodes["count"] = [7, 2**31 - 1, -5]
    inner = np.zeros((2, 2), dtype=[(str("a"), ">f4", (3,)), (str("b"), [(str("c"), "i2"), (str("d"), "S3")]), (str("e"), "U2")])
    inner["a"] = np.arange(12).reshape(2, 2, 3)
    inner["b"]["c"] = [[1, 2], [3, -4]]
    inner["b"]["d"] = [[b"ab", b""], [b"xyz", b"q"]]
    inner["e"] = [["é", ""], ["zz", "☃"]]
    mixed = np.array([1, "two", None, 3.5, (4, 5), True, np.float64(6.5), 2**70], dtype=object)
    of_arrays = np.empty((2, 2), dtype=object)
    of_arrays[:] = [[np.arange(3), "a"], [None, np.ones((1, 2))]]
    result = {
        "c-order": grid,
        "fortran-order": np.asfortranarray(grid),
        "fortran-cube": np.asfortranarray(cube),
        "axes-swapped": cube.transpose(1, 0, 2),
        "not-contiguous": np.arange(20.0)[::3],
        "transposed-slice": grid.T[1:, ::2],
        "no-axes": np.array(2.25),
        "no-axes-text": np.array("alone"),
        "empty": np.zeros((0, 3)),
        "booleans": np.array([[True, False], [False, False]]),
        "half": np.array([0, -0.0, 1.5, 65504, 6e-8, np.inf, -np.inf, np.nan], dtype="f2"),
        "single": np.array([0.1, -1e30, np.nan], dtype="f4"),
        "double": np.array([0.1, -0.0, 5e-324, np.inf, -np.inf, np.nan]),
        "complex": np.array([1 + 2j, -0.5j]),
        "structured": nodes,
        "structured-slice": nodes[::2],
        "structured-inner": inner,
        "structured-inner-fortran": np.asfortranarray(inner),
        "texts": np.array([["a", "naïve"], ["", "☃😀"]]),
        "texts-fortran": np.asfortranarray([["a", "b", "c"], ["d", "e", "f"]]),
        "byte-texts": np.array([b"a", b"bcd", b"\xff\x00x"]),
        "objects": mixed,
        "objects-of-arrays": of_arrays,
        "objects-fortran": np.asfortranarray(np.array([["a", "b", "c"], [1, 2, None]], dtype=object)),
        "dates": np.array(["2026-01-02", "NaT"], dtype="M8[ns]"),
        "durations": np.array([1, -5], dtype="m8[s]"),
        "matrix": np.matrix([[1.0, 2.0], [3.0, 4.0]]),
        "records": np.rec.fromarrays([[1, 2], ["a", "b"]], names=str("n,t")),
    }
    for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        info = np.iinfo(code)
        for order in "<>":
            result["%s%s" % ({"<": "little-", ">": "big-"}[order], code)] = np.array(
                [[info.min, 0, 1], [info.max, 2, info.max - 1]], dtype=order + code
            )
    for code in ("f2", "f4", "f8"):
        result["big-%s" % code] = np.asfortranarray(np.array([[1.5, -2.25], [0, 1024]], dtype=">" + code))
    result["big-texts"] = np.array(["ab", "☃"], dtype=">U2")
    return result


def scalars():
    return {
        "scalars": [np.float64(0.1), np.float32(0.1), np.float16(1.5), np.int64(-(2**62)), np.uint8(200), np.bool_(True)],
        "text-scalars": [np.array(["é"])[0], np.array([b"ab"])[0]],
        "date-scalars": [np.datetime64("2026-01-02"), np.timedelta64(3, "s")],
        "keys": {np.int64(1): "one", np.float64(2.5): "half", (np.int64(3), "x"): "pair"},
        "numpy-names": [np.float64, np.ndarray],
    }


def dumped_by_joblib(value, **options):
    path = os.path.join(tempfile.mkdtemp(), "value")
    written = joblib.dump(value, path, **options)
    with io.open(path, "rb") as file:
        content = file.read()
    for name in set(written or [path]):
        os.remove(name)
    os.rmdir(os.path.dirname(path))
    return content


def entry(name, writer, content, value):
    return {
        "name": name,
        "writer": writer,
        "pickle": base64.b64encode(content).decode("ascii"),
        "value": value,
    }


def entries():
    compound = {"w": np.arange(6.0).reshape(2, 3), "o": np.array(["a", None], dtype=object), "x": Point(np.ones(2), "é")}
    numbers = arrays()
    numbers_and_plain = [(name, value) for group in (plain_values(), scalars()) for name, value in sorted(group.items())]
    numbers_and_plain += [("array-" + name, value) for name, value in sorted(numbers.items())]
    for name, value in numbers_and_plain:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            # Below protocol 4 Python writes these with functools.partial and getattr, which is refused.
            if name == "keywords" and protocol < 4:
                continue
            yield entry(name, "pickle protocol %d" % protocol, pickle.dumps(value, protocol), value)
    for name, value in sorted(numbers.items()):
        yield entry("array-" + name, "joblib", dumped_by_joblib(value), value)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        content = dumped_by_joblib(compound, protocol=protocol)
        yield entry("compound", "joblib protocol %d" % protocol, content, compound)
    for compress in (1, 3, 9, ("zlib", 3), ("gzip", 3)):
        content = dumped_by_joblib(compound, compress=compress)
        yield entry("compound", "joblib compress=%r" % (compress,), content, compound)
    buffer = io.BytesIO()
    joblib.dump(compound, buffer)
    yield entry("compound", "joblib to a buffer", buffer.getvalue(), compound)


def slots():
    """Slotted objects pickle from protocol 2; their state is a pair."""
    return [
        {"name": "slots", "writer": "pickle protocol %d" % p, "pickle": base64.b64encode(pickle.dumps(Slotted(), p)).decode("ascii")}
        for p in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ]


def cyclic():
    cycle = []
    cycle.append(cycle)
    table = {}
    table["self"] = table
    point = Point(1, None)
    point.y = point
    return [
        {
            "name": name,
            "writer": "pickle protocol %d" % protocol,
            "pickle": base64.b64encode(pickle.dumps(value, protocol)).decode("ascii"),
        }
        for name, value in (("list", cycle), ("dict", table), ("object", point))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]


def main():
    provenance = "Python %s, numpy %s, joblib %s" % (platform.python_version(), np.__version__, joblib.__version__)
    files = list(entries())
    holds = dict((file["name"], tagged(file.pop("value"))) for file in files)
    document = {
        "files": files,
        "holds": [{"name": name, "value": holds[name]} for name in sorted(holds)],
        "slots": slots(),
        "cycles": cyclic(),
    }
    rows = ['"provenance": %s' % json.dumps(provenance)]
    for key in ("files", "holds", "slots", "cycles"):
        lines = ",\n".join(json.dumps(item, sort_keys=True) for item in document[key])
        rows.append("%s: [\n%s\n]" % (json.dumps(key), lines))
    with io.open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(TEXT("{\n%s\n}\n" % ",\n".join(rows)))
    print(provenance, len(files))


if __name__ == "__main__":
    main()
