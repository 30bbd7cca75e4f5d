"""What is recorded can be looked at and changed by hand, and the next run takes it from there. And:
what every command prints as JSON is what schemas/output.schema.json says."""

import json
import os
import pty
import re
import shutil
import stat
import subprocess
import unittest

import harness
import json_schema
import wire

NETWORK = """\
stack: byhand
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.1.1.0/24, availabilityZone: ap-northeast-1a }
"""
INTENT_TAG = "plumbline:intent"
SCHEMA = json_schema.Schema("output.schema.json")


def program(*words, env=None, code=0):
    ended = subprocess.run(
        [harness.BINARY, *words], env=env, capture_output=True, text=True, timeout=60
    )
    if ended.returncode != code:
        raise AssertionError(
            f"{words} -> {ended.returncode}, expected {code}\n{ended.stdout}\n{ended.stderr}"
        )
    return ended


class ByHand(harness.WorldCase):
    def state(self, stack, *words, code=0):
        return program("state", *words, "-f", str(stack.path), env=stack.env, code=code)

    def json(self, stack, shape, *words):
        value = json.loads(self.state(stack, *words, "--format", "json").stdout)
        self.assertEqual(SCHEMA.faults(value, shape), [])
        return value

    def applied(self, text=NETWORK):
        stack = self.stack(text)
        stack.apply()
        return stack

    def id_of(self, stack, address):
        rows = self.json(stack, "stateList", "list")["resources"]
        return next(r["id"] for r in rows if r["address"] == address)

    def test_what_is_recorded_is_listed_and_shown(self):
        stack = self.applied()
        listed = self.json(stack, "stateList", "list")
        self.assertEqual({r["address"] for r in listed["resources"]}, {"vpcs.main", "subnets.a"})
        self.assertEqual(listed["stack"], "byhand")
        shown = self.json(stack, "stateShow", "show", "subnets.a")
        self.assertEqual(shown["rows"][0]["dependsOn"], ["vpcs.main"])
        self.assertTrue(shown["history"])
        self.assertIn("vpcs.main", self.state(stack, "list", "vpcs").stdout)
        self.assertNotIn("subnets.a", self.state(stack, "list", "vpcs").stdout)
        log = program("history", str(stack.path), "--format", "json", "--verify", env=stack.env)
        self.assertEqual(SCHEMA.faults(json.loads(log.stdout), "history"), [])

    def test_a_renamed_resource_is_moved_instead_of_made_anew(self):
        stack = self.applied()
        before = self.id_of(stack, "vpcs.main")
        stack.edit(("  main: { cidr", "  core: { cidr"), ("vpc: main", "vpc: core"))
        moved = self.json(stack, "stateEdit", "move", "vpcs.main", "vpcs.core", "--yes")
        self.assertEqual(moved["action"], "move")
        # The owner tag holds the address: it is renewed, and nothing else is done.
        self.assertEqual(set(stack.changes().values()), {"update"})
        stack.apply()
        self.assert_unchanged(stack)
        self.assertEqual(self.id_of(stack, "vpcs.core"), before)
        stack.destroy()
        self.assert_nothing_left()

    def test_what_was_forgotten_stays_and_is_taken_back_by_its_owner_tag(self):
        stack = self.applied()
        before = self.id_of(stack, "subnets.a")
        self.state(stack, "forget", "subnets.a", code=1)  # Nobody can be asked here.
        self.json(stack, "stateEdit", "forget", "subnets.a", "--yes")
        self.assertEqual(len(self.owned()), 2)
        self.assertEqual(stack.changes(), {"subnets.a": "adopt"})
        stack.apply()
        self.assertEqual(self.id_of(stack, "subnets.a"), before)
        self.assert_unchanged(stack)

    def test_on_a_terminal_it_asks_and_takes_only_yes_as_yes(self):
        stack = self.applied()
        for answer, code, left in (("y", 1, 2), ("no", 1, 2), ("yes", 0, 1)):
            ours, theirs = pty.openpty()
            process = subprocess.Popen(
                [harness.BINARY, "state", "forget", "subnets.a", "-f", str(stack.path)],
                env=stack.env, stdin=theirs, stdout=theirs, stderr=theirs,
            )
            os.close(theirs)
            os.write(ours, answer.encode() + b"\n")
            self.assertEqual(process.wait(timeout=30), code, answer)
            os.close(ours)
            self.assertEqual(len(self.json(stack, "stateList", "list")["resources"]), left)

    def test_a_backup_is_a_whole_state_for_its_owner_alone(self):
        stack = self.applied()
        copy = stack.folder / "copy.db"
        self.json(stack, "stateBackup", "backup", str(copy))
        self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
        self.state(stack, "backup", str(copy), code=1)
        shutil.rmtree(stack.state)
        stack.state.mkdir(mode=0o700)
        shutil.copy(copy, stack.state / "state.db")
        self.assertEqual(stack.changes(), {})
        self.assert_unchanged(stack)

    def test_what_only_looks_works_beside_a_controller(self):
        stack = self.applied(NETWORK + "outputs: { network: '${vpcs.main.vpcId}' }\n")
        controller = self.controller(stack)
        lock = (stack.state / "state.db.lock").read_text()
        self.assertIn("subnets.a", self.state(stack, "list").stdout)
        self.json(stack, "stateShow", "show", "subnets.a")
        self.json(stack, "stateResolve", "resolve")
        copy = stack.folder / "copy.db"
        self.json(stack, "stateBackup", "backup", str(copy))
        for command, shape in (("history", "history"), ("status", "controllerStatus"),
                               ("output", "output"), ("graph", "graph"), ("iam-policy", "iamPolicy")):
            words = ["-f", str(stack.path), "--format", "json"]
            shown = json.loads(program(command, *words, env=stack.env).stdout)
            self.assertEqual(SCHEMA.faults(shown, shape), [], command)
        planned = stack.run("plan")
        self.assertIn("No changes.", planned.out)
        self.assertIn("controller, process", planned.err)
        # It held the lock all the while, and who wants to change something is told so.
        self.assertEqual((stack.state / "state.db.lock").read_text(), lock)
        refused = self.state(stack, "forget", "subnets.a", "--yes", code=4).stderr
        self.assertIn("controller, process", refused)
        controller.stop()
        shutil.copy(copy, stack.state / "state.db")
        self.assertEqual(stack.changes(), {})

    def test_what_only_looks_works_while_an_apply_is_under_way(self):
        stack = self.stack(NETWORK)
        tap = wire.Tap(self.world.port, lambda is_mutating: is_mutating and seen.append(
            json.loads(program("state", "list", "-f", str(stack.path), "--format", "json").stdout)))
        self.addCleanup(tap.close)
        seen = []
        stack.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{tap.port}"
        stack.apply()
        # Each call was in the journal before its answer came.
        self.assertEqual([len(each["openCalls"]) > 0 for each in seen], [True] * len(seen))
        self.assertEqual([len(each["resources"]) for each in seen][:2], [0, 1])

    def lost_creation(self):
        """A stack whose apply was killed after AWS made the network and before it said so."""
        running = []

        def kill(is_mutating):
            if is_mutating:
                running[0].kill()

        tap = wire.Tap(self.world.port, kill)
        self.addCleanup(tap.close)
        stack = self.stack(NETWORK, port=tap.port)
        running.append(stack.start("apply", "--yes"))
        running[0].communicate(timeout=30)
        stack.env = harness.environment(self.world.port, self.world.time_scale)
        calls = self.json(stack, "stateList", "list")["openCalls"]
        self.assertEqual([(c["action"], c["isCreate"]) for c in calls], [("CreateVpc", True)])
        made = [key[1] for key, tags in wire.inventory(self.world.port).items()
                if tags.get(INTENT_TAG) == calls[0]["id"]]
        self.assertEqual(len(made), 1)
        return stack, calls[0], made[0]

    def test_what_a_lost_call_made_is_adopted_by_hand(self):
        stack, call, made = self.lost_creation()
        waiting = self.json(stack, "stateResolve", "resolve", call["address"])["open"]
        self.assertEqual(waiting[0]["call"]["id"], call["id"])
        self.assertIn("--adopt ID", waiting[0]["byHand"])
        self.json(stack, "stateEdit", "resolve", call["address"], "--adopt", made, "--yes")
        self.assertEqual(self.json(stack, "stateList", "list")["openCalls"], [])
        self.assertEqual(self.id_of(stack, call["address"]), made)
        stack.apply()
        self.assert_unchanged(stack)
        self.assertEqual(len(self.owned()), 2)
        stack.destroy()
        self.assert_nothing_left()

    def test_a_lost_call_is_not_declared_without_effect_while_it_may_still_have_one(self):
        stack, call, made = self.lost_creation()
        stack.env["PLUMBLINE_SIGNATURE_LIFE"] = "5m"
        refused = self.state(stack, "resolve", call["address"], "--gone", "--yes", code=1)
        self.assertIn("may still carry it out until", refused.stderr)
        self.assertEqual(len(self.json(stack, "stateList", "list")["openCalls"]), 1)


