#!/usr/bin/env python3
"""kill -9 in the middle of an apply: Plumbline, and Terraform beside it, by one method.

usage: PLUMBLINE_BINARY=… PLUMBLINE_FAULTPROXY=… bench/peers/kill.py KILLS FILE [TOOL]
       TOOL: plumbline or terraform; both when left out

Each kill has a fresh simulated AWS behind tests/faultproxy, which delays every request by up to 100
ms and lets what is on the wire arrive although its sender is dead. The tool's first apply of forty
objects is killed with its whole process group at a moment that is drawn (PLUMBLINE_SEED) from the
KILLS-th parts of the time that applying takes from its first change on. Then it applies again, and a
third time when that failed; nobody helps. The table that comes out goes to FILE; kill.md keeps one
and says what its columns mean.
"""

import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "e2e"))
sys.argv[1:1] = ["simulator"]  # kill_test takes its world off the arguments.

import harness  # noqa: E402
import kill_test  # noqa: E402
import test_terraform  # noqa: E402
import wire  # noqa: E402

NETS = 10
TYPES = ("vpc", "subnet", "group", "secret")
WANTED = NETS * len(TYPES)
WIRE = "delay=1:100ms,tokens"
LIMIT = 900  # Seconds an apply may take.
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}


class Plumbline:
    name = "Plumbline"

    def __init__(self, world, port):
        self.stack = harness.Stack(world, kill_test.manifest(NETS, nat=False), port=port)

    def start(self):
        words = [harness.BINARY, "apply", "--yes", str(self.stack.path)]
        return subprocess.Popen(words, env=self.stack.env, **QUIET)

    def known(self):
        """The ids of the objects that the state knows."""
        words = [harness.BINARY, "state", "list", "--format", "json"]
        words += ["--state", str(self.stack.state / "state.db")]
        run = subprocess.run(words, env=self.stack.env, stdout=subprocess.PIPE, check=True)
        return set(texts_in(json.loads(run.stdout)))

    def close(self):
        self.stack.close()


class Terraform:
    name = "Terraform"

    def __init__(self, world, port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-peer-"))
        (self.folder / "main.tf").write_text(
            (HERE / "kill.tf").read_text().replace("PORT", str(port)).replace("NETS", str(NETS))
        )
        settings = self.folder / "terraform.rc"
        settings.write_text(
            'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n'
            % test_terraform.find_mirror()
        )
        self.env = harness.environment(
            port, 1, TF_CLI_CONFIG_FILE=str(settings), HOME=str(self.folder),
            CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1",
        )
        subprocess.run(["terraform", "init", "-input=false"], cwd=self.folder, env=self.env,
                       stdout=subprocess.DEVNULL, check=True)

    def start(self):
        words = ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"]
        return subprocess.Popen(words, cwd=self.folder, env=self.env, **QUIET)

    def known(self):
        try:
            return set(texts_in(json.loads((self.folder / "terraform.tfstate").read_text())))
        except (FileNotFoundError, json.JSONDecodeError):
            return set()  # Not written yet, or cut off by the kill.

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def texts_in(value):
    """Every text anywhere in JSON: an id is among them wherever the tool keeps it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_in(each)


class Trial:
    """One kill of one tool's first apply in a fresh world, and what its next applies come to."""

    def __init__(self, tool, world, seed):
        world.reset()
        self.world = world
        self.before = set(wire.inventory(world.port))
        self.proxy = kill_test.FaultProxy(world, seed, WIRE)
        self.tool = tool(world, self.proxy.port)

    def live(self):
        """The objects of the four types, but for the groups that EC2 makes itself with a network."""
        found = wire.inventory(self.world.port)
        return {
            key: tags
            for key, tags in found.items()
            if key not in self.before and key[0] in TYPES and not self.is_default_group(key)
        }

    def is_default_group(self, key):
        return key[0] == "group" and key[1] in self.world_default_groups()

    def world_default_groups(self):
        client = wire.Client(self.world.port)
        reply = client.query("ec2", "DescribeSecurityGroups")
        return {
            item.findtext("groupId")
            for item in reply.find("securityGroupInfo")
            if item.findtext("groupName") == "default"
        }

    def unknown(self, live):
        known = self.tool.known()
        return sum(1 for _, name in live if name not in known)

    def wait_for_a_change(self, process):
        """Before the first one there is nothing to lose."""
        end = time.monotonic() + 300
        while not self.proxy.met().get("changes") and process.poll() is None:
            assert time.monotonic() < end, "nothing is ever changed"
            time.sleep(0.02)

    def measure(self):
        """How long an apply takes from its first change on."""
        process = self.tool.start()
        self.wait_for_a_change(process)
        begun = time.monotonic()
        assert process.wait(LIMIT) == 0, f"{self.tool.name} does not apply at all"
        live = self.live()
        counted = len(live), self.unknown(live)
        assert counted == (WANTED, 0), f"objects, and those that no state knows: {counted}"
        return time.monotonic() - begun

    def kill(self, after):
        process = self.tool.start()
        self.wait_for_a_change(process)
        time.sleep(after)
        hit = process.poll() is None
        if hit:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.5)  # What is on the wire lands.
        made = self.live()
        lost = self.unknown(made)
        failed = self.tool.start().wait(LIMIT) != 0
        live = self.live()
        extra = max(0, len(live) - WANTED)
        orphans = self.unknown(live)
        return {
            "hit": hit,
            "made": len(made),
            "unknown": lost,
            "failed": failed,
            "orphans": orphans,
            "extra": extra,
            "failed again": failed and self.tool.start().wait(LIMIT) != 0,
            "recovered": not failed and not extra and not orphans,
        }

    def close(self):
        self.tool.close()
        self.proxy.close()


