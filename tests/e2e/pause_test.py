"""SIGSTOP at random moments: who sleeps keeps the state, and whoever comes next is refused.

A life of a stack is an apply, a change with a replacement in it, and a destroy. Each is stopped once
at a random moment. Does it hold the state, as the kernel says, then an apply and a destroy of the
same state are refused, say by whom it is held and that nothing was changed, and ask AWS for nothing;
who only looks is answered. Then the sleeper is either woken and finishes by itself, though what it
had signed may be dead by then, or killed in its sleep, and the next run finishes alone. Either way
there is one object for each resource, and the run after that changes nothing. PLUMBLINE_PAUSES says
how many stops there are in all.

What two processes do to one journal when the lock does not keep them apart is for
tests/sim/fence_test.cc.
"""

import collections
import concurrent.futures
import fcntl
import os
import queue
import random
import re
import signal
import struct
import subprocess
import time
import unittest

import harness
import victim
import wire

PAUSES = int(os.environ.get("PLUMBLINE_PAUSES") or 27)
PHASES = ("apply", "change", "destroy")
LIVES_AT_ONCE = 3
MANY = 8
# The simulator answers late, so that most stops find calls on the wire.
LATE = ("--faults", "delay=40ms")
# So many of the stops count from the start of the process, the others from its taking the state.
EARLY = 0.15
# Signatures of the program under test are dead after a second (harness.environment).
LONGEST_SLEEP = 1.5

MANIFEST = """\
stack: pause
region: ap-northeast-1
vpcs:
  n0: { cidrBlock: 10.0.0.0/16, tags: { round: "0" } }
  n1: { cidrBlock: 10.1.0.0/16, tags: { round: "0" } }
subnets:
  n0: { vpc: n0, cidrBlock: 10.0.0.0/24 }
  n1: { vpc: n1, cidrBlock: 10.1.0.0/24 }
securityGroups:
  n0: { vpc: n0, description: pause, ingress: [{ port: 443, from: 10.0.0.0/8 }] }
  n1: { vpc: n1, description: pause, ingress: [{ port: 443, from: 10.0.0.0/8 }] }
secrets:
  n0: { description: "round 0", forceDelete: true }
elasticIps: { way: {} }
"""
CHANGES = (
    ("tags: { round: \"0\" } }\n  n1", "tags: { round: \"1\" } }\n  n1"),
    ("vpc: n1, cidrBlock: 10.1.0.0/24", "vpc: n1, cidrBlock: 10.1.1.0/24"),
    ("n0, description: pause, ingress: [{ port: 443", "n0, description: pause, ingress: [{ port: 444"),
    ("round 0", "round 1"),
)
RESOURCES = 8

F_OFD_GETLK = 36
FLOCK = "hhqqi4x"  # struct flock on Linux with 64 bits
FREE = fcntl.F_UNLCK


def is_held(state):
    """Whether some process holds the state, as the kernel says."""
    try:
        lock = os.open(f"{state}.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        return struct.unpack(FLOCK, fcntl.fcntl(lock, F_OFD_GETLK, asked))[0] != FREE
    finally:
        os.close(lock)


def stop(process):
    """SIGSTOP; false when the process had ended before."""
    process.send_signal(signal.SIGSTOP)
    if process.returncode is not None:
        return False
    told = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return told.si_code == os.CLD_STOPPED


class Life(victim.Victim):
    """From the first apply to the last destroy, against one world."""

    def __init__(self, world):
        super().__init__(world, RESOURCES)
        self.stack = harness.Stack(world, MANIFEST)
        self.tap = wire.Tap(world.port)

    def close(self):
        self.stack.close()
        self.tap.close()

    def begin(self, phase):
        """The process of this phase, just started."""
        if phase == "change":
            self.stack.edit(*CHANGES)
        return self.stack.start("destroy" if phase == "destroy" else "apply", "--yes")

    def other(self, command, *flags):
        """Another process on the same state, whose calls the tap sees."""
        words = [harness.BINARY, command, *flags, str(self.stack.path)]
        env = {**self.stack.env, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.tap.port}"}
        ended = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60)
        return harness.Run(words, ended.returncode, ended.stdout, ended.stderr)

    def complaints_about_others(self, sleeper):
        """What others are told while the sleeper holds the state."""
        found = []
        for command in ("apply", "destroy"):
            self.tap.asked.clear()
            run = self.other(command, "--yes")
            wanted = rf"held by \w+, process {sleeper.pid}\b"
            if run.code != 4 or not re.search(wanted, run.err):
                found.append(f"not refused by status 4 and the holder's name: {run}")
            if "othing was changed" not in run.err:
                found.append(f"does not say that nothing was changed: {run}")
            if self.tap.asked:
                found.append(f"asked AWS before it was refused: {self.tap.asked} {run}")
        looked = self.other("status")
        if looked.code != 0:
            found.append(f"who only looks is not answered: {looked}")
        return found

    def complaints_about_the_woken(self, phase, sleeper):
        """The sleeper goes on as if nothing had been."""
        sleeper.send_signal(signal.SIGCONT)
        out, err = sleeper.communicate(timeout=60)
        if sleeper.returncode != 0:
            return [f"woken, it ended with {sleeper.returncode}:\n{out}\n{err}"]
        if phase == "destroy":
            left = self.left()
            return [f"left behind: {sorted(left)}"] if left else []
        return self.complaints_about_what_is_there()

    def complaints_about_the_killed(self, phase, sleeper):
        """Nobody wakes it; the state is free from that moment on."""
        sleeper.kill()
        sleeper.communicate()
        if phase == "destroy":
            return self.complaints_about_destroy()
        return self.complaints_about_apply()

    def await_holder(self, process):
        """Until it holds the state, or ended."""
        while process.poll() is None and not is_held(self.stack.state / "state.db"):
            time.sleep(0.002)

    def pause(self, phase, moment, is_early, sleep, is_woken):
        """One stop; returns (what it hit, complaints)."""
        process = self.begin(phase)
        if not is_early:
            self.await_holder(process)
        time.sleep(moment)
        if not stop(process):
            return "it had ended", self.complaints_about_the_woken(phase, process)
        holds = is_held(self.stack.state / "state.db")
        found = self.complaints_about_others(process) if holds else []
        time.sleep(sleep)
        if is_woken:
            found += self.complaints_about_the_woken(phase, process)
        else:
            found += self.complaints_about_the_killed(phase, process)
        ending = "woken" if is_woken else "killed"
        return f"it held the state and was {ending}" if holds else f"not the holder, {ending}", found

    def live(self, pauses):
        outcomes = []
        for phase, pause in zip(PHASES, pauses):
            hit, complaints = self.pause(phase, *pause)
            outcomes.append((phase, pause, hit, complaints))
            if complaints:
                break  # What follows would only tell the same again.
        return outcomes

    def measure(self):
        """How long each phase holds the state when nobody stops it."""
        durations = []
        for phase in PHASES:
            process = self.begin(phase)
            self.await_holder(process)
            begun = time.monotonic()
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, out + err
            durations.append(time.monotonic() - begun)
        return durations


