"""kill -9 at random moments while the wire fails, too: the next run finishes the work without help.

usage: kill_test.py simulator|moto [unittest arguments]

Between the program and the world stands tests/faultproxy (PLUMBLINE_FAULTPROXY): delays, resets,
answers cut at any byte, 5xx after the work was done, reads that lag. A life of a stack is an apply,
a change with a replacement in it, and a destroy; each is killed once at a random moment, and then
run again over a good wire: one object for each resource and nothing else, and the run after that
changes nothing. PLUMBLINE_KILLS says how many kills there are in all.

bench/peers/kill.py kills Plumbline and Terraform side by side.
"""

import collections
import concurrent.futures
import json
import os
import queue
import random
import subprocess
import sys
import time
import unittest
import urllib.request

import harness
import victim

WORLD = harness.world_of_arguments()
PROXY = os.environ.get("PLUMBLINE_FAULTPROXY", "")
KILLS = int(os.environ.get("PLUMBLINE_KILLS") or (210 if WORLD is harness.Simulator else 12))
# Most of a life is waiting for the world.
LIVES_AT_ONCE = 5 if WORLD is harness.Simulator else 2
BAD_WIRE = "delay=0.5:60ms,reset=0.02,cut=0.02,error=0.02,lag=0.3:400ms,tokens"
SLOW_WIRE = "delay=0.5:60ms,tokens"
GOOD_WIRE = "tokens"
PHASES = 3

HEAD = "stack: kill\nregion: ap-northeast-1\n"
NET = """\
    n{i}: {{ cidrBlock: 10.{i}.0.0/16, tags: {{ round: "{round}" }} }}
    n{i}: {{ vpc: n{i}, cidrBlock: 10.{i}.{third}.0/24 }}
    n{i}: {{ vpc: n{i}, description: kill, ingress: [{{ port: {port}, from: 10.0.0.0/8 }}] }}
    n{i}: {{ description: "round {round}", forceDelete: true }}
"""
SECTIONS = ("vpcs", "subnets", "securityGroups", "secrets")
# A client token is all that tells two of these apart.
NAT = """\
internetGateways: { way: { vpc: n0 } }
elasticIps: { way: {} }
natGateways: { way: { subnet: n0, allocation: way } }  # plumbline:ignore NW009: nothing goes there
"""


def manifest(nets, changed=False, nat=True):
    """`nets` networks of four objects; changed: in place, and subnet n0 by a replacement."""
    rows = [
        NET.format(i=i, round=int(changed), port=444 if changed else 443, third=0).splitlines()
        for i in range(nets)
    ]
    text = HEAD
    for number, section in enumerate(SECTIONS):
        text += section + ":\n" + "".join(row[number][2:] + "\n" for row in rows)
    if changed:
        # The one that is replaced must not be the one that the NAT gateway keeps busy.
        text = text.replace("10.1.0.0/24", "10.1.1.0/24")
    return text + (NAT if nat else "")


NETS = 2
RESOURCES = NETS * len(SECTIONS) + NAT.count("\n")


class FaultProxy:
    """The proxy before a world, with a seed of its own."""

    def __init__(self, world, seed, faults):
        self.process = subprocess.Popen(
            [PROXY, str(world.port), str(seed), faults], stdout=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}/_faults"

    def set(self, faults):
        request = urllib.request.Request(self.url, faults.encode(), method="PUT")
        urllib.request.urlopen(request, timeout=60).close()

    def met(self):
        return json.loads(harness.get(self.url))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Life(victim.Victim):
    """From the first apply to the last destroy."""

    def __init__(self, world, seed, faults=BAD_WIRE):
        super().__init__(world, RESOURCES)
        self.proxy = FaultProxy(world, seed, faults)
        self.stack = harness.Stack(world, manifest(NETS), port=self.proxy.port)

    def close(self):
        self.stack.close()
        self.proxy.close()

    def kill(self, command, after):
        """The wire fails until the process is dead."""
        self.proxy.set(BAD_WIRE)
        was_running = super().kill(command, after)
        self.proxy.set(GOOD_WIRE)
        return was_running

    def live(self, moments):
        """Kills in each phase; returns (phase, was it running, complaints) for each."""
        outcomes = []
        for phase, moment in zip(("apply", "change", "destroy"), moments):
            if phase == "change":
                self.stack.path.write_text(manifest(NETS, changed=True))
            command = "destroy" if phase == "destroy" else "apply"
            hit = self.kill(command, moment)
            complaints = (
                self.complaints_about_destroy()
                if phase == "destroy"
                else self.complaints_about_apply()
            )
            outcomes.append((phase, hit, complaints))
            if complaints:
                break  # What follows would only tell the same again.
        return outcomes

    def measure(self):
        """How long each phase takes when the wire only takes time."""
        self.proxy.set(SLOW_WIRE)
        durations = []
        for phase in ("apply", "change", "destroy"):
            if phase == "change":
                self.stack.path.write_text(manifest(NETS, changed=True))
            begun = time.monotonic()
            self.stack.run("destroy" if phase == "destroy" else "apply", "--yes")
            durations.append(time.monotonic() - begun)
        return durations


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = harness.seed()
        cls.worlds = queue.SimpleQueue()
        for _ in range(LIVES_AT_ONCE):
            world = WORLD()
            cls.addClassCleanup(world.close)
            cls.worlds.put(world)

    @classmethod
    def in_a_life(cls, number, work):
        world = cls.worlds.get()
        try:
            life = Life(world, cls.seed + number)
            try:
                return work(life), life.proxy.met()
            finally:
                life.close()
        finally:
            cls.worlds.put(world)

    def test_a_run_killed_anywhere_is_finished_by_the_next_without_help(self):
        durations, _ = self.in_a_life(0, Life.measure)
        print("apply, change and destroy take", [f"{d:.2f} s" for d in durations], flush=True)
        chance = random.Random(self.seed)
        lives = [
            [chance.random() * duration for duration in durations]
            for _ in range(-(-KILLS // PHASES))
        ]
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(LIVES_AT_ONCE) as pool:
            results = list(
                pool.map(
                    lambda life: self.in_a_life(life[0], lambda l: l.live(life[1])),
                    enumerate(lives, 1),
                )
            )
        met = collections.Counter()
        for _, counts in results:
            met.update(counts)
        outcomes = [outcome for life, _ in results for outcome in life]
        hits = sum(hit for _, hit, _ in outcomes)
        print(
            f"{len(outcomes)} kills, {hits} of a running program, in "
            f"{time.monotonic() - begun:.0f} s; the wire: {dict(sorted(met.items()))}",
            flush=True,
        )
        complaints = [
            f"life {number}, {phase} killed after {moments[PHASE_NUMBERS[phase]]:.3f} s: {text}"
            for number, (moments, (life, _)) in enumerate(zip(lives, results), 1)
            for phase, _, texts in life
            for text in texts
        ]
        self.assertEqual(complaints, [])
        self.assertGreater(hits, len(outcomes) // 2, "the kills came too late to mean anything")


PHASE_NUMBERS = {"apply": 0, "change": 1, "destroy": 2}


if __name__ == "__main__":
    if not PROXY or not os.access(PROXY, os.X_OK):
        sys.exit("PLUMBLINE_FAULTPROXY must name the proxy")
    harness.main()
