#!/usr/bin/env python3
"""Makes the golden models of every scikit-learn version, each in an environment of its own, by make.py.

    python scripts/golden/sklearn/make_all.py [--versions 1.4,1.8] [--python PATH ...] [--venvs DIR ...] [--missing] [--only PREFIX] [--out DIR]

The oldest and the newest version get every case, some between them the core, the others small cases of each family.
Environments are found or made as for the zoo (scripts/zoo/environments.py).
"""
import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "zoo"))
from environments import ENVIRONMENTS, add_options, environments  # noqa: E402

CASES = {"0.24": [], "1.9": [], **dict.fromkeys(("1.0", "1.2", "1.3", "1.6"), ["--core"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    versions = [name for name in ENVIRONMENTS if not name.startswith("xgboost")]
    parser.add_argument("--versions", default=",".join(versions), help=f"of {', '.join(versions)}")
    parser.add_argument("--missing", action="store_true", help="only cases that are not stored yet")
    parser.add_argument("--only", default="", help="beginnings of names of cases, with commas between")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "test" / "golden" / "sklearn")
    add_options(parser)
    options = parser.parse_args()
    more = [*(["--missing"] if options.missing else []), *(["--only", options.only] if options.only else [])]
    for name, python in environments(options.versions.split(","), options):
        command = [str(python), "make.py", str(options.out.resolve()), *CASES.get(name, ["--families"]), *more]
        subprocess.run(command, check=True, cwd=pathlib.Path(__file__).parent, env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"})


main()
