"""A process that loads everything once and forks for each attempt to lock, so that hundreds can be killed.

``python -m tests.lock.locker STUDY`` reads lines of JSON with attempts (``locks``: the folder, ``plan``: a number for
the plan's hash, and how it is to fail), forks for each, prints the children's ids, waits for another line and prints
how they ended. A child that ended is not forgotten before that line, so its id is nobody else's.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from csrbook.errors import CsrbookError
from csrbook.lock import create, hashing
from csrbook.plan import load_plan

from .small_study import SmallStudy

DONE, REFUSED, FULL = 0, 1, 2
OPERATIONS = ("open", "write", "fsync", "mkdir", "chmod", "rename")
"""By these the locker changes the disk, but for the data that libraries write."""


class Trap:
    """Kills this process at the operation of this number, after half of it where it is a write."""

    def __init__(self, number: int) -> None:
        self.left = number
        for name in OPERATIONS:
            setattr(os, name, self._trapped(name, getattr(os, name)))

    def _trapped(self, name, function):
        def trapped(*arguments, **more):
            self.left -= 1
            if self.left < 0:
                if name == "write":
                    function(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **more)

        return trapped


def attempt(study: SmallStudy, task: dict) -> int:
    if "trap" in task:
        Trap(task["trap"])
    if "limit" in task:
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["limit"], task["limit"]))
    locks = Path(task["locks"])
    study = study.under_another_plan(task["plan"])
    try:
        create.create_lock(study.transfer, study.plan, study.root, locks)
    except CsrbookError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(error, file=sys.stderr)
        return FULL
    return DONE


def main() -> None:
    root = Path(sys.argv[1])
    study = SmallStudy(root, load_plan(root))
    # The programs do not change between attempts, and reading them takes most of the time.
    code, environment = hashing.code_hash(root), hashing.environment_hash(root)
    create.code_hash, create.environment_hash = (lambda _: code), (lambda _: environment)
    with tempfile.TemporaryDirectory() as folder:
        # What the libraries load on first use is loaded once.
        study.lock_in(Path(folder))
    while line := sys.stdin.readline():
        tasks = json.loads(line)
        children = []
        for task in tasks:
            child = os.fork()
            if child == 0:
                os._exit(attempt(study, task))
            children.append(child)
        print(json.dumps(children), flush=True)
        sys.stdin.readline()
        print(json.dumps([os.waitpid(child, 0)[1] for child in children]), flush=True)


if __name__ == "__main__":
    main()
