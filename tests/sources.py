"""The sources of the wraps in subprojects, for builds that use them.

A tarball is taken from subprojects/packagecache, else from
../shared/packagecache, else from its upstream address; its hash is the wrap's.
Where upstream cannot be reached, the same release may still come from Debian's
source packages, or, for SQLite, out of an npm package: PLACES says from which.
"""
import configparser
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

TOP = pathlib.Path(__file__).resolve().parent.parent
SUBPROJECTS = TOP / "subprojects"
CACHE = SUBPROJECTS / "packagecache"
SPARE = TOP.parent / "shared" / "packagecache"
NEEDED = ("libmspack", "expat", "pcre2", "jansson", "cmocka")
OPTIONAL = {"zip": ("libzip", "zlib"), "store": ("sqlite3",),
            "deflate": ("libdeflate",)}


class Lacking(Exception):
    """A source cannot be had; the text says which."""


def read_wrap(name):
    wrap = configparser.ConfigParser(interpolation=None)
    wrap.read(SUBPROJECTS / f"{name}.wrap")
    return wrap["wrap-file"]


def is_it(path, wrap):
    return path.is_file() and \
        hashlib.sha256(path.read_bytes()).hexdigest() == wrap["source_hash"]


def download(wrap, to):
    try:
        with urllib.request.urlopen(wrap["source_url"], timeout=20) as answer:
            to.write_bytes(answer.read())
    except (OSError, ValueError):
        pass


# ---- the same release from elsewhere ------------------------------------------

def debian_entry():
    """Where this machine's apt gets Debian from: its address and its key."""
    for path in sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in path.read_text().split("\n\n"):
            entry = dict(line.split(": ", 1) for line in stanza.splitlines()
                         if ": " in line and line[0] != "#")
            if "debian-archive-keyring" in entry.get("Signed-By", "") and \
                    "security" not in entry["Suites"]:
                return entry["URIs"].split()[0]
    for line in pathlib.Path("/etc/apt/sources.list").read_text().splitlines():
        words = [w for w in line.split() if not w.startswith(("[", "signed-by"))]
        if words[:1] == ["deb"] and "security" not in line:
            return words[1]
    raise Lacking("apt has no entry for Debian")


def debian_tarball(package, suite, to):
    """The orig tarball of a source package of that suite; apt's own state is
    left alone."""
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        for sub in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "var/lib/dpkg",
                    "etc/apt/sources.list.d", "var/lib/apt/lists/partial",
                    "var/cache/apt/archives/partial"):
            (home / sub).mkdir(parents=True)
        (home / "var/lib/dpkg/status").touch()
        (home / "etc/apt/sources.list.d/one.sources").write_text(
            f"Types: deb-src\nURIs: {debian_entry()}\nSuites: {suite}\n"
            "Components: main\n"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")
        (home / "apt.conf").write_text(
            f'Dir "{home}";\nDir::State::status "{home}/var/lib/dpkg/status";\n'
            'APT::Sandbox::User "root";\n')
        for command in (["update"], ["source", "--download-only", "--tar-only", package]):
            subprocess.run(["apt-get", "-qq", *command], cwd=home, check=True,
                           capture_output=True, timeout=120,
                           env={**os.environ, "APT_CONFIG": str(home / "apt.conf")})
        found, = home.glob(f"{package}_*.orig.tar.*")
        shutil.copy(found, to)


def npm_tarball(package, to):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True,
                       capture_output=True, timeout=120)
        found, = pathlib.Path(folder).glob("*.tgz")
        shutil.copy(found, to)


def unpack_into(wrap, tarball, below, header, version):
    """A tarball of another form: its files become the wrap's directory."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.unpack_archive(tarball, folder)
        unpacked, = pathlib.Path(folder).glob(below)
        if version not in (unpacked / header).read_text("utf-8"):
            raise Lacking("it is another version")
        shutil.copytree(unpacked, SUBPROJECTS / wrap["directory"])
    shutil.copytree(SUBPROJECTS / "packagefiles" / wrap["patch_directory"],
                    SUBPROJECTS / wrap["directory"], dirs_exist_ok=True)


def elsewhere(name, wrap):
    with tempfile.TemporaryDirectory() as folder:
        got = pathlib.Path(folder) / "source.tar.gz"
        if name in ("libzip", "libdeflate"):    # the same files
            debian_tarball(name, "bookworm", CACHE / wrap["source_filename"])
        elif name == "zlib":            # without some of contrib/
            debian_tarball("zlib", "trixie", got)
            unpack_into(wrap, got, "*", "zlib.h", 'ZLIB_VERSION "1.3.1"')
        elif name == "sqlite3":         # made from the same sources
            npm_tarball("better-sqlite3@12.4.1", got)
            unpack_into(wrap, got, "package/deps/sqlite3", "sqlite3.h", '"3.50.4"')


# ---- what is asked for ----------------------------------------------------------

def fetch(name):
    """Lacking, where it cannot be had."""
    wrap = read_wrap(name)
    tarball = CACHE / wrap["source_filename"]

    def is_there():
        return (SUBPROJECTS / wrap["directory"] / "meson.build").is_file() or \
            is_it(tarball, wrap)

    CACHE.mkdir(exist_ok=True)
    if not is_there() and is_it(SPARE / tarball.name, wrap):
        shutil.copy(SPARE / tarball.name, tarball)
    if not is_there():
        download(wrap, tarball)
    why = ""
    if not is_there():
        try:
            elsewhere(name, wrap)
        except (Lacking, OSError, ValueError, subprocess.SubprocessError) as e:
            why = f" ({e})"
    if not is_there():
        tarball.unlink(missing_ok=True)
        raise Lacking(f"the source of {name} cannot be had, neither from "
                      f"{wrap['source_url']} nor elsewhere{why}")


def fetch_all():
    """Options for meson setup; what is optional and lacks is switched off, and
    said."""
    options, names = [], list(NEEDED)
    for name in NEEDED:
        fetch(name)
    for feature, libraries in OPTIONAL.items():
        if f"option('{feature}'" not in (TOP / "meson_options.txt").read_text():
            continue
        try:
            for name in libraries:
                fetch(name)
            names += libraries
            options.append(f"-D{feature}=enabled")
        except Lacking as e:
            print(f"without {feature}: {e}")
            options.append(f"-D{feature}=disabled")
    provided = ",".join("libpcre2-8" if n == "pcre2" else n for n in names)
    return [*options, "--wrap-mode=nodownload", f"--force-fallback-for={provided}"]
