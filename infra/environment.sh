# shellcheck shell=bash
# For the scripts beside this one; they source it.

# environment NAME REQUIREMENTS: a virtual environment target/tools-NAME, made anew when its requirements change.
environment() {
    local directory="target/tools-$1"
    if ! cmp -s "$2" "$directory/requirements.txt"; then
        say "$(grep -v '^#' "$2" | xargs), into $directory"
        rm -rf "$directory"
        python3 -m venv "$directory"
        "$directory/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
        cp "$2" "$directory/requirements.txt"
    fi
}
