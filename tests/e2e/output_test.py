"""Whatever a command prints with --format json is as schemas/output.schema.json says, for every
command that has the flag; a new one fails here until it is in one of the tables below."""

import json
import re
import signal
import subprocess

import harness
import json_schema
import wire

SCHEMA = json_schema.Schema("output.schema.json")
NETWORK = """\
stack: told
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.1.1.0/24, availabilityZone: ap-northeast-1a }
outputs: { network: '${vpcs.main.vpcId}' }
"""
ROLE = """\
roles:
  reader:
    managedPolicies: ['arn:aws:iam::123456789012:policy/nowhere']
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
"""
# One object: the words behind the command's own, and its shape. MANIFEST and FOLDER are put in.
LOOK_UPS = {
    "lint": (["MANIFEST"], "lint"),
    "status": (["MANIFEST"], "status"),
    "history": (["MANIFEST", "--verify"], "history"),
    "output": (["-f", "MANIFEST"], "output"),
    "iam-policy": (["MANIFEST"], "iamPolicy"),
    "graph": (["MANIFEST"], "graph"),
    "explain": ([], "explainAll"),
    "version": ([], "version"),
    "state list": (["-f", "MANIFEST"], "stateList"),
    "state show": (["subnets.a", "-f", "MANIFEST"], "stateShow"),
    "state resolve": (["-f", "MANIFEST"], "stateResolve"),
    "state backup": (["FOLDER/copy.db", "-f", "MANIFEST"], "stateBackup"),
    "state rebuild": (["--key-from", "FOLDER/copy.db", "--state", "FOLDER/lost/state.db", "--dry-run",
                       "MANIFEST"], "stateRebuild"),
    "state move": (["subnets.a", "subnets.b", "--yes", "-f", "MANIFEST"], "stateEdit"),
    "state forget": (["subnets.b", "--yes", "-f", "MANIFEST"], "stateEdit"),
}
# An event a line: the test that reads them.
RUNS = {
    "plan": "test_a_run_tells_steps_waits_and_its_end",
    "apply": "test_a_run_tells_steps_waits_and_its_end",
    "destroy": "test_a_run_tells_steps_waits_and_its_end",
    "import": "test_taking_over_tells_what_it_wrote",
    "adopt": "test_taking_over_tells_what_it_wrote",
    "controller": "test_a_controller_tells_of_itself_and_its_runs",
}


def commands():
    """Every command and verb, as `--help` lists them."""
    def below(*words):
        text = subprocess.run(
            [harness.BINARY, *words, "--help"], capture_output=True, text=True, timeout=60
        ).stdout
        return text, re.findall(r"^  ([a-z][a-z-]*)  ", text, re.M)

    for name in below()[1]:
        text, verbs = below(name)
        yield name, text
        for verb in verbs if f"plumbline {name} COMMAND" in text else []:
            yield f"{name} {verb}", below(name, verb)[0]


