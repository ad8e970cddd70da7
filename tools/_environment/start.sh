# Sourced by the launchers, with $root set: run a module in the environment of a lock file, set up first where it is missing or of another lock.
# The common start is one cmp and one exec. Setting up is tools/_environment/set_up.py.

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

# Set $environment to the folder that .venv/PURPOSE points to now, if it was made from the lock as it is now. The folder itself, not the
# link: a running tool keeps its packages when the link is switched. If its Python is no longer the one that was seen to run there, as after
# an upgrade of the system's, set-up has to look.
find_environment() {
    purpose=${lock##*/} purpose=${purpose%.txt}
    [ "$purpose" != requirements ] || purpose=runtime
    environment=$(cd -P "$root/.venv/$purpose" 2>/dev/null && pwd) &&
        [ -x "$environment/bin/python" ] && [ "$environment/bin/python" -ef "$environment/interpreter" ] &&
        cmp -s "$root/$lock" "$environment/lock.txt" 2>/dev/null
}

# start LOCK MODULE [ARGUMENT …]: LOCK is the lock file that the module needs installed, seen from $root.
start() {
    lock=$1 module=$2
    shift 2
    unset PYTHONHOME
    # A user's own PYTHONPATH could put other releases before the locked ones.
    export PYTHONPATH="$root"
    if ! find_environment; then
        python=$(find_python) || exit 1
        environment=$("$python" -I "$root/tools/_environment/set_up.py" "$lock") || exit
    fi
    exec "$environment/bin/python" -P -m "$module" "$@"
}
