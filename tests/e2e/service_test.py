"""The service of examples/systemd: systemd understands it, it gives up what it does not need, and
what it starts is a controller that works."""

import pathlib
import shlex
import shutil
import subprocess
import tempfile
import unittest

import harness

UNIT = harness.SOURCE / "examples" / "systemd" / "plumbline.service"
MANIFEST = "stack: service\nregion: ap-northeast-1\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
# In tenths, as `systemd-analyze security` counts: 0 is a service that can do nothing at all. The
# network alone, which it needs, makes 10.
EXPOSURE = 15
KEPT = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "LimitCORE": "0",
}
HAS_JUDGE = shutil.which("systemd-analyze") is not None


def words():
    """What the unit says: {word: its last value}."""
    lines = (line.partition("=") for line in UNIT.read_text().splitlines())
    return {word: value for word, sign, value in lines if sign and not word.startswith("#")}


class Service(harness.WorldCase):
    def judge(self, *command):
        """systemd's own word on the unit, with a program that is there."""
        with tempfile.TemporaryDirectory(prefix="plumbline-e2e-") as folder:
            copy = pathlib.Path(folder) / UNIT.name
            copy.write_text(UNIT.read_text().replace("/usr/local/bin/plumbline", harness.BINARY))
            return subprocess.run(
                ["systemd-analyze", *command, str(copy)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )

    @unittest.skipUnless(HAS_JUDGE, "systemd-analyze is not installed")
    def test_systemd_has_nothing_to_say_against_it(self):
        judged = self.judge("verify")
        self.assertEqual((judged.returncode, judged.stdout), (0, ""))

    @unittest.skipUnless(HAS_JUDGE, "systemd-analyze is not installed")
    def test_little_more_than_the_network_is_open_to_it(self):
        judged = self.judge("security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager")
        self.assertEqual(judged.returncode, 0, judged.stdout)

    def test_it_keeps_to_itself(self):
        said = words()
        self.assertEqual({word: said.get(word) for word in KEPT}, KEPT)

    def test_what_it_starts_is_a_controller_that_works(self):
        stack = self.stack(MANIFEST)
        program, command, manifest, *flags = shlex.split(words()["ExecStart"])
        self.assertEqual(program, "/usr/local/bin/plumbline")
        self.assertEqual((command, manifest), ("controller", "/etc/plumbline/manifest.yaml"))
        state = stack.folder / "state-directory" / "state.db"
        flags = [flag.replace("%S/plumbline", str(state.parent)) for flag in flags]
        controller = self.controller(stack, "1s", *flags)
        harness.wait_until(
            lambda: controller.phase("vpcs.main")[0] == "Synced", "the network to be made"
        )
        controller.stop()
        self.assertTrue(state.is_file())
        self.assertEqual(self.owned(), ["vpcs.main"])


if __name__ == "__main__":
    harness.main()