class Told(harness.WorldCase):
    def run_json(self, stack, *words, code=0):
        ended = subprocess.run(
            [harness.BINARY, *map(str, words), "--format", "json"], env=stack.env,
            cwd=stack.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(ended.returncode, code, f"{words}\n{ended.stdout}\n{ended.stderr}")
        return ended.stdout

    def checked(self, text):
        events = [json.loads(line) for line in text.splitlines()]
        for event in events:
            self.assertEqual(SCHEMA.faults(event, "event"), [], event)
        return events

    def events(self, stack, *words, code=0):
        return self.checked(self.run_json(stack, *words, code=code))

    def names(self, *args, **more):
        return [event["event"] for event in self.events(*args, **more)]

    def test_no_command_that_prints_json_is_left_out(self):
        printing = {name for name, text in commands() if re.search(r"^  --format [^-]*\bjson\b", text, re.M)}
        self.assertEqual(printing, set(LOOK_UPS) | set(RUNS))
        for test in RUNS.values():
            self.assertTrue(hasattr(self, test), test)

    def test_what_is_looked_up_is_one_object(self):
        stack = self.stack(NETWORK)
        stack.apply()
        for command, (words, shape) in LOOK_UPS.items():
            given = [word.replace("MANIFEST", "manifest.yaml").replace("FOLDER", str(stack.folder))
                     for word in words]
            value = json.loads(self.run_json(stack, *command.split(), *given))
            self.assertEqual(SCHEMA.faults(value, shape), [], command)

    def test_a_run_tells_steps_waits_and_its_end(self):
        stack = self.stack()  # The example, in which there is something to wait for.
        self.assertEqual(self.names(stack, "plan", "manifest.yaml")[0], "plan")
        names = self.names(stack, "apply", "manifest.yaml", "--yes")
        self.assertLessEqual({"plan", "started", "waiting", "done", "result"}, set(names))
        self.assertEqual((names[0], names[-1]), ("plan", "result"))
        self.assertEqual(self.names(stack, "destroy", "manifest.yaml", "--yes")[-1], "result")

    def test_a_run_tells_what_failed(self):
        stack = self.stack(NETWORK + ROLE)
        events = self.events(stack, "apply", "manifest.yaml", "--yes", code=1)
        self.assertIn("failed", [event["event"] for event in events])
        failures = [failure["address"] for failure in events[-1]["failures"]]
        self.assertEqual(failures, ["roles.reader"])
        stack.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{harness.free_port()}"
        result = self.events(stack, "plan", "manifest.yaml", code=1)[-1]
        self.assertEqual(result["event"], "result")
        self.assertTrue(result["error"]["message"])

    def test_a_stale_plan_tells_why_it_is_refused(self):
        stack = self.stack(NETWORK)
        self.events(stack, "plan", "manifest.yaml", "--out", "plan.json")
        stack.edit(("10.1.1.0/24", "10.1.2.0/24"))
        self.assertEqual(self.names(stack, "apply", "plan.json", code=3), ["refused"])

    def test_taking_over_tells_what_it_wrote(self):
        client = wire.Client(self.world.port)
        vpc = client.query("ec2", "CreateVpc", CidrBlock="10.1.0.0/16").findtext("vpc/vpcId")
        stack = self.stack(NETWORK)
        flags = ["--vpc", vpc, "--out", "found.yaml"]
        found = self.events(stack, "import", "--discover", *flags)
        self.assertEqual([e["event"] for e in found], ["adoption", "plan", "result"])
        self.assertEqual([each["id"] for each in found[0]["imports"]], [vpc])
        arn = f"arn:aws:ec2:{wire.REGION}:123456789012:vpc/{vpc}"
        (stack.folder / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": [
            {"mode": "managed", "type": "aws_vpc", "name": "net",
             "instances": [{"attributes": {"id": vpc, "arn": arn}}]},
            {"mode": "managed", "type": "aws_sqs_queue", "name": "jobs",
             "instances": [{"attributes": {"id": "jobs"}}]}]}))
        own = ["--out", "own.yaml", "--state", "own/state.db"]
        adopted = self.events(stack, "adopt", "terraform.tfstate", "--yes", *own)
        self.assertEqual(adopted[0]["leftOut"][0]["what"], "aws_sqs_queue.jobs")
        self.assertEqual(adopted[-1]["event"], "result")
        vpc = client.query("ec2", "CreateVpc", CidrBlock="10.1.0.0/16").findtext("vpc/vpcId")
        names = self.names(stack, "import", "vpcs.main", vpc, "manifest.yaml", "--yes")
        self.assertEqual((names[0], names[-1]), ("plan", "result"))
        # That the state there is another stack's is noticed before anything is written.
        flags = ["--vpc", vpc, "--out", "third.yaml", "--stack", "third"]
        self.assertEqual(self.run_json(stack, "import", "--discover", *flags, code=4), "")
        flags = [*flags[:-1], "Third_one", "--state", "own/third.db"]
        self.run_json(stack, "import", "--discover", *flags, code=64)
        self.assertFalse((stack.folder / "third.yaml").exists())
        # The stack is called after its folder, as far as a stack can be.
        named = stack.folder / "Old_things"
        named.mkdir(mode=0o700)
        vpc = client.query("ec2", "CreateVpc", CidrBlock="10.1.0.0/16").findtext("vpc/vpcId")
        self.events(stack, "import", "--discover", "--vpc", vpc, "--out", f"{named}/all.yaml")
        self.assertIn("stack: old-things\n", (named / "all.yaml").read_text())
        log = json.loads(self.run_json(stack, "history", "manifest.yaml", "--address", "vpcs.main"))
        self.assertEqual(log["entries"][0]["action"], "import")

    def test_where_nobody_can_be_asked_nothing_is_done(self):
        client = wire.Client(self.world.port)
        vpc = client.query("ec2", "CreateVpc", CidrBlock="10.9.0.0/16").findtext("vpc/vpcId")
        stack = self.stack(NETWORK)
        stack.apply()
        arn = f"arn:aws:ec2:{wire.REGION}:123456789012:vpc/{vpc}"
        (stack.folder / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": [
            {"mode": "managed", "type": "aws_vpc", "name": "net",
             "instances": [{"attributes": {"id": vpc, "arn": arn}}]}]}))
        changed = NETWORK.replace("10.1.1.0/24", "10.1.2.0/24").replace(
            "subnets:", "  more: { cidrBlock: 10.9.0.0/16 }\nsubnets:")
        (stack.folder / "changed.yaml").write_text(changed)
        asking = {
            "apply": ["changed.yaml"],
            "destroy": ["manifest.yaml"],
            "import": ["vpcs.more", vpc, "changed.yaml"],
            "adopt": ["terraform.tfstate", "--state", "own/state.db"],
            "state forget": ["subnets.a", "-f", "manifest.yaml"],
            "state move": ["subnets.a", "subnets.b", "-f", "manifest.yaml"],
            "state rebuild": ["manifest.yaml", "--trust-tags", "--state", "lost/state.db"],
            "state resolve": None,  # It asks only about calls whose reply was lost; state_test has them.
        }
        self.assertEqual(asking.keys(), {name for name, text in commands() if "--yes" in text})
        before = wire.inventory(self.world.port), self.run_json(stack, "state", "list")
        for command, words in asking.items():
            if words is not None:
                ended = subprocess.run(
                    [harness.BINARY, *command.split(), *words], env=stack.env, cwd=stack.folder,
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
                self.assertEqual(ended.returncode, 1, ended)
                self.assertIn("nobody can be asked here", ended.stderr)
                self.assertNotIn("\033", ended.stdout + ended.stderr)
        after = wire.inventory(self.world.port), self.run_json(stack, "state", "list")
        self.assertEqual(after, before)

    def test_a_controller_tells_of_itself_and_its_runs(self):
        stack = self.stack(NETWORK)
        log = stack.folder / "controller.log"
        with open(log, "w") as out:
            process = subprocess.Popen(
                [harness.BINARY, "controller", "manifest.yaml", "--interval", "1s", "--listen",
                 "127.0.0.1:0", "--format", "json"], env=stack.env, cwd=stack.folder, stdout=out)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        harness.wait_until(lambda: '"result"' in log.read_text(), "the end of a run")
        status = json.loads(self.run_json(stack, "status", "manifest.yaml"))
        self.assertEqual(SCHEMA.faults(status, "controllerStatus"), [])
        stack.edit(("10.1.1.0/24", "10.1.2.0/24"))
        harness.wait_until(lambda: '"reloaded"' in log.read_text(), "the new manifest")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)
        events = self.checked(log.read_text())
        told = [event["what"] for event in events if event["event"] == "controller"]
        self.assertEqual(told, ["started", "reloaded", "stopped"])


if __name__ == "__main__":
    harness.main()
