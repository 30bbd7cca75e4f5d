"""kill -9 at any moment of apply or destroy: the next run picks up, and nothing exists twice.

usage: crash_test.py simulator|moto. PLUMBLINE_TRIALS sets how many kills of apply there are;
a quarter as many kills hit destroy.
"""

import concurrent.futures
import http.client
import json
import os
import queue
import random
import time
import unittest

import harness
import victim
import wire

WORLD = harness.world_of_arguments()
TRIALS = int(os.environ.get("PLUMBLINE_TRIALS") or 20)
# Most of a trial is waiting for the world; several worlds are cheap.
WORLDS_AT_ONCE = 6 if WORLD is harness.Simulator else 2
RESOURCES = 20


def new_world():
    """The simulator answers late, so that most kills find calls on the wire."""
    late = (harness.TIME_SCALE, "--faults", "delay=40ms")
    return WORLD(*late) if WORLD is harness.Simulator else WORLD()


class Trial(victim.Victim):
    """To be killed at a fraction of what it usually takes."""

    def __init__(self, world):
        super().__init__(world, RESOURCES)
        self.stack = harness.Stack(world)

    def kill(self, command, after):
        """Tells (was it at work, calls without an outcome)."""
        was_running = super().kill(command, after)
        if not self.stack.state.exists():
            return was_running, 0
        status = self.stack.run("status", "--format", "json", code=None)
        return was_running, json.loads(status.out)["openCalls"] if status.code == 0 else 0


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(harness.seed())
        cls.worlds = queue.SimpleQueue()
        for _ in range(WORLDS_AT_ONCE):
            world = new_world()
            cls.addClassCleanup(world.close)
            cls.worlds.put(world)
        cls.apply_takes, cls.destroy_takes = cls.in_a_world(cls.measure)
        print(f"apply takes {cls.apply_takes:.2f} s, destroy {cls.destroy_takes:.2f} s", flush=True)

    @classmethod
    def in_a_world(cls, work):
        world = cls.worlds.get()
        try:
            trial = Trial(world)
            try:
                return work(trial)
            finally:
                trial.stack.close()
        finally:
            cls.worlds.put(world)

    @staticmethod
    def measure(trial):
        """How long an undisturbed apply and destroy take here."""
        begun = time.monotonic()
        trial.stack.run("apply", "--yes")
        applied = time.monotonic()
        trial.stack.run("destroy", "--yes")
        return applied - begun, time.monotonic() - applied

    def kill_at(self, fractions, attempt):
        """What came of attempt(trial, fraction) for each of them."""
        with concurrent.futures.ThreadPoolExecutor(WORLDS_AT_ONCE) as pool:
            jobs = [
                pool.submit(self.in_a_world, lambda trial, f=fraction: attempt(trial, f))
                for fraction in fractions
            ]
            return [(fraction, *job.result()) for fraction, job in zip(fractions, jobs)]

    def kill_many(self, trials, attempt):
        """Kills at `trials` moments, or at more, earlier ones while the machine is quicker than when
        it was measured; returns what was found wrong."""
        outcomes, hits, reach = [], 0, 1.0
        while hits <= trials // 2 and len(outcomes) < 4 * trials:
            fractions = [self.random.random() * reach for _ in range(trials)]
            outcomes += self.kill_at(fractions, attempt)
            hits = sum(was_running for _, (was_running, _), _ in outcomes)
            reach /= 2
        unsure = sum(open_calls > 0 for _, (_, open_calls), _ in outcomes)
        print(
            f"{hits} of {len(outcomes)} kills hit a running program, {unsure} of them with calls whose "
            "outcome it did not learn",
            flush=True,
        )
        self.assertGreater(hits, trials // 2, "the kills came too late to mean anything")
        return [
            f"killed at {fraction:.3f}: {complaint}"
            for fraction, _, complaints in outcomes
            for complaint in complaints
        ]

    def test_apply_killed_at_any_moment_is_finished_by_the_next(self):
        def attempt(trial, fraction):
            killed = trial.kill("apply", fraction * self.apply_takes)
            return killed, trial.complaints_about_apply()

        self.assertEqual(self.kill_many(TRIALS, attempt), [])

    def test_destroy_killed_at_any_moment_is_finished_by_the_next(self):
        def attempt(trial, fraction):
            trial.stack.run("apply", "--yes")
            killed = trial.kill("destroy", fraction * self.destroy_takes)
            return killed, trial.complaints_about_destroy()

        self.assertEqual(self.kill_many(max(4, TRIALS // 4), attempt), [])

    def test_apply_killed_again_and_again_is_finished_at_last(self):
        moments = [self.random.random() * self.apply_takes for _ in range(4)]

        def attempt(trial):
            for moment in moments:
                trial.kill("apply", moment)
            return trial.complaints_about_apply()

        self.assertEqual(self.in_a_world(attempt), [], f"killed after {moments} s")

    @unittest.skipUnless(WORLD is harness.Simulator, "only the simulator fails on purpose")
    def test_lost_replies_make_nothing_twice(self):
        """One call in eight is throttled, fails or loses its reply, often after it took effect."""
        faults = "throttle=0.04,error=0.04,drop=0.04"
        for number in [self.random.randrange(1 << 31) for _ in range(4)]:
            with self.subTest(simulator_seed=number):
                world = WORLD(harness.TIME_SCALE, "--faults", faults, "--seed", str(number))
                try:
                    self.converge_in(world)
                finally:
                    world.close()

    def converge_in(self, world):
        stack = harness.Stack(world)
        try:
            for attempt in range(5):
                run = stack.run("apply", "--yes", "--format", "json", code=None)
                if run.code == 0:
                    break
            self.assertEqual(run.code, 0, run)
            print(f"converged in {attempt + 1} runs", flush=True)
            owned = wire.owned(self.patiently(world))
            self.assertEqual(len(owned), RESOURCES, owned)
            self.assertEqual(len(set(owned)), RESOURCES, owned)
        finally:
            stack.close()

    @staticmethod
    def patiently(world):
        """The inventory of a world that refuses one call in eight."""
        while True:
            try:
                return wire.inventory(world.port)
            except (wire.Refused, OSError, http.client.HTTPException):
                pass


if __name__ == "__main__":
    harness.main()
