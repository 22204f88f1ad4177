#!/usr/bin/env python3
"""The full zoo: every model of models.py under every version of the libraries, served and compared answer by answer.

    python scripts/zoo/full.py --url http://127.0.0.1:5000 [--versions 1.6,1.9,xgboost-3] [--python PATH ...]
                               [--venvs DIR ...] [--only TEXT] [--data TEXT] [--sample N] [--random N --seed N] [--out FILE]

Needs a server that is running and nothing but Python itself. An environment of each version is looked for in the
folders that --venvs names; what is not found is made in the first of them (`.cache/zoo` of the checkout by default)
with an interpreter of --python, or one on PATH. Ends with 1 when a label differs, a number lies further off than
scikit-learn's own rounding (XGBoost and what is fitted in float32: that of float32), an answer has another form, or
the server fails. A refusal (422) is listed and is no failure, nor is a row whose answer Python itself changes with the
last digits of the row ("unsettled": nearest points at the same distance, say); these are counted in their own column.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

from environments import ENVIRONMENTS, MODULES, add_options, environments

HERE = pathlib.Path(__file__).resolve().parent
# Sums of kernels, and of a thousand products, keep about ten digits of a double; a float32 has seven.
DOUBLE, SINGLE = 1e-9, 5e-6
# With these, the exponential of numpy 1 is at times a unit in the last place off, which a steep isotonic calibration makes
# 1e-7 of: its answers are then those of the processor, not of the model.
AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"


def run(python, name, options):
    """Yields the results of one environment, as they come; last a fault when its process broke off."""
    libraries = ",".join(module for library, module in MODULES.items() if any(line.startswith(library) for line in ENVIRONMENTS[name][1]))
    command = [str(python), "-W", "ignore", str(HERE / "run_models.py"), options.url, "--libraries", libraries,
               "--only", options.only, "--data", options.data, "--sample", str(options.sample), "--random", str(options.random), "--seed", str(options.seed)]
    quiet = {"NPY_DISABLE_CPU_FEATURES": AVX512} if any(line.startswith("numpy==1.") for line in ENVIRONMENTS[name][1]) else {}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **quiet, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"})
    for line in process.stdout:
        yield json.loads(line)
    if process.wait() != 0:
        yield {"versions": {"environment": name}, "model": "", "data": "", "failed": f"run_models.py ended with {process.returncode}"}


def fault(result):
    """What is wrong with an answer, as a sentence; None when nothing is."""
    if "failed" in result:
        return result["failed"]
    if result.get("labels_different"):
        return f"{result['labels_different']} of {result['rows']} labels differ, first {result['first']}"
    if "unlike" in result:
        return result["unlike"]
    bound = SINGLE if "XGB" in result["model"] or "float32" in result["data"] else DOUBLE
    for kind in ("probability", "value"):
        if result.get(kind, 0) > bound:
            return f"largest difference of a {kind}: {result[kind]:.1e}"
    return None


def table(results):
    """A line for each version and data set."""
    groups = collections.OrderedDict()
    for result in results:
        versions = " ".join(f"{name} {version}" for name, version in result["versions"].items())
        groups.setdefault((versions, result["data"]), []).append(result)
    head = ("versions", "data", "served", "rows", "labels different", "probabilities", "values", "unsettled rows", "refused", "left out", "failed")
    lines = [head, ("---",) * len(head)]
    for (versions, data), group in groups.items():
        served = [result for result in group if "rows" in result]
        lines.append((
            versions, data, len(served), sum(result["rows"] for result in served), sum(result.get("labels_different", 0) for result in served),
            *(f"{max((result.get(kind, 0) for result in served), default=0):.1e}" for kind in ("probability", "value")),
            sum(result.get("unsettled", 0) for result in served), *(sum(kind in result for result in group) for kind in ("refused", "left_out", "failed")),
        ))
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:5000")
    parser.add_argument("--versions", default=",".join(ENVIRONMENTS), help=f"of {', '.join(ENVIRONMENTS)}")
    add_options(parser)
    parser.add_argument("--only", default="", help="models whose expression contains this text")
    parser.add_argument("--data", default="", help="data sets whose name contains this text")
    parser.add_argument("--sample", type=int, default=1, help="every N-th model only")
    parser.add_argument("--random", type=int, default=0, help="this many random pipelines a version, see pipelines.py, in place of the catalogue")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the random pipelines")
    parser.add_argument("--out", type=pathlib.Path, help="a file for the results, a line of JSON a model")
    options = parser.parse_args()
    results = []
    out = options.out.open("w") if options.out else None
    for name, python in environments(options.versions.split(","), options):
        for result in run(python, name, options):
            results.append(result)
            if out:
                print(json.dumps(result), file=out, flush=True)
    print(table(results))
    report("Refused", [(result, result["refused"]) for result in results if "refused" in result])
    faults = [(result, fault(result)) for result in results if fault(result)]
    report("Wrong", faults)
    served = sum("rows" in result for result in results)
    print(f"\n{served} models served, {len(faults)} of them wrong")
    return 1 if faults or not served else 0


def report(title, found):
    """Each reason once, whatever the version, with the models it was given for."""
    if found:
        print(f"\n{title}:")
    by_reason = collections.OrderedDict()
    for result, reason in found:
        reason = re.sub(r" \(scikit-learn [\d.]+\)|; nearest that can: .*", "", reason)
        by_reason.setdefault(reason, []).append(f"{result['model']} on {result['data']} ({', '.join(result['versions'].values())})")
    for reason, where in by_reason.items():
        print(f"- {reason}\n    {where[0]}" + (f" and {len(where) - 1} more" if len(where) > 1 else ""))


if __name__ == "__main__":
    sys.exit(main())
