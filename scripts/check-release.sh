#!/bin/sh
# Build wheel and sdist in dist/, and check what a user gets: the wheel alone computes in a fresh
# environment, and the sdist has its tests, which pass. Temporary files are in build/release.
set -eu
cd "$(dirname "$0")/.."
work=$PWD/build/release
rm -rf dist "$work"
mkdir -p "$work"

environment() { # name, packages
    "${PYTHON:-python3}" -m venv "$work/$1"
    name=$1
    shift
    "$work/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

environment tools build cffconvert twine
"$work/tools/bin/python" -m build --outdir dist .
"$work/tools/bin/twine" check --strict dist/*
"$work/tools/bin/cffconvert" --validate

echo "The wheel, alone"
environment user dist/*.whl
cd "$work"
user/bin/edgeom --version
user/bin/edgeom verify
user/bin/edgeom doctor

echo "The tests of the sdist"
tar xzf ../../dist/*.tar.gz
cd edgeom-*
make PYTHON="${PYTHON:-python3}" test
