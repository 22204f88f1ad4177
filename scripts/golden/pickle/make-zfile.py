"""Writes a file packed by joblib before 0.10, whose header is "ZF", and one with its arrays beside it.

    python2.7 make-zfile.py OUTPUT.json
"""
import base64
import io
import json
import os
import shutil
import sys
import tempfile

import joblib
import numpy as np


def main():
    directory = tempfile.mkdtemp()
    result = {"provenance": "joblib %s, Python 2.7" % joblib.__version__}
    for name, value, options in (
        ("packed", {"a": [1, 2.5, "three"]}, {"compress": 3}),
        ("beside", {"a": np.arange(3.0)}, {}),
    ):
        path = os.path.join(directory, name)
        joblib.dump(value, path, **options)
        with io.open(path, "rb") as file:
            result[name] = base64.b64encode(file.read())
    shutil.rmtree(directory)
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
