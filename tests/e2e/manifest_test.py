"""The language of manifests through the program: overlays, folders, groups, outputs, generated secrets,
moves and imports."""

import json
import pathlib
import subprocess
import unittest

import harness
import wire

BASE = """\
stack: words
region: ap-northeast-1
inputs:
  key: { generate: { length: 20 } }
vpcs:
  main: { cidrBlock: 10.1.0.0/16, enableDnsHostnames: false }
subnets:
  db:
    forEach: { a: 10.1.1.0/24, c: 10.1.2.0/24 }
    vpc: main
    cidrBlock: '${each.value}'
    availabilityZone: 'ap-northeast-1${each.key}'
securityGroups:
  spare: { vpc: main, description: Spare }
secrets:
  login: { secretString: { password: '${inputs.key}' }, forceDelete: true }
outputs:
  subnets: '${subnets.db.subnetId}'
  network: '${vpcs.main.vpcId}'
  password: { value: '${inputs.key}', sensitive: true }
"""

PRODUCTION = """\
vpcs:
  main: { enableDnsHostnames: true }
subnets:
  db: { forEach: { b: 10.1.3.0/24 } }
securityGroups:
  spare: null
"""


class Manifest(harness.WorldCase):
    def setUp(self):
        super().setUp()
        self.applied = self.stack(BASE)

    def run_words(self, *words, code=0):
        done = subprocess.run(
            [harness.BINARY, *map(str, words)],
            env=self.applied.env,
            cwd=self.applied.folder,
            capture_output=True,
            text=True,
            timeout=90,
        )
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}\n{done.stderr}")
        return done

    def addresses(self):
        tags = wire.inventory(self.world.port).values()
        return sorted(t[wire.ADDRESS_TAG] for t in tags if wire.ADDRESS_TAG in t)

    def test_later_files_are_laid_over_earlier_ones(self):
        over = self.applied.folder / "production.yaml"
        over.write_text(PRODUCTION)
        for words in (["-f", self.applied.path, "-f", over], [self.applied.path, "-f", over]):
            plan = self.run_words("plan", "--format", "json", *words).stdout
            event = next(json.loads(l) for l in plan.splitlines() if '"plan"' in l)
            made = sorted(c["address"] for c in event["changes"])
            self.assertEqual(
                made,
                ["secrets.login", "subnets.db-a", "subnets.db-b", "subnets.db-c", "vpcs.main"],
            )
            self.assertIn('"enableDnsHostnames":true', plan)

    def test_a_fault_in_a_later_file_is_shown_there(self):
        over = self.applied.folder / "production.yaml"
        over.write_text("vpcs:\n  main: { enableDnsSupport: maybe }\n")
        words = self.run_words("lint", "-f", self.applied.path, "-f", over, code=1).stdout
        self.assertIn("production.yaml:2:29", words)

    def test_a_folder_is_one_stack(self):
        (self.applied.folder / "zones.yaml").write_text(PRODUCTION)
        self.run_words("apply", "--yes", ".")
        self.assertIn("subnets.db-b", self.addresses())
        self.assertNotIn("securityGroups.spare", self.addresses())

    def test_no_manifest_is_wrong_usage(self):
        self.assertIn("manifest", self.run_words("plan", code=64).stderr)

    def test_outputs_come_from_the_state(self):
        done = self.applied.run("apply", "--yes")
        self.assertIn("password = (sensitive)", done.out)
        # Nothing listens there: whatever is told now is told without a call.
        self.applied.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{harness.free_port()}"
        shown = self.run_words("output").stdout
        self.assertIn("password = (sensitive)", shown)
        network = self.run_words("output", "network").stdout
        self.assertRegex(network, r"^vpc-[0-9a-f]+\n$")
        as_json = self.run_words("output", "network", "--format", "json").stdout
        self.assertEqual(json.loads(as_json), network.strip())
        self.assertEqual(len(json.loads(self.run_words("output", "subnets").stdout)), 2)
        password = self.run_words("output", "password", "-f", self.applied.path).stdout
        self.assertEqual(len(password), 21)
        every = json.loads(self.run_words("output", "--format", "json").stdout)
        hidden = {"value": None, "sensitive": True, "known": True}
        self.assertEqual(every["outputs"]["password"], hidden)
        wrong = self.run_words("output", "netwrk", code=64).stderr
        self.assertIn("did you mean `network`?", wrong)
        for file in pathlib.Path(self.applied.state).iterdir():
            self.assertNotIn(password.strip().encode(), file.read_bytes(), file)

    def test_a_controller_tells_no_secrets_but_the_state_does(self):
        self.applied.apply()
        controller = self.controller(self.applied)
        shown = self.run_words("output").stdout
        self.assertIn("password = (sensitive)", shown)
        self.assertRegex(self.run_words("output", "network").stdout, r"^vpc-")
        password = self.run_words("output", "password").stdout
        self.assertEqual(len(password), 21)
        self.assertIsNone(controller.status()["outputs"]["password"]["value"])
        controller.stop()
        self.assertEqual(self.run_words("output", "password").stdout, password)

    def test_outputs_of_what_exists_already_are_looked_up(self):
        made = wire.Client(self.world.port).query("ec2", "CreateVpc", CidrBlock="10.9.0.0/16")
        found = {key[1] for key in wire.inventory(self.world.port) if key[1].startswith("vpc-")}
        self.assertEqual(len(found), 1, made)
        self.applied.path.write_text(
            "stack: words\nregion: ap-northeast-1\n"
            "vpcs: { theirs: { existing: { cidrBlock: 10.9.0.0/16 } } }\n"
            "outputs: { id: '${vpcs.theirs.vpcId}' }\n"
        )
        self.assertEqual(self.run_words("output", "id").stdout.strip(), found.pop())

    def test_an_output_before_the_first_apply_is_not_known(self):
        self.assertIn("not known yet", self.run_words("output").stdout)
        self.assertIn("apply the stack first", self.run_words("output", "network", code=1).stderr)
        self.assertIn("apply the stack first", self.run_words("output", "password", code=1).stderr)

    def test_a_move_and_an_import_change_tags_alone(self):
        self.applied.apply()
        self.applied.edit(
            ("  main: { cidrBlock", "  net: { cidrBlock"),
            ("    vpc: main\n", "    vpc: net\n"),
            ("{ vpc: main, description: Spare }", "{ vpc: net, description: Spare }"),
            ("${vpcs.main.vpcId}", "${vpcs.net.vpcId}"),
            ("outputs:", "moved: [{ from: vpcs.main, to: vpcs.net }]\noutputs:"),
        )
        self.assertEqual(self.applied.changes(), {"vpcs.net": "update"})
        self.assertEqual(self.applied.apply()["mutations"], 1)
        self.assert_unchanged(self.applied)
        wire.Client(self.world.port).query("ec2", "CreateVpc", CidrBlock="10.9.0.0/16")
        loose = [
            key[1]
            for key, tags in wire.inventory(self.world.port).items()
            if key[1].startswith("vpc-") and wire.ADDRESS_TAG not in tags
        ]
        self.assertEqual(len(loose), 1)
        self.applied.edit(
            ("vpcs:\n", "vpcs:\n  second: { cidrBlock: 10.9.0.0/16 }\n"),
            ("outputs:", f"import: [{{ to: vpcs.second, id: {loose[0]} }}]\noutputs:"),
        )
        self.assertEqual(self.applied.changes(), {"vpcs.second": "import"})
        self.assertEqual(self.applied.apply()["mutations"], 1)
        self.assertIn("vpcs.second", self.addresses())
        self.assert_unchanged(self.applied)
        self.applied.destroy()


if __name__ == "__main__":
    harness.main()
