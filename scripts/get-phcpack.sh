#!/bin/sh
# Print the path of PHCpack's program phc; get it from Debian's or Ubuntu's packages when there is
# none: installed by root, else unpacked into .phcpack, with no change to the system. Where it
# cannot be had nothing is printed, and the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit
here=$PWD/.phcpack

for phc in "${EDGEOM_PHC:-}" "$(command -v phc)" "$here/phc"; do
    [ -x "$phc" ] && echo "$phc" && exit
done

give_up() {
    echo "PHCpack is not tested: $1; see docs/how_to/phcpack.md" >&2
    rm -rf "$here"
    exit 0
}

command -v apt-get >/dev/null || give_up "there is no apt-get to get it with"
echo "getting PHCpack" >&2
if [ "$(id -u)" = 0 ]; then
    { apt-get -qq update && apt-get -qq install --yes --no-install-recommends phcpack; } >&2
    command -v phc || give_up "apt-get install phcpack failed"
    exit
fi

# apt's lists and cache of its own, so that no rights are needed
mkdir -p "$here/lists/partial" "$here/archives/partial"
apt() {
    program=$1
    shift
    "$program" -qq -o Dir::State::lists="$here/lists" -o Dir::Cache="$here" \
        -o Dir::Cache::archives="$here/archives" -o Debug::NoLocking=1 "$@"
}
(
    apt apt-get update && cd "$here/archives" &&
    needed=$(apt apt-cache depends phcpack | sed -n 's/^ *Depends: *\([^<]*\)$/\1/p') &&
    apt apt-get download phcpack &&
    for package in $needed; do
        dpkg -s "$package" >/dev/null 2>&1 || apt apt-get download "$package" || exit
    done
    for archive in *.deb; do dpkg -x "$archive" "$here/root" || exit; done
) >&2 || give_up "its packages could not be downloaded"
rm -rf "$here/lists" "$here/archives" "$here"/*.bin

libraries=$(find "$here/root" -name '*.so*' -exec dirname {} \; | sort -u | paste -sd: -)
cat >"$here/phc" <<END
#!/bin/sh
LD_LIBRARY_PATH=$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec $here/root/usr/bin/phc "\$@"
END
chmod +x "$here/phc"
"$here/phc" --version >/dev/null || give_up "the unpacked program does not run"
echo "$here/phc"
