"""A password goes to AWS and nowhere else: not to the state, a log, a plan, or an HTTP reply."""

import base64
import json
import os
import random
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import unittest

import harness
import wire

PATHS = ["/", "/v1/status", "/metrics", "/healthz", "/readyz"]


def forms(word):
    """The ways a careless program could write a word."""
    raw = word.encode()
    shifted = [base64.b64encode(b"\0" * n + raw)[4:-4] for n in range(3)]
    return [raw, raw.hex().encode(), raw[::-1], json.dumps(word).encode()[1:-1], *shifted]


class FileGatherer:
    """Keeps every distinct content that files under a folder have while something runs."""

    def __init__(self, folder):
        self.folder, self.contents, self.seen = folder, {}, {}
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.is_set():
            self.look()
            time.sleep(0.02)

    def look(self):
        for path in self.folder.glob("**/*"):
            try:
                about = path.stat()
                stamp = (about.st_mtime_ns, about.st_size)
                # The reserve of disk space is four megabytes that never change.
                if path.is_file() and self.seen.get(path) != stamp:
                    self.seen[path] = stamp
                    self.contents[f"{path.name} at {stamp}"] = path.read_bytes()
            except FileNotFoundError:
                pass  # Gone between the listing and the look.

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.look()
        return self.contents


class Canary(harness.WorldCase):
    def test_the_password_is_found_nowhere_but_at_aws(self):
        chance = random.Random(harness.seed())
        words = [
            "canary-" + "".join(chance.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(20))
            for _ in range(2)
        ]
        stack = self.stack(DB_PASSWORD=words[0])
        gatherer = FileGatherer(stack.state)
        places = {}

        def keep(run):
            places[f"{run.command[1:-1]} at {len(places)}"] = (run.out + run.err).encode()

        keep(stack.run("plan", "--format", "json"))
        keep(stack.run("apply", "--yes"))
        stack.env["DB_PASSWORD"] = words[1]
        keep(stack.run("plan", "--format", "json"))
        keep(stack.run("plan"))
        keep(stack.run("apply", "--yes", "--format", "json"))
        keep(stack.run("status", "--format", "json"))

        controller = self.controller(stack)
        # Someone writes another value, so that the controller has to set the secret again.
        wire.Client(self.world.port).secrets(
            "PutSecretValue", SecretId="lambda_rds_proxy", SecretString="{}"
        )
        harness.wait_until(lambda: words[1] in self.secret(), "the secret to be set right")
        for path in PATHS:
            places["GET " + path] = harness.get(controller.base + path).encode()
        keep(stack.run("status", "--format", "json"))
        keep(stack.run("status"))
        controller.stop()
        places["controller"] = controller.text().encode()
        keep(stack.run("destroy", "--yes"))
        places.update(gatherer.stop())

        self.assertTrue(any("state.db at" in place for place in places))
        self.assertTrue(any("state.db-wal" in place for place in places), sorted(places))
        hits = [
            (place, form)
            for place, content in places.items()
            for word in words
            for form in forms(word)
            if form in content
        ]
        print(f"searched {len(places)} places, {sum(map(len, places.values())) >> 10} KiB")
        self.assertEqual(hits, [])

    def test_the_manifest_itself_may_hold_it_and_errors_still_do_not(self):
        """A refusal that quotes the manifest's line leaves a sensitive value out."""
        stack = self.stack(DB_PASSWORD="canary pass/word@")
        run = stack.run("apply", "--yes", code=None)
        self.assertNotEqual(run.code, 0, run)
        self.assertNotIn("canary pass/word@", run.out + run.err)

    def test_a_crash_leaves_no_picture_of_the_memory(self):
        """Where cores are allowed and kept beside the program, none is made."""
        stack = self.stack()
        # Nobody answers: it hangs with its secrets in hand.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            stack.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
            for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
                with self.subTest(signal=number.name):
                    status = self.crash([sys.executable, "-c", "input()"], stack, None, number)
                    if not os.WCOREDUMP(status):
                        self.skipTest("this machine makes no cores of anybody")
                    words = [harness.BINARY, "apply", "--yes", str(stack.path)]
                    status = self.crash(words, stack, silent, number)
                    self.assertNotEqual(status, 0)  # A sanitizer turns some signals into an exit.
                    self.assertFalse(os.WCOREDUMP(status))

    @staticmethod
    def crash(words, stack, silent, number):
        """The wait status of a program that gets a signal when it has something to wait for."""
        limits = lambda: resource.setrlimit(resource.RLIMIT_CORE, [resource.RLIM_INFINITY] * 2)
        process = subprocess.Popen(
            words, cwd=stack.folder, env=stack.env, preexec_fn=limits, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        if silent is None:
            time.sleep(0.3)
        else:
            silent.settimeout(60)
            with silent.accept()[0] as asked:
                asked.recv(1)
        os.kill(process.pid, number)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -number
        process.stdin.close()
        return status

    def secret(self):
        reply = wire.Client(self.world.port).secrets("GetSecretValue", SecretId="lambda_rds_proxy")
        return reply["SecretString"]

    def test_the_state_is_its_owners_alone(self):
        for mask in (0o022, 0o000):
            with self.subTest(umask=oct(mask)):
                before = os.umask(mask)
                try:
                    self.world.reset()
                    stack = self.stack()
                    stack.apply()
                    stack.destroy()
                finally:
                    os.umask(before)
                self.assertEqual(stat.S_IMODE(stack.state.stat().st_mode), 0o700)
                files = list(stack.state.iterdir())
                self.assertGreater(len(files), 2)
                for path in files:
                    self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path.name)


if __name__ == "__main__":
    harness.main()
