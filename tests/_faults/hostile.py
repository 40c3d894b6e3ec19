"""Row 8: files that want to run code, given to every command that takes a model or data."""

import io
import json
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from _faults.outcome import Outcome

MOST_SECONDS = 1.0


class _Runs:
    """Unpickling it calls a function."""

    def __init__(self, function: Callable, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


def _zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in files.items():
            archive.writestr(name.replace("__", "/"), value)
    return content.getvalue()


def _persistent(payload: bytes) -> bytes:
    """A pickle that asks for an object by a persistent id, and then for another pickle."""
    return b"\x80\x02X\x01\x00\x00\x00xQ" + payload[2:]


def _npy(payload: object) -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([payload], dtype=object), allow_pickle=True)
    return content.getvalue()


def _npz(payload: object) -> bytes:
    content = io.BytesIO()
    np.savez(content, images=np.array([payload], dtype=object))
    return content.getvalue()


def payloads(canary: Path) -> dict[str, bytes]:
    """Thirty files by name; each would make the file ``canary``, or call somebody, if anything in it was run."""
    touch = f"open({str(canary)!r}, 'w').close()"
    command = f"touch {canary}"
    call = "import socket; socket.create_connection(('127.0.0.1', 9), 0.1)"
    runs = {
        "reduce": pickle.dumps(_Runs(exec, touch)),
        "evaluate": pickle.dumps(_Runs(eval, touch)),
        "system": pickle.dumps(_Runs(os.system, command)),
        "popen": pickle.dumps(_Runs(subprocess.check_call, ["touch", str(canary)])),
        "network": pickle.dumps(_Runs(exec, call)),
        "nested": pickle.dumps(_Runs(pickle.loads, pickle.dumps(_Runs(exec, touch)))),
    }
    global_, inst = f"c__builtin__\nexec\n(S{touch!r}\ntR.", f"(S{touch!r}\ni__builtin__\nexec\n."
    old = {
        "protocol0": global_.encode(),
        "inst": inst.encode(),
        "obj": f"(c__builtin__\nexec\nS{touch!r}\no.".encode(),
        "memo": b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93\x94\x8c" + bytes([len(touch)]) + touch.encode() + b"\x85R.",
        "garbage": runs["reduce"] + b"\x00" * 64,
        "optimized": pickletools.optimize(runs["reduce"]),
    }
    plain = {f"{name}.pkl": content for name, content in (runs | old).items()}
    torch_like = {
        "archive.pt": _zipped(**{"archive__data.pkl": runs["reduce"], "archive__version": b"3"}),
        "state.pth": runs["system"],
        "weights.bin": runs["reduce"],
        "model.ckpt": _zipped(**{"model__data.pkl": _persistent(runs["reduce"])}),
        "script.pt": _zipped(**{"code__code.py": touch.encode(), "constants.pkl": runs["reduce"]}),
        "twice.pt": _zipped(**{"inner.zip": _zipped(**{"data.pkl": runs["reduce"]})}),
        "persistent.pkl": _persistent(runs["reduce"]),
    }
    arrays = {
        "object.npy": _npy(_Runs(exec, touch)),
        "objects.npz": _npz(_Runs(exec, touch)),
        "pickle.npy": runs["reduce"],
        "pickle.npz": _zipped(**{"images.npy": runs["reduce"]}),
    }
    keras = {
        "model.h5": b"\x89HDF\r\n\x1a\n" + runs["reduce"],
        "model.keras": _zipped(**{"config.json": json.dumps({"class_name": "Lambda", "code": touch}).encode()}),
        "saved.pb": runs["reduce"],
    }
    length = len(runs["reduce"])
    disguised = {
        "model.safetensors": runs["reduce"],
        "header.safetensors": length.to_bytes(8, "little") + runs["reduce"],
        "named.safetensors": _header({"__metadata__": {"mulligan": json.dumps({"recipe": {"is": "os.system"}})}}),
        "picture.png": runs["reduce"],
    }
    found = plain | torch_like | arrays | keras | disguised
    return dict(list(found.items())[:30])


def _header(content: dict) -> bytes:
    text = json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text


# Every command that takes a model or data, with FILE in the place of it.
COMMANDS = (
    ("train", "FILE", "--steps", "1", "--out", "new", "--no-cache"),
    ("train", "digits", "--steps", "1", "--init", "FILE", "--out", "new"),
    ("train", "--resume", "FILE"),
    ("train", "FILE", "--resume", "FILE"),
    ("generate", "FILE"),
    ("interpolate", "FILE"),
    ("evaluate", "FILE"),
    ("evaluate", "FILE", "--data", "FILE"),
    ("compare", "FILE", "FILE"),
    ("report", "FILE"),
    ("leaderboard", "FILE", "--add", "FILE"),
    ("leaderboard", "FILE"),
    ("show", "FILE"),
    ("check", "FILE"),
    ("copy", "FILE"),
)

# What runs in a process of its own: every attempt to run, to unpickle or to call somebody is heard by Python itself.
SCRIPT = """
import io, json, sys, time
from contextlib import redirect_stderr, redirect_stdout
jobs = json.load(sys.stdin)
import mulligan.api, mulligan.assemble.backend_torch, sklearn.datasets
from mulligan.cli import main
heard = []
# Asking for a type in a pickle is the first step; the readers of safe formats never take it.
WATCHED = ("pickle.find_class", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect",
           "socket.getaddrinfo", "socket.bind")
sys.addaudithook(lambda event, arguments: heard.append(f"{event} {arguments!r}"[:200]) if event in WATCHED else None)
for words in [["list"], *jobs]:
    out, err, code, begun = io.StringIO(), io.StringIO(), 0, time.perf_counter()
    del heard[:]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(words)
    except SystemExit as end:
        code = end.code
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"
    print(json.dumps([words, code, err.getvalue(), time.perf_counter() - begun, list(heard)]), flush=True)
"""


def files(count: int, folder: Path) -> Outcome:
    """Give so many hostile files to every command."""
    outcome, canary, slowest = Outcome(), folder / "canary", 0.0
    place = folder / "files"
    place.mkdir(parents=True)
    for name, content in list(payloads(canary).items())[:count]:
        (place / name).write_bytes(content)
    jobs = [
        [word.replace("FILE", str(path)) for word in words] for path in sorted(place.iterdir()) for words in COMMANDS
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    environment["MULLIGAN_CACHE"] = str(folder / "cache")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('[["')][1:]
    by_file: dict[str, list[str]] = {path.name: [] for path in place.iterdir()}
    for words, code, err, seconds, heard in answers:
        name = next(Path(word).name for word in words if str(place) in word)
        is_told = code == 2 and err.startswith("mulligan: ") and err.count("\n") == 1
        slowest = max(slowest, seconds)
        if not is_told or heard or seconds > MOST_SECONDS:
            by_file[name].append(f"{' '.join(words)}: code {code}, {seconds:.2f} s, {heard}, {err}")
    for name, wrong in by_file.items():
        outcome.check(not wrong, f"{name}: {wrong[:3]}")
    if canary.exists() or len(answers) != len(jobs):
        outcome.bad.append(f"something in a file was run, or not all were tried: {len(answers)} of {len(jobs)}")
    ran = sum(bool(heard) for *_, heard in answers) + canary.exists()
    outcome.measured = f"{len(jobs)} commands, {ran} that ran or called anything, {slowest:.2f} s at most each"
    return outcome
