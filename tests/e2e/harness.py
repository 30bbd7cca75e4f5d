"""What the black-box tests share: worlds to run against, and a stack in a folder of its own.

The program comes from PLUMBLINE_BINARY. Tests that use chance take their seed from PLUMBLINE_SEED
and print it. A world that this machine lacks ends the test with status 77: skipped, loudly.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import wire

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = sorted(
    f for f in (SOURCE / "examples").iterdir() if (f / "manifest.yaml").is_file())
EXAMPLE = SOURCE / "examples" / "lambda-rds-proxy"
MANIFESTS = pathlib.Path(__file__).resolve().parent / "manifests"
BINARY = os.environ.get("PLUMBLINE_BINARY", "")
SKIPPED = 77
PASSWORD = "correct-horse-battery"
# How much faster than AWS the simulated world runs unless a test says otherwise.
TIME_SCALE = 600


def manifest(name):
    """A manifest of the folder manifests/, as text."""
    return (SOURCE / "tests" / "e2e" / "manifests" / name).read_text()


def skip(reason):
    print(f"SKIPPED, LOUDLY: {reason}", flush=True)
    sys.exit(SKIPPED)


def is_sanitized():
    """Whether the program under test was built with a sanitizer, which keeps what was freed."""
    content = pathlib.Path(BINARY).read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


def seed():
    value = int(os.environ.get("PLUMBLINE_SEED") or random.SystemRandom().randrange(1 << 31))
    print(f"PLUMBLINE_SEED={value}", flush=True)
    return value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, limit=20.0):
    """Polls until `condition()` is truthy and returns that; fails after `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {limit:g} s in vain for: {what}")


def get(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read().decode()


class Simulator:
    """`plumbline simulate` on a free port."""

    name = "simulator"
    has_clean_start = True
    untold = []

    def __init__(self, time_scale=TIME_SCALE, *flags):
        self.time_scale, self.flags = time_scale, flags
        command = [BINARY, "simulate", "--listen", "127.0.0.1:0", "--time-scale", str(time_scale)]
        self.process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split("http://127.0.0.1:")[1].split()[0])

    def reset(self):
        self.close()
        self.__init__(self.time_scale, *self.flags)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Moto:
    """`moto_server`, which other people wrote from the same documentation."""

    name = "moto"
    # Its accounts come with a default network.
    has_clean_start = False
    # What it tells wrongly of the examples: every root device is called /dev/sda1.
    untold = ["    rootVolume: { deviceName: /dev/xvda, volumeType: gp3, volumeSize: 8, encrypted: true }\n"]
    time_scale = TIME_SCALE

    def __init__(self):
        if shutil.which("moto_server") is None:
            skip("moto_server is not installed (pip install 'moto[server]')")
        self.port = free_port()
        self.process = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._is_up, "moto_server to listen", 60)

    def _is_up(self):
        if self.process.poll() is not None:
            skip("moto_server does not start (pip install 'moto[server]')")
        try:
            return get(f"http://127.0.0.1:{self.port}/moto-api/data.json")
        except OSError:
            return None

    def reset(self):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/moto-api/reset", method="POST"
        )
        urllib.request.urlopen(request, timeout=30).close()

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


WORLDS = {"simulator": Simulator, "moto": Moto}


def world_of_arguments():
    """The class of the world that the first argument names; takes it off the arguments."""
    if len(sys.argv) < 2 or sys.argv[1] not in WORLDS:
        sys.exit(f"usage: {sys.argv[0]} simulator|moto [unittest arguments]")
    return WORLDS[sys.argv.pop(1)]


def environment(port, time_scale, **more):
    """Only what a run needs: nothing of the developer's own AWS set-up reaches it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PLUMBLINE_"))}
    return {
        **kept,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": wire.REGION,
        "AWS_DEFAULT_REGION": wire.REGION,
        "AWS_ACCESS_KEY_ID": wire.KEY,
        "AWS_SECRET_ACCESS_KEY": wire.SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "DB_PASSWORD": PASSWORD,
        "PLUMBLINE_TIME_SCALE": f"{time_scale:g}",
        "PLUMBLINE_SIGNATURE_LIFE": "1s",
        **more,
    }


class Run:
    """One finished command."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def events(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def event(self, name):
        return next(e for e in self.events() if e.get("event") == name)

    def __str__(self):
        return f"{' '.join(self.command)} -> {self.code}\n{self.out}\n{self.err}"


class Stack:
    """A copy of an example, or a manifest of the test's own, in a folder of its own."""

    def __init__(self, world, manifest=None, port=None, example=EXAMPLE, **env):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-e2e-"))
        self.env = environment(port or world.port, world.time_scale, **env)
        self.path = self.folder / "manifest.yaml"
        if manifest is None:
            shutil.copytree(example, self.folder, dirs_exist_ok=True)
            text = self.path.read_text()
            for line in world.untold:
                text = text.replace(line, "")
            self.path.write_text(text)
        else:
            self.path.write_text(manifest)
        self.state = self.folder / ".plumbline"

    def edit(self, *pairs):
        """Replaces texts that occur exactly once."""
        text = self.path.read_text()
        for before, after in pairs:
            assert text.count(before) == 1, f"{before!r} occurs {text.count(before)} times"
            text = text.replace(before, after)
        self.path.write_text(text)

    def start(self, command, *flags):
        words = [BINARY, command, *flags, str(self.path)]
        return subprocess.Popen(
            words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, command, *flags, code=0, limit=90):
        process = self.start(command, *flags)
        out, err = process.communicate(timeout=limit)
        run = Run(process.args, process.returncode, out, err)
        if code is not None and run.code != code:
            raise AssertionError(f"expected exit status {code}: {run}")
        return run

    def apply(self, *flags, **more):
        """Applies and returns the result event."""
        return self.run("apply", "--yes", "--format", "json", *flags, **more).event("result")

    def destroy(self, **more):
        return self.run("destroy", "--yes", "--format", "json", **more).event("result")

    def changes(self):
        """What a plan would do: {address: action}."""
        plan = self.run("plan", "--format", "json").event("plan")
        return {c["address"]: c["action"] for c in plan["changes"] if c["action"] != "none"}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Controller:
    """`plumbline controller` in the background, with its lines and its address."""

    def __init__(self, stack, interval="1s", *flags):
        self.log = stack.folder / "controller.log"
        words = [BINARY, "controller", "--interval", interval, "--listen", "127.0.0.1:0", *flags]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*words, str(stack.path)], env=stack.env, stdout=log, stderr=subprocess.STDOUT
            )
        line = wait_until(self._address_line, "the controller to tell its address")
        self.base = line.split("status at ")[1].split("/v1/")[0]
        wait_until(self.is_ready, "the controller to be ready")

    def _address_line(self):
        assert self.process.poll() is None, self.text()
        return next((l for l in self.text().splitlines() if "status at http" in l), None)

    def text(self):
        return self.log.read_text()

    def is_ready(self):
        try:
            return get(self.base + "/readyz").startswith("ready")
        except OSError:
            return False

    def status(self):
        return json.loads(get(self.base + "/v1/status"))

    def phase(self, address):
        found = [r for r in self.status()["resources"] if r["address"] == address]
        return (found[0]["phase"], found[0]["note"]) if found else (None, None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        assert code == 0, f"the controller ended with {code}:\n{self.text()}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class WorldCase(unittest.TestCase):
    """A test with one world for the class, reset before each test."""

    world_class = Simulator
    # Where what a test makes is looked for.
    region = wire.REGION

    @classmethod
    def setUpClass(cls):
        cls.world = cls.world_class()
        cls.addClassCleanup(cls.world.close)

    def setUp(self):
        self.world.reset()
        self.before = set(wire.inventory(self.world.port, self.region))

    def stack(self, *args, **more):
        stack = Stack(self.world, *args, **more)
        self.addCleanup(stack.close)
        return stack

    def controller(self, *args, **more):
        controller = Controller(*args, **more)
        self.addCleanup(controller.close)
        return controller

    def owned(self):
        return wire.owned(wire.inventory(self.world.port, self.region))

    def assert_unchanged(self, stack):
        """A further apply asks much and changes nothing."""
        result = stack.apply()
        self.assertTrue(result["complete"], result)
        self.assertEqual(result["mutations"], 0, result)

    def assert_nothing_left(self):
        left = {
            key: tags
            for key, tags in wire.inventory(self.world.port, self.region).items()
            if key not in self.before
        }
        self.assertEqual(left, {})


def main():
    if not BINARY or not os.access(BINARY, os.X_OK):
        sys.exit("PLUMBLINE_BINARY must name the program")
    unittest.main(verbosity=2)
