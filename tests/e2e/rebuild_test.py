"""The state is lost, and is got back from what the world carries: nothing is made twice, nothing is
left behind.

usage: rebuild_test.py simulator|moto
"""

import json
import shutil
import unittest

import harness
import json_schema
import wire

WORLD = harness.world_of_arguments()
# Kinds that a world does not know, so that they cannot be looked for there.
UNKNOWN = ["--skip", "dbProxyEndpoints"] if WORLD is harness.Moto else []
SCHEMA = json_schema.Schema("output.schema.json")
NETWORK = """\
stack: lost
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.1.1.0/24, availabilityZone: ap-northeast-1a }
"""
SECOND = "  b: { vpc: main, cidrBlock: 10.1.2.0/24, availabilityZone: ap-northeast-1c }\n"


class Rebuild(harness.WorldCase):
    world_class = WORLD

    def rebuild(self, stack, *words, code=0):
        return stack.run("state", "rebuild", *UNKNOWN, *map(str, words), code=code, limit=120)

    def told(self, stack, *words, code=0):
        value = json.loads(self.rebuild(stack, *words, "--format", "json", code=code).out)
        self.assertEqual(SCHEMA.faults(value, "stateRebuild"), [])
        return value

    def copy(self, stack):
        copy = stack.folder / "copy.db"
        stack.run("state", "backup", str(copy), "-f")
        return copy

    def applied(self, *args, **more):
        stack = self.stack(*args, **more)
        self.assertTrue(stack.apply()["complete"])
        return stack

    def rows(self, stack):
        listed = stack.run("state", "list", "--format", "json", "-f").out
        return {row["address"]: row["id"] for row in json.loads(listed)["resources"]}

    def lose(self, stack):
        shutil.rmtree(stack.state)

    def assert_whole(self, stack, count):
        """It is as if nothing had happened: nothing to do, nothing twice, all of it goes."""
        self.assertEqual(stack.changes(), {})
        self.assert_unchanged(stack)
        self.assertEqual(len(self.rows(stack)), count)
        self.assertTrue(stack.destroy()["complete"])
        self.assert_nothing_left()

    def test_with_a_copy_of_the_state_nothing_is_to_be_done(self):
        for example in harness.EXAMPLES if WORLD is harness.Simulator else [harness.EXAMPLE]:
            with self.subTest(example.name):
                self.setUp()
                stack = self.applied(example=example)
                rows = self.rows(stack)
                copy = self.copy(stack)
                self.lose(stack)
                told = self.told(stack, "--key-from", copy, "--yes")
                self.assertTrue(told["recorded"])
                self.assertEqual(self.rows(stack), rows)
                self.assertEqual((told["untold"], told["undeclared"]), ([], []))
                history = stack.run("history", "--format", "json", "--verify", "--limit", "0").out
                first = json.loads(history)["entries"][-1]
                self.assertEqual((first["action"], first["address"]), ("rebuild", None))
                self.assertEqual(first["detail"]["copy"], str(copy))
                self.assert_whole(stack, len(rows))

    def test_without_a_copy_the_next_apply_renews_the_tags(self):
        stack = self.applied()
        rows = self.rows(stack)
        self.lose(stack)
        self.assertIn("--key-from FILE", self.rebuild(stack, code=64).err)
        self.assertIn("--yes", self.rebuild(stack, "--trust-tags", code=1).err)
        told = self.told(stack, "--trust-tags", "--yes")
        self.assertEqual(self.rows(stack), rows)
        self.assertTrue(told["untold"])
        self.assertEqual(set(stack.changes().values()), {"update"})
        self.assertTrue(stack.apply()["complete"])
        self.assert_whole(stack, len(rows))

    def test_an_old_copy_is_enough_for_what_was_made_and_undeclared_since(self):
        stack = self.applied(NETWORK)
        copy = self.copy(stack)
        stack.edit((NETWORK, NETWORK + SECOND))
        stack.apply()
        stack.edit((NETWORK + SECOND, NETWORK))
        self.lose(stack)
        dry = self.told(stack, "--key-from", copy, "--dry-run")
        self.assertFalse(dry["recorded"])
        self.assertFalse((stack.state / "state.db").exists())
        told = self.told(stack, "--key-from", copy, "--yes")
        self.assertEqual(told["undeclared"], ["subnets.b"])
        self.assertEqual(stack.changes(), {"subnets.b": "delete"})
        stack.apply()
        self.assert_whole(stack, 2)

    def test_it_may_be_run_again_until_a_run_has_written(self):
        stack = self.applied(NETWORK)
        copy = self.copy(stack)
        self.assertIn("it is not lost", self.rebuild(stack, "--key-from", copy, "--yes", code=4).err)
        self.lose(stack)
        self.told(stack, "--key-from", copy, "--yes")
        self.told(stack, "--key-from", copy, "--yes")
        stack.edit((NETWORK, NETWORK + SECOND))
        stack.apply()
        self.rebuild(stack, "--key-from", copy, "--yes", code=4)
        self.assert_whole(stack, 3)

    def test_what_the_world_shows_of_a_killed_apply_is_found_when_its_disk_died_too(self):
        stack = self.applied(NETWORK)
        copy = self.copy(stack)
        running = []
        tap = wire.Tap(self.world.port, lambda is_mutating: is_mutating and running[0].kill())
        self.addCleanup(tap.close)
        stack.edit((NETWORK, NETWORK + SECOND))
        stack.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{tap.port}"
        running.append(stack.start("apply", "--yes"))
        running[0].communicate(timeout=30)
        stack.env = harness.environment(self.world.port, self.world.time_scale)
        self.assertEqual(len(self.owned()), 3)
        self.lose(stack)
        told = self.told(stack, "--key-from", copy, "--yes")
        self.assertEqual(len(told["resources"]), 3)
        stack.apply()
        self.assert_whole(stack, 3)

    def test_the_copy_of_another_stack_is_refused(self):
        stack = self.applied(NETWORK)
        copy = self.copy(stack)
        self.lose(stack)
        stack.edit(("stack: lost", "stack: found"))
        self.assertIn('the copy is of the stack "lost"',
                      self.rebuild(stack, "--key-from", copy, "--yes", code=4).err)


if __name__ == "__main__":
    harness.main()
