#!/bin/sh
# Makes the golden pickles of test/golden/pickle anew: one file for each Python below, which must be on the PATH.
# The environments are made in a temporary directory from the package index.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
golden=$here/../../../test/golden/pickle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3.8 -m venv "$work/np1"
"$work/np1/bin/pip" -q install numpy==1.24.4 joblib==1.1.1
"$work/np1/bin/python" "$here/make.py" "$golden/python-3.8-numpy-1.24.json"

python3.13 -m venv "$work/np2"
"$work/np2/bin/pip" -q install numpy==2.5.5 joblib==1.6.0 lz4==4.4.5
"$work/np2/bin/python" "$here/make.py" "$golden/python-3.13-numpy-2.json"
"$work/np2/bin/python" "$here/make-packed.py" "$golden/packed.json"

python2.7 -m pip -q install --target "$work/py2" numpy==1.16.6 joblib==0.14.1
PYTHONPATH=$work/py2 python2.7 "$here/make.py" "$golden/python-2.7-numpy-1.16.json"

python2.7 -m pip -q install --target "$work/py2-old" --no-deps joblib==0.8.4
PYTHONPATH=$work/py2-old:$work/py2 python2.7 "$here/make-zfile.py" "$golden/zfile.json"
