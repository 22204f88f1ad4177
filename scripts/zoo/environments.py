"""Virtual environments of each version of the libraries: found in given folders, made where they are not there."""
import json
import pathlib
import shutil
import subprocess
import sys

CACHE = pathlib.Path(__file__).resolve().parent.parent.parent / ".cache" / "zoo"

# name -> Pythons that have wheels for it, and what is installed
ENVIRONMENTS = {
    "0.24": (("3.8",), ("scikit-learn==0.24.2", "numpy==1.23.5", "scipy==1.10.1", "pandas==1.5.3", "joblib==1.1.1")),
    "1.0": (("3.8", "3.9"), ("scikit-learn==1.0.2", "numpy==1.23.5", "scipy==1.10.1", "pandas==1.5.3", "joblib==1.1.1")),
    "1.1": (("3.9", "3.8"), ("scikit-learn==1.1.3", "numpy==1.23.5", "scipy==1.10.1", "pandas==1.5.3")),
    "1.2": (("3.9", "3.11"), ("scikit-learn==1.2.2", "numpy==1.26.4", "scipy==1.11.4", "pandas==2.0.3")),
    "1.3": (("3.11", "3.12"), ("scikit-learn==1.3.2", "numpy==1.26.4", "scipy==1.11.4", "pandas==2.1.4")),
    "1.4": (("3.12", "3.11"), ("scikit-learn==1.4.2", "numpy==1.26.4", "scipy==1.13.1", "pandas==2.2.3")),
    "1.5": (("3.12", "3.11"), ("scikit-learn==1.5.2", "pandas==2.2.3")),
    "1.6": (("3.12", "3.13"), ("scikit-learn==1.6.1", "pandas==2.2.3")),
    "1.7": (("3.13", "3.12"), ("scikit-learn==1.7.2", "pandas")),
    "1.8": (("3.13", "3.12"), ("scikit-learn==1.8.0", "pandas")),
    "1.9": (("3.13", "3.12"), ("scikit-learn>=1.9,<1.10", "pandas")),
    "xgboost-1": (("3.11",), ("xgboost==1.7.6", "lightgbm==3.3.5", "scikit-learn==1.2.2", "numpy==1.26.4", "scipy==1.11.4", "pandas==2.1.4")),
    "xgboost-2": (("3.11", "3.12"), ("xgboost==2.1.4", "lightgbm==4.3.0", "scikit-learn==1.5.2", "numpy==1.26.4", "scipy==1.13.1", "pandas==2.2.3")),
    "xgboost-3": (("3.13", "3.12"), ("xgboost>=3,<4", "lightgbm>=4.6,<5", "scikit-learn>=1.9,<1.10", "pandas")),
}
# Other ways of writing a model, for the forms of files.
PACKERS = ("cloudpickle", "dill", "lz4")
MODULES = {"scikit-learn": "sklearn", "xgboost": "xgboost", "lightgbm": "lightgbm"}


def installed(python):
    code = "import json, importlib.metadata as m; print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    return json.loads(answer.stdout) if answer.returncode == 0 else {}


def satisfies(found, requirements):
    """Whether the fitting libraries are those asked for, and no other of them is there."""
    for line in requirements:
        name = line.split("=")[0].split(">")[0]
        if name not in MODULES:
            continue
        version = found.get(name, "")
        exact, lowest = line.partition("==")[2], line.partition(">=")[2].split(",")[0]
        if (exact and version != exact) or not version or (lowest and version.split(".")[: len(lowest.split("."))] < lowest.split(".")):
            return False
    return True


def environment(name, known, folder, interpreters):
    """The interpreter of an environment that has these versions: one of those that are known, or a new one in the folder, made
    with one of the interpreters or of PATH. None when it cannot be made."""
    pythons, requirements = ENVIRONMENTS[name]
    fitting = {line.split("=")[0].split(">")[0] for line in requirements} & set(MODULES)
    for python, found in known.items():
        if satisfies(found, requirements) and fitting == set(found) & set(MODULES):
            return python
    interpreter = next(filter(None, (find_interpreter(version, interpreters) for version in pythons)), None)
    if interpreter is None:
        print(f"{name}: left out, no Python {' or '.join(pythons)} on PATH or by --python", file=sys.stderr)
        return None
    subprocess.run([interpreter, "-m", "venv", str(folder / name)], check=True)
    python = folder / name / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *requirements, *PACKERS], check=True)
    return python


def find_interpreter(version, given):
    for python in [*given, shutil.which(f"python{version}")]:
        if python is None:
            continue
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True)
        if answer.stdout.strip() == version:
            return python
    return None


def add_options(parser):
    """Where environments are, and what they are made with."""
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="an interpreter to make environments with")
    parser.add_argument("--venvs", action="append", type=pathlib.Path, metavar="DIR", help="a folder of virtual environments")


def environments(names, options):
    """Yields (name, interpreter) of each version that there is or that could be made."""
    folders = options.venvs or [CACHE]
    known = {path: installed(path) for folder in folders for path in sorted(folder.glob("*/bin/python"))}
    for name in names:
        python = environment(name, known, folders[0], options.python)
        if python is not None:
            yield name, python
