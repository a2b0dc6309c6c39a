"""Killed, crowded out, out of room: never a half lock, never a lost one, never a broken audit chain."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from csrbook.errors import CsrbookError, UsageError
from csrbook.lock import create, list_locks, unfinished_locks, verify_lock
from csrbook.lock.audit_trail import AUDIT_TRAIL, append, inspect
from csrbook.lock.ledger import lost_locks, not_entered
from csrbook.lock.staging import staging, sweep
from csrbook.lock.status import unlock, unlocking

from .locker import DONE, FULL, OPERATIONS
from .small_study import make_small_study

ROOT = Path(__file__).parents[2]
KILLS = 200
GROUP = 10
"""Kills in one folder of locks, which so fills with what was finished and what was not."""

pytestmark = pytest.mark.xdist_group("crash")


class Locker:
    """The other side of :mod:`tests.lock.locker`."""

    def __init__(self, root: Path) -> None:
        env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.lock.locker", str(root)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self, *tasks: dict) -> list[int]:
        """Fork for each task; the ids of the processes."""
        self._say(json.dumps(tasks))
        return json.loads(self.process.stdout.readline())

    def end(self) -> list[int]:
        """How each process ended: the code it gave, or less the signal that killed it."""
        self._say("")
        return [os.waitstatus_to_exitcode(status) for status in json.loads(self.process.stdout.readline())]

    def _say(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def run(self, *tasks: dict) -> list[int]:
        self.start(*tasks)
        return self.end()


@pytest.fixture(scope="module", autouse=True)
def _programs_do_not_change():
    """To hash all programs for each lock takes longer than the lock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(create, "code_hash", lambda root: "sha256:0")
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_small_study(tmp_path_factory.mktemp("crash") / "study")


@pytest.fixture(scope="module")
def locker(study):
    locker = Locker(study.root)
    yield locker
    locker.process.stdin.close()
    locker.process.wait(timeout=10)


def require_sound(locks: Path, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every lock is whole, none that was there is gone, the chain holds; the locks there are now."""
    trail = inspect(locks)
    assert trail.faults == ()
    assert lost_locks(locks, trail) == []
    for path in list_locks(locks):
        # What was whole before is looked at again when all is done.
        if path.name not in known:
            assert verify_lock(path, content=True) == []
    found = frozenset(path.name for path in list_locks(locks))
    assert found >= known
    return found


def require_settled(locks: Path) -> None:
    """After a lock that was made in peace nothing is left of those that were not."""
    require_sound(locks)
    trail = inspect(locks)
    assert unfinished_locks(locks) == []
    assert not trail.loose
    assert [name for path in list_locks(locks) for name in not_entered(path, trail)] == []


@pytest.mark.slow
def test_two_hundred_kills_at_random_moments(locker, tmp_path):
    """A process that was done before the kill is no kill: how long to wait at most is learnt on the way."""
    draw = random.Random(20201109)  # noqa: S311 - moments, no secrets
    rehearsal = {"locks": str(tmp_path / "rehearsal")}
    # The first one waits until everything is loaded.
    assert locker.run({**rehearsal, "plan": 0}) == [DONE]
    began = time.perf_counter()
    assert locker.run({**rehearsal, "plan": 1}) == [DONE]
    longest = time.perf_counter() - began
    for group in range(KILLS // GROUP):
        locks = tmp_path / f"locks{group}"
        known = frozenset()
        killed = plan = 0
        while killed < GROUP:
            (process,) = locker.start({"locks": str(locks), "plan": plan})
            time.sleep(draw.uniform(0.0, longest))
            os.kill(process, signal.SIGKILL)
            (code,) = locker.end()
            assert code in (DONE, -signal.SIGKILL)
            killed += code != DONE
            # About one in three is done: the kills reach to the end of the lock on any machine, busy or not.
            longest *= 0.9 if code == DONE else 1.05
            plan += 1
            if locks.is_dir():
                known = require_sound(locks, known)
        assert locker.run({"locks": str(locks), "plan": plan}) == [DONE]
        require_settled(locks)


@pytest.mark.slow
def test_killed_at_each_step_in_turn(locker, tmp_path):
    """Half of what is written at the moment of death gets to the disk; the same lock is then made in peace."""
    codes, made = [], set()
    while DONE not in codes:
        locks = tmp_path / f"locks{len(codes)}"
        codes += locker.run({"locks": str(locks), "plan": 1, "trap": len(codes)})
        made.add(bool(require_sound(locks)) if locks.is_dir() else None)
        assert locker.run({"locks": str(locks), "plan": 1}) == [DONE]
        require_settled(locks)
    assert set(codes[:-1]) == {-signal.SIGKILL}
    assert len(codes) > 25
    assert made == {None, False, True}, "before, while and after the lock got its name"


def test_lockers_at_once(locker, tmp_path):
    """Four lock the same data, two the same data under other plans."""
    locks = tmp_path / "locks"
    for _ in range(2):
        tasks = [{"locks": str(locks), "plan": plan} for plan in (1, 1, 2, 1, 3, 1)]
        assert locker.run(*tasks) == [DONE] * 6
        require_settled(locks)
        assert len(list_locks(locks)) == 3
    events = [entry.event for entry in inspect(locks).entries]
    assert (events.count("lock"), events.count("relock")) == (3, 0)


def test_some_of_many_lockers_killed_while_the_others_go_on(locker, tmp_path):
    draw = random.Random(7)  # noqa: S311
    locks, known = tmp_path / "locks", frozenset()
    for number in range(5):
        processes = locker.start(*({"locks": str(locks), "plan": 3 * number + extra} for extra in (0, 0, 1, 2)))
        time.sleep(draw.uniform(0.02, 0.3))
        for process in processes[1:3]:
            os.kill(process, signal.SIGKILL)
        codes = locker.end()
        assert (codes[0], codes[3]) == (DONE, DONE)
        known = require_sound(locks, known)
    assert locker.run({"locks": str(locks), "plan": 99}) == [DONE]
    require_settled(locks)


@pytest.mark.parametrize("limit", [0, 100, 3_000])
def test_files_that_may_not_grow(locker, tmp_path, limit):
    """The system's limit on the size of a file: writes of every library fail half-way."""
    locks = tmp_path / "locks"
    assert locker.run({"locks": str(locks), "plan": 1, "limit": limit})[0] not in (DONE, -signal.SIGKILL)
    assert require_sound(locks) == frozenset()
    assert unfinished_locks(locks) == []
    assert locker.run({"locks": str(locks), "plan": 1}) == [DONE]
    require_settled(locks)


@pytest.mark.parametrize(("room", "made"), [(150, False), (500, True)], ids=["before", "after"])
def test_a_trail_that_may_not_grow(locker, tmp_path, room, made):
    """The lock is not made where its announcement is torn; it is where only the entry after it is."""
    locks = tmp_path / "locks"
    while not (locks / AUDIT_TRAIL).is_file() or (locks / AUDIT_TRAIL).stat().st_size < 20_000:
        append(locks, "render", id="L0", version="v001", note="x" * 4_000)
    limit = (locks / AUDIT_TRAIL).stat().st_size + room
    assert locker.run({"locks": str(locks), "plan": 1, "limit": limit}) == [FULL]
    assert (locks / AUDIT_TRAIL).stat().st_size == limit
    assert len(inspect(locks).torn) == 1
    assert bool(require_sound(locks)) == made
    assert locker.run({"locks": str(locks), "plan": 1}) == [DONE]
    require_settled(locks)


class Fault:
    """Makes one operation fail, that of this number."""

    def __init__(self, monkeypatch, number: int, code: int) -> None:
        self.left = number
        self.code = code
        for name in OPERATIONS:
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))
        monkeypatch.setattr(pq, "write_table", self._failing(pq.write_table))

    def _failing(self, function):
        def failing(*arguments, **more):
            self.left -= 1
            if self.left == -1:
                raise OSError(self.code, os.strerror(self.code))
            return function(*arguments, **more)

        return failing


