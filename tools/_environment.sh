# Sourced by the launchers, with $root set: run a tool in the project's own environment, made first where there is none.
# The common start is cmp and exec, nothing more. Set-up itself is tools/_environment.py.

say() {
    printf 'heliolog: %s\n' "$1" >&2
}

# Print the first command that is a Python new enough. A shim that is there but runs nothing is passed over.
find_python() {
    for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "no Python 3.11 or newer was found on PATH (tried python3.11 … python3.14, python3, python): install one and run this again"
    return 1
}

# start LOCK MODULE [ARGUMENT …]: LOCK is the requirements file that the module needs installed.
start() {
    lock=$1 module=$2
    shift 2
    unset PYTHONHOME
    # A user's own PYTHONPATH could put other releases before the locked ones.
    export PYTHONPATH="$root"
    if ! { [ -x "$root/.venv/bin/python" ] && cmp -s "$root/$lock" "$root/.venv/heliolog-$lock" 2>/dev/null; }; then
        python=$(find_python) || exit 1
        "$python" -I "$root/tools/_environment.py" "$lock" || exit
    fi
    exec "$root/.venv/bin/python" -P -m "$module" "$@"
}