class LookUp(unittest.TestCase):
    def json(self, shape, *words, code=0):
        value = json.loads(program(*words, code=code).stdout)
        self.assertEqual(SCHEMA.faults(value, shape), [], words)
        return value

    def test_what_is_looked_up_is_as_its_schema_says(self):
        manifest = str(harness.EXAMPLE / "manifest.yaml")
        self.json("graph", "graph", manifest, "--format", "json")
        self.json("lint", "lint", manifest, "--format", "json")
        fixtures = harness.SOURCE / "tests" / "golden" / "lint"
        for rule in ["SG001", "SK001", "NW009"]:
            bad = str(fixtures / rule / "bad.yaml")
            found = self.json("lint", "lint", bad, "--format", "json", code=1)["findings"]
            self.assertTrue(any(finding["id"] == rule for finding in found))
        everything = self.json("explainAll", "explain", "--format", "json")
        for section in everything["sections"]:
            self.json("explainKind", "explain", section["section"], "--format", "json")
        for rule in everything["rules"]:
            self.json("explainRule", "explain", rule["id"], "--format", "json")
        self.json("explainProperty", "explain", "subnets.vpc", "--format", "json")
        self.json("explainWord", "explain", "protect", "--format", "json")
        self.json("version", "version", "--format", "json")
        self.assertEqual(json.loads(program("schema", "--output").stdout), SCHEMA.root)
        plans = json_schema.Schema("plan.schema.json")
        self.assertEqual(json.loads(program("schema", "--plan").stdout), plans.root)

    def test_the_checker_sees_what_is_wrong(self):
        shape = "stateBackup"
        good = {"version": 1, "action": "backup", "file": "f", "serial": 3}
        self.assertEqual(SCHEMA.faults(good, shape), [])
        for wrong in ({**good, "serial": "3"}, {**good, "more": 1}, {**good, "version": 2},
                      {**good, "serial": True}, {k: v for k, v in good.items() if k != "file"}):
            self.assertNotEqual(SCHEMA.faults(wrong, shape), [], wrong)

    def test_without_a_terminal_there_are_no_colours(self):
        for words in (["explain", "SG003"], ["--help"], ["man"],
                      ["graph", str(harness.EXAMPLE / "manifest.yaml")]):
            self.assertNotIn("\033", program(*words).stdout)

    @unittest.skipUnless(shutil.which("bash"), "bash is not installed")
    def test_bash_completes_commands_and_topics(self):
        # `plumbline` is found by the name that is typed, as in a shell.
        folder = os.path.dirname(harness.BINARY)
        script = program("completion", "bash").stdout
        for typed, expected in (
            (["plumbline", "stat"], {"status", "state"}),
            (["plumbline", "state", "mo"], {"move"}),
            (["plumbline", "graph", "--format", ""], {"dot", "mermaid", "svg", "json"}),
            (["plumbline", "explain", "dbProxies.ro"], {"dbProxies.role"}),
        ):
            words = " ".join(f"'{word}'" for word in typed)
            asked = f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _plumbline\n" \
                    'printf "%s\\n" "${COMPREPLY[@]}"'
            ended = subprocess.run(
                ["bash", "-c", asked], capture_output=True, text=True, timeout=60,
                env={**os.environ, "PATH": folder + os.pathsep + os.environ["PATH"]},
            )
            self.assertEqual(set(ended.stdout.split()), expected, ended)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_the_manual_page_has_no_fault_that_groff_sees(self):
        page = program("man").stdout
        ended = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True
        )
        self.assertEqual(ended.stderr, "")
        for command in re.findall(r"^  (\w+)  ", program("--help").stdout, re.M):
            self.assertIn(f".SS plumbline {command}", page)


if __name__ == "__main__":
    harness.main()
