"""A controller that runs for long takes no more memory and no more descriptors than after its first
runs, whatever the wire does. They follow each other as fast as they go.

PLUMBLINE_RUNS is how many: 8640 are thirty days at five minutes. What a sanitizer keeps of freed
memory is no leak of the program's: there only descriptors count.
"""

import os
import pathlib
import unittest

import harness

RUNS = int(os.environ.get("PLUMBLINE_RUNS") or 200)
WARM = 60
# Of a run that changed something: a thousand finished calls are kept in the state, and pages of it
# in memory, until the oldest go.
MOST_GROWTH_KIB = 4096
FAULTS = "throttle=0.02,error=0.02,drop=0.02"
MANIFEST = """\
stack: soak
region: ap-northeast-1
tags: { round: "0" }
inputs: { password: { env: DB_PASSWORD, sensitive: true } }
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
subnets: { main: { vpc: main, cidrBlock: 10.0.0.0/24 } }
securityGroups:
  main: { vpc: main, description: soak, ingress: [{ port: 443, from: 10.0.0.0/8 }] }
secrets: { main: { secretString: { password: '${inputs.password}' }, forceDelete: true } }
"""


class Soak(unittest.TestCase):
    def setUp(self):
        self.world = harness.Simulator(harness.TIME_SCALE, "--faults", FAULTS)
        self.addCleanup(self.world.close)
        self.stack = harness.Stack(self.world, MANIFEST)
        self.addCleanup(self.stack.close)
        self.controller = harness.Controller(self.stack, "10ms")
        self.addCleanup(self.controller.close)

    def taken(self):
        """(descriptors, KiB of memory) of the controller."""
        process = pathlib.Path(f"/proc/{self.controller.process.pid}")
        status = (process / "status").read_text()
        resident = int(status.split("VmRSS:")[1].split()[0])
        return len(list((process / "fd").iterdir())), resident

    def wait_for_runs(self, wanted):
        """Each time it looks, the manifest wants other tags: most runs have something to do."""
        edits = 0
        while (runs := self.controller.status()["counters"]["runs"]) < wanted:
            edits += 1
            before = self.stack.path.read_text()
            self.stack.path.write_text(before.replace(f'"{edits - 1}"', f'"{edits}"'))
            seen = runs
            harness.wait_until(
                lambda: self.controller.status()["counters"]["runs"] > seen + 2, "more runs", 60
            )
        text = self.stack.path.read_text()
        self.stack.path.write_text(text.replace(f'round: "{edits}"', 'round: "0"'))

    def test_it_takes_no_more_later_than_at_first(self):
        self.wait_for_runs(WARM)
        descriptors, memory = self.taken()
        self.wait_for_runs(RUNS)
        later = self.taken()
        counters = self.controller.status()["counters"]
        print(f"{descriptors} -> {later[0]} descriptors, {memory} -> {later[1]} KiB; {counters}")
        self.assertGreater(counters["mutations"], RUNS // 8, "there was nothing to do")
        self.assertGreater(counters["throttles"], 0, "the wire was too good")
        # As many connections as calls at once, one more or less as the wire has it.
        self.assertLessEqual(later[0], descriptors + 8)
        if not harness.is_sanitized():
            self.assertLess(later[1] - memory, MOST_GROWTH_KIB)
        self.controller.stop()


if __name__ == "__main__":
    harness.main()