@pytest.mark.slow
def test_each_step_fails_in_turn(study, tmp_path, monkeypatch):
    """As on a full disk, or one that was made read-only."""
    failed = 0
    while True:
        locks = tmp_path / f"locks{failed}"
        with monkeypatch.context() as patch:
            fault = Fault(patch, failed, (errno.ENOSPC, errno.EROFS)[failed % 2])
            try:
                study.lock_in(locks)
            except (CsrbookError, OSError):
                pass
            else:
                # Deleting what is left over is tried as far as the machine lets us.
                if fault.left >= 0:
                    break
        if locks.is_dir():
            require_sound(locks)
        study.lock_in(locks)
        require_settled(locks)
        failed += 1
    assert failed > 25


@pytest.mark.slow
def test_each_step_of_an_unlocking_fails_in_turn(study, tmp_path, monkeypatch):
    number, states = 0, set()
    while True:
        locks = tmp_path / f"locks{number}"
        path = study.lock_in(locks).path
        with monkeypatch.context() as patch:
            fault = Fault(patch, number, errno.ENOSPC)
            with contextlib.suppress(CsrbookError, OSError):
                unlock(path, name="Jane Doe", reason="a query")
            if fault.left >= 0:
                break
        require_sound(locks)
        states.add(unlocking(path) is not None)
        if not unlocking(path):
            unlock(path, name="Jane Doe", reason="a query")
        assert unlocking(path)
        study.under_another_plan(1).lock_in(locks)
        require_settled(locks)
        assert [entry.event for entry in inspect(locks).entries].count("unlock") == 1
        number += 1
    assert states == {False, True}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_nobody_may_write_to(study, tmp_path):
    locks = tmp_path / "locks"
    study.lock_in(locks)
    locks.chmod(0o555)
    before = sorted(locks.rglob("*"))
    try:
        with pytest.raises(UsageError, match="cannot be written"):
            study.under_another_plan(1).lock_in(locks)
        assert sorted(locks.rglob("*")) == before
        require_sound(locks)
    finally:
        locks.chmod(0o755)


def test_what_the_living_are_making_is_not_swept(tmp_path):
    locks = tmp_path / "locks"
    with staging(locks) as stage:
        sweep(locks)
        with staging(locks) as other:
            assert unfinished_locks(locks) == sorted([stage, other])
        assert unfinished_locks(locks) == [stage]
    assert unfinished_locks(locks) == []


def test_what_the_dead_left_is_swept_even_read_only(tmp_path):
    dead = tmp_path / "locks" / ".staging-dead"
    (dead / "data").mkdir(parents=True)
    (dead / "data" / "ADSL.parquet").touch(0o444)
    (dead / "data").chmod(0o555)
    dead.chmod(0o555)
    (tmp_path / "locks" / ".staging-link").symlink_to(tmp_path)
    sweep(tmp_path / "locks")
    assert not dead.exists()
    assert (tmp_path / "locks").is_dir(), "a link is not followed"
