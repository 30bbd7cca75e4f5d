"""What is changed by hand is shown by plan and set right by the controller, where that is safe."""

import shutil
import stat
import subprocess
import unittest
import urllib.error
import urllib.request

import harness
import wire

CALM = """\
stack: calm
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
securityGroups:
  db:
    vpc: main
    description: Databases
    tags: { tier: data }
    ingress: [{ port: 3306, from: 10.1.0.0/16 }]
"""


class Drift(harness.WorldCase):
    def setUp(self):
        super().setUp()
        self.applied = self.stack(CALM)
        self.applied.apply()
        self.group = self.id_of("securityGroups.db")

    def id_of(self, address):
        found = wire.inventory(self.world.port)
        ids = [k[1] for k, tags in found.items() if tags.get(wire.ADDRESS_TAG) == address]
        return ids[0] if len(ids) == 1 else None

    def tags(self):
        return wire.inventory(self.world.port)["group", self.group]

    def ec2(self, action, **params):
        wire.Client(self.world.port).query("ec2", action, **params)

    def open_port(self, port):
        self.ec2(
            "AuthorizeSecurityGroupIngress",
            GroupId=self.group,
            IpPermissions_1_IpProtocol="tcp",
            IpPermissions_1_FromPort=str(port),
            IpPermissions_1_ToPort=str(port),
            IpPermissions_1_IpRanges_1_CidrIp="0.0.0.0/0",
        )

    def is_open(self, port):
        return ("tcp", str(port), str(port), "0.0.0.0/0") in wire.rules_of(
            self.world.port, self.group
        )

    def set_tag(self, key, value):
        self.ec2("CreateTags", ResourceId_1=self.group, Tag_1_Key=key, Tag_1_Value=value)

    def phase(self, controller):
        return controller.phase("securityGroups.db")[0]

    def test_a_rule_opened_by_hand_is_shown_and_closed(self):
        self.open_port(22)
        plan = self.applied.run("plan").out
        self.assertIn("securityGroups.db", plan)
        self.assertIn("foreign", plan)
        self.assertIn("0.0.0.0/0", plan)
        controller = self.controller(self.applied)
        harness.wait_until(lambda: not self.is_open(22), "the controller to close port 22")
        harness.wait_until(lambda: self.phase(controller) == "Synced", "it to be synced")
        controller.stop()
        self.assertEqual(self.applied.changes(), {})

    def test_a_rule_opened_while_the_controller_runs_is_closed(self):
        controller = self.controller(self.applied)
        self.open_port(22)
        harness.wait_until(lambda: not self.is_open(22), "the controller to close port 22")
        self.assertIn("22", controller.text())
        self.assertIn("foreign", controller.text())

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not installed")
    def test_what_the_aws_command_line_opens_is_closed(self):
        words = "aws ec2 authorize-security-group-ingress --protocol tcp --port 23 --cidr 0.0.0.0/0"
        subprocess.run(
            [*words.split(), "--group-id", self.group],
            env=self.applied.env,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )
        self.assertTrue(self.is_open(23))
        self.applied.apply()
        self.assertFalse(self.is_open(23))

    def test_a_changed_tag_is_shown_and_set_right(self):
        self.set_tag("tier", "web")
        plan = self.applied.run("plan").out
        self.assertIn('tags.tier  -> "data"', plan)
        controller = self.controller(self.applied)
        harness.wait_until(lambda: self.tags()["tier"] == "data", "the tag to be set right")
        controller.stop()

    def test_observing_only_tells(self):
        self.open_port(22)
        controller = self.controller(self.applied, "1s", "--mode", "observe")
        harness.wait_until(lambda: self.phase(controller) == "Drifted", "it to be seen")
        runs = controller.status()["counters"]["runs"]
        harness.wait_until(
            lambda: controller.status()["counters"]["runs"] >= runs + 2, "two further looks"
        )
        controller.stop()
        self.assertTrue(self.is_open(22))

    def test_a_group_deleted_by_hand_comes_back(self):
        self.ec2("DeleteSecurityGroup", GroupId=self.group)
        self.assertEqual(self.applied.changes(), {"securityGroups.db": "create"})
        controller = self.controller(self.applied)
        new = harness.wait_until(lambda: self.id_of("securityGroups.db"), "the group to be back")
        self.assertNotEqual(new, self.group)
        harness.wait_until(lambda: self.phase(controller) == "Synced", "it to be synced")
        controller.stop()
        self.assertEqual(len(wire.rules_of(self.world.port, new)), 1)
        self.assert_unchanged(self.applied)

    def test_replacing_and_deleting_wait_for_apply(self):
        controller = self.controller(self.applied)
        self.applied.edit(("description: Databases", "description: All databases"))
        harness.wait_until(lambda: "manifest changed" in controller.text(), "the edit to be seen")
        harness.wait_until(lambda: self.phase(controller) == "Drifted", "it to wait for apply")
        runs = controller.status()["counters"]["runs"]
        harness.wait_until(
            lambda: controller.status()["counters"]["runs"] >= runs + 2, "two further looks"
        )
        self.assertEqual(self.id_of("securityGroups.db"), self.group)
        controller.stop()
        self.assertEqual(self.applied.changes(), {"securityGroups.db": "replace"})

        text = self.applied.path.read_text()
        self.applied.path.write_text(text[: text.index("securityGroups:")])
        controller = self.controller(self.applied)
        runs = controller.status()["counters"]["runs"]
        harness.wait_until(
            lambda: controller.status()["counters"]["runs"] >= runs + 2, "two further looks"
        )
        self.assertEqual(self.id_of("securityGroups.db"), self.group)
        controller.stop()
        self.applied.apply()
        self.assertIsNone(self.id_of("securityGroups.db"))

    def test_what_someone_keeps_changing_back_is_left_alone(self):
        controller = self.controller(self.applied)
        for _ in range(3):
            self.set_tag("tier", "web")
            harness.wait_until(lambda: self.tags()["tier"] == "data", "the tag to be set right")
            harness.wait_until(lambda: self.phase(controller) == "Synced", "it to be synced")
        self.set_tag("tier", "web")
        harness.wait_until(lambda: self.phase(controller) == "Contested", "it to be contested")
        runs = controller.status()["counters"]["runs"]
        harness.wait_until(
            lambda: controller.status()["counters"]["runs"] >= runs + 2, "two further looks"
        )
        self.assertEqual(self.tags()["tier"], "web")
        note = controller.phase("securityGroups.db")[1]
        self.assertIn("someone else", note)
        self.assertIn("tier", note)
        controller.stop()

    def test_an_edited_manifest_is_carried_out_by_the_running_controller(self):
        controller = self.controller(self.applied)
        self.applied.edit(("port: 3306", "port: 5432"))
        harness.wait_until(
            lambda: [r[1] for r in wire.rules_of(self.world.port, self.group)] == ["5432"],
            "the new port to be the only one",
        )
        controller.stop()

    def test_orders_are_taken_from_who_may_read_the_key_beside_the_state(self):
        controller = self.controller(self.applied)
        key_file = self.applied.state / "state.db.orders"
        self.assertEqual(stat.S_IMODE(key_file.stat().st_mode), 0o600)

        def order(what, key):
            request = urllib.request.Request(controller.base + "/v1/" + what, b"", method="POST")
            if key:
                request.add_header("Authorization", "Bearer " + key)
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    return reply.status
            except urllib.error.HTTPError as refusal:
                return refusal.code

        self.assertEqual(order("pause", None), 403)
        self.assertEqual(order("pause", "0" * 64), 403)
        self.assertFalse(controller.status()["paused"])
        self.assertEqual(order("pause", key_file.read_text()), 202)
        harness.wait_until(lambda: controller.status()["paused"], "the controller to pause")
        self.assertEqual(order("resume", key_file.read_text()), 202)
        harness.wait_until(lambda: not controller.status()["paused"], "the controller to go on")
        controller.stop()
        self.assertFalse(key_file.exists())

    def test_apply_says_who_holds_the_state(self):
        controller = self.controller(self.applied)
        run = self.applied.run("apply", "--yes", code=4)
        self.assertIn("controller", run.err)
        controller.stop()
        self.assert_unchanged(self.applied)


if __name__ == "__main__":
    harness.main()