class Pause(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chance = random.Random(harness.seed())
        cls.worlds = queue.SimpleQueue()
        for _ in range(LIVES_AT_ONCE):
            world = harness.Simulator(harness.TIME_SCALE, *LATE)
            cls.addClassCleanup(world.close)
            cls.worlds.put(world)

    @classmethod
    def in_a_life(cls, work):
        world = cls.worlds.get()
        try:
            life = Life(world)
            try:
                return work(life)
            finally:
                life.close()
        finally:
            cls.worlds.put(world)

    def test_a_stopped_run_keeps_its_state_and_goes_on_or_leaves_it_to_the_next(self):
        durations = self.in_a_life(Life.measure)
        print("apply, change and destroy hold the state for", [f"{d:.2f} s" for d in durations], flush=True)
        lives = [
            [
                (
                    self.chance.random() * 0.6 * duration,
                    self.chance.random() < EARLY,
                    self.chance.choice((0, self.chance.random() * LONGEST_SLEEP)),
                    self.chance.random() < 0.5,
                )
                for duration in durations
            ]
            for _ in range(-(-PAUSES // len(PHASES)))
        ]
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(LIVES_AT_ONCE) as pool:
            results = list(
                pool.map(lambda pauses: self.in_a_life(lambda life: life.live(pauses)), lives)
            )
        outcomes = [outcome for life in results for outcome in life]
        hits = collections.Counter(hit for _, _, hit, _ in outcomes)
        print(
            f"{len(outcomes)} stops in {time.monotonic() - begun:.0f} s: {dict(sorted(hits.items()))}",
            flush=True,
        )
        complaints = [
            f"life {number}, {phase} stopped after {pause[0]:.3f} s: {text}"
            for number, life in enumerate(results, 1)
            for phase, pause, _, texts in life
            for text in texts
        ]
        self.assertEqual(complaints, [])
        for ending in ("woken", "killed"):
            self.assertGreater(
                hits[f"it held the state and was {ending}"],
                len(outcomes) // 6,
                "the stops came too late, or too early, to mean anything",
            )

    def test_of_many_at_once_each_works_alone_or_is_told_who_does(self):
        def race(life):
            racing = [life.stack.start("apply", "--yes") for _ in range(MANY)]
            runs = []
            for process in racing:
                out, err = process.communicate(timeout=60)
                runs.append(harness.Run(process.args, process.returncode, out, err))
            return runs, life.complaints_about_what_is_there()

        runs, complaints = self.in_a_life(race)
        self.assertEqual(complaints, [])
        refused = [run for run in runs if run.code == 4]
        print(f"{len(refused)} of {MANY} were refused", flush=True)
        self.assertEqual({run.code for run in runs} - {0, 4}, set(), "\n".join(map(str, runs)))
        self.assertLess(0, len(refused), "they did not meet")
        self.assertLess(len(refused), MANY, "nobody worked")
        for run in refused:
            self.assertRegex(run.err, "held by (apply, process|another process)")
            self.assertIn("othing was changed", run.err)


if __name__ == "__main__":
    harness.main()