def tried(tool, world, seed, work):
    trial = Trial(tool, world, seed)
    try:
        return work(trial)
    finally:
        trial.close()


COLUMNS = {
    "hit": "while running",
    "made": "objects made by then",
    "unknown": "of them in no state",
    "failed": "next apply failed",
    "failed again": "and the one after",
    "orphans": "orphans then",
    "extra": "duplicates then",
    "recovered": "recovered unaided",
}


def row_of(tool, world, kills, seed):
    begun = time.monotonic()
    duration = tried(tool, world, seed, Trial.measure)
    total = collections.Counter()
    chance = random.Random(seed)
    for number in range(kills):
        # Stratified, so that few kills reach everywhere.
        after = (number + chance.random()) / kills * duration
        outcome = tried(tool, world, seed + number, lambda trial: trial.kill(after))
        print(tool.name, number + 1, f"after {after:.2f} s", outcome, flush=True)
        total.update({name: int(value) for name, value in outcome.items()})
    print(f"{tool.name}: {time.monotonic() - begun:.0f} s", flush=True)
    return [tool.name, kills, f"{duration:.1f} s", *(total[name] for name in COLUMNS)]


def main(kills, path, only=""):
    tools = [tool for tool in (Plumbline, Terraform) if only in ("", tool.name.lower())]
    if Terraform in tools and not (shutil.which("terraform") and test_terraform.find_mirror()):
        print("Terraform or its AWS provider is not installed: left out")
        tools.remove(Terraform)
    seed = harness.seed()
    world = harness.Simulator()
    try:
        rows = [row_of(tool, world, int(kills), seed) for tool in tools]
    finally:
        world.close()
    head = ["tool", "kills", "an apply takes", *COLUMNS.values()]
    lines = [head, ["---"] * len(head), *rows]
    table = "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
    print(table)
    pathlib.Path(path).write_text(table, encoding="utf-8")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if len(arguments) not in (2, 3) or not harness.BINARY or not kill_test.PROXY:
        sys.exit(__doc__)
    main(*arguments)
