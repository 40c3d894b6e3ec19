"""A process that has all of Mulligan loaded, and forks for each job: a line of JSON in, a line of JSON out.

A job is a command line for ``mulligan`` with the fault that is to happen to it. So a command starts in milliseconds,
in a process of its own that nothing of the tests is in.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from multiprocessing import util
from pathlib import Path

import sklearn.datasets
import sklearn.neighbors  # noqa: F401
import torch

from mulligan.apps import evaluate  # noqa: F401
from mulligan.assemble import _framework, backend_torch, training  # noqa: F401
from mulligan.cli import main
from mulligan.data import _open
from mulligan.metrics.extractors import classifier_torch  # noqa: F401
from mulligan.train import progress_live  # noqa: F401

KINDS = {"open": 1, "write": 2, "sync": 4, "rename": 8, "any": 15}


def be(job):
    """The child: arm the fault, run the command, leave as the command line does."""
    os.setsid()
    for name, number in (("out", 1), ("err", 2)):
        handle = os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    os.environ.update(job.get("environment", {}))
    if "resident_bytes" in job:  # a set above that is streamed by worker processes
        _framework.RESIDENT_BYTES = job["resident_bytes"]
    if job.get("live"):  # pictures that fit neither disk nor memory
        _open.USUAL_MEMORY, _open._machine_memory = 0, lambda: 0
    if "clock" in job:
        ctypes.CDLL(None).faults_clock(ctypes.c_long(job["clock"]["jump"]), job["clock"]["when"].encode())
    if "memory" in job:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + job["memory"]
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    if "fault" in job:
        fault = job["fault"]
        numbers = (KINDS[fault["kind"]], ctypes.c_long(fault["at"]), fault["error"], fault.get("sticky", 0))
        ctypes.CDLL(None).faults_arm(*numbers, fault["under"].encode())
    code = 1
    try:
        main(job["words"])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    util._exit_function()
    sys.stdout.flush()
    os._exit(code)


def wait(child, seconds):
    """The code that a child ended with, None when it has to be killed after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def do(job):
    """Run one job, and send the signal that it names when it says."""
    ctypes.CDLL(None).faults_arm(0, ctypes.c_long(0), 0, 0, b"")  # what the last job had is over
    child = os.fork()
    if not child:
        be(job)
    code = None
    if "signal" in job:
        code = wait_for_moment(job, child)
    begun = time.monotonic()
    if code is None:
        code = wait(child, job.get("seconds", 120))
    calls = ctypes.CDLL(None).faults_calls() if "fault" in job else 0
    return {"code": code, "pid": child, "seconds": time.monotonic() - begun, "calls": calls}


def wait_for_moment(job, child):
    """Wait for a text in a file (or for nothing), then so many seconds, and send the signal to the child's group."""
    moment = job["signal"]
    if moment.get("file"):
        while moment["text"] not in (Path(moment["file"]).read_text() if Path(moment["file"]).exists() else ""):
            time.sleep(0.001)
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
    time.sleep(moment["after"])
    found, status = os.waitpid(child, os.WNOHANG)
    if found:
        return os.waitstatus_to_exitcode(status)
    try:
        os.killpg(child, moment["number"])
    except ProcessLookupError:  # not yet a group of its own
        os.kill(child, moment["number"])
    return None


if __name__ == "__main__":
    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(1), "w")
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(do(json.loads(line))), file=answers, flush=True)
