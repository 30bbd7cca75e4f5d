"""Least privilege at the console: what `iam-policy` prints is enough, and a refusal says what lacks.

Each action on its own is tried in tests/unit/engine/permissions_test.cc.
"""

import json
import pathlib
import subprocess
import tempfile
import unittest

import harness
import json_schema


def print_policy(stack, purpose):
    run = stack.run("iam-policy", "--for", purpose, "--account", "123456789012", "--format", "json")
    shown = json.loads(run.out)
    faults = json_schema.Schema("output.schema.json").faults(shown, "iamPolicy")
    assert faults == [], faults
    return [document["policy"] for document in shown["documents"]]


class Policy(unittest.TestCase):
    def world(self, documents):
        """A simulated AWS whose key may do what the documents allow."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-policy-"))
        flags = []
        for number, document in enumerate(documents):
            path = folder / f"{number}.json"
            path.write_text(json.dumps(document))
            flags += ["--policy", str(path)]
        world = harness.Simulator(harness.TIME_SCALE, *flags)
        self.addCleanup(world.close)
        return world

    def documents(self, *purposes):
        world = self.world([])
        stack = harness.Stack(world)
        self.addCleanup(stack.close)
        return [document for purpose in purposes for document in print_policy(stack, purpose)]

    def stack(self, world):
        stack = harness.Stack(world)
        self.addCleanup(stack.close)
        return stack

    def test_what_is_printed_is_enough_to_be_peered(self):
        """The other account's side is done with that account's role, which may do everything."""
        first = harness.Stack(self.world([]), harness.manifest("peering.yaml"))
        self.addCleanup(first.close)
        documents = [d for purpose in ("apply", "destroy") for d in print_policy(first, purpose)]
        stack = harness.Stack(self.world(documents), harness.manifest("peering.yaml"))
        self.addCleanup(stack.close)
        self.assertTrue(stack.apply()["complete"])
        self.assertTrue(stack.destroy()["complete"])

    def test_apply_and_destroy_take_no_more_than_is_printed(self):
        stack = self.stack(self.world(self.documents("apply", "destroy")))
        self.assertTrue(stack.apply()["complete"])
        self.assertEqual(stack.apply()["mutations"], 0)
        self.assertTrue(stack.destroy()["complete"])

    def test_a_refusal_names_address_line_action_request_and_statement(self):
        documents = self.documents("apply")
        for document in documents:
            for statement in document["Statement"]:
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                statement["Action"] = [a for a in actions if a != "rds:CreateDBSubnetGroup"]
            document["Statement"] = [s for s in document["Statement"] if s["Action"]]
        stack = self.stack(self.world(documents))
        run = stack.run("apply", "--yes", code=1)
        line = 1 + stack.path.read_text().split("\n").index("dbSubnetGroups:") + 1
        for words in (
            f"manifest.yaml:{line}:",
            "dbSubnetGroups.app",
            "is not authorized to perform: rds:CreateDBSubnetGroup",
            "(request id ",
            '"Action":"rds:CreateDBSubnetGroup"',
            "subgrp:app",
            "aws:RequestTag/plumbline:stack",
        ):
            self.assertIn(words, run.err.replace("\n  ", " "))

    def test_one_document_can_be_given_to_iam_as_it_is(self):
        world = self.world([])
        stack = self.stack(world)
        run = stack.run("iam-policy", "--for", "plan", "--account", "123456789012")
        self.assertEqual(json.loads(run.out)["Version"], "2012-10-17")
        self.assertEqual(run.err, "")

    def test_the_account_is_the_state_s_or_must_be_said(self):
        world = self.world([])
        stack = self.stack(world)
        run = stack.run("iam-policy", code=64)
        self.assertIn("--account", run.err)
        self.assertTrue(stack.apply()["complete"])
        self.assertIn(":123456789012:", stack.run("iam-policy").out)
        stack.run("iam-policy", "--account", "12345", code=64)
        stack.run("iam-policy", "--for", "everything", code=64)

    def test_a_policy_that_is_none_stops_the_simulator(self):
        path = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-policy-")) / "bad.json"
        path.write_text('{"Version": "2012-10-17"}')
        run = subprocess.run(
            [harness.BINARY, "simulate", "--listen", "127.0.0.1:0", "--policy", str(path)],
            capture_output=True,
            text=True,
            timeout=30,
        )
        self.assertEqual(run.returncode, 1)
        self.assertIn("bad.json", run.stderr)


if __name__ == "__main__":
    harness.main()
