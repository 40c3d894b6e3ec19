"""The shared object of ``native.c``, compiled where there is a compiler."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("native.c")


class NoCompiler(Exception):  # noqa: N818 -- nothing is wrong, only not there
    """Faults of the system cannot be made here."""


def library() -> Path:
    """Where it is; NoCompiler where it cannot be made."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not Path("/proc/self/fd").is_dir():
        raise NoCompiler("this takes Linux and a C compiler (cc)")
    key = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    found = Path(tempfile.gettempdir()) / f"mulligan-faults-{key}.so"
    if not found.exists():
        made = Path(tempfile.mkdtemp()) / found.name
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], check=True)
        shutil.move(made, found)
    return found
