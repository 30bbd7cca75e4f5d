"""Apply reaches what the manifest says and then has nothing more to do; destroy leaves nothing.

usage: converge_test.py simulator|moto
"""

import json
import re
import unittest
import urllib.parse

import harness
import wire

WORLD = harness.world_of_arguments()

GROUPS_THAT_NAME_EACH_OTHER = """\
stack: two-groups
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
securityGroups:
  left:
    vpc: main
    description: One side
    ingress: [{ port: 5000, from: right }]
    egress: [{ port: 6000, to: right }]
  right:
    vpc: main
    description: The other side
    ingress: [{ port: 6000, from: left }]
    egress: [{ port: 5000, to: left }]
"""

# The database waits for its secret, and the secret's value holds the database's endpoint.
A_SECRET_AND_ITS_DATABASE = """\
stack: knot
region: ap-northeast-1
inputs:
  dbPassword: { env: DB_PASSWORD, sensitive: true }
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.1.1.0/24, availabilityZone: ap-northeast-1a }
  c: { vpc: main, cidrBlock: 10.1.2.0/24, availabilityZone: ap-northeast-1c }
dbSubnetGroups:
  app: { dbSubnetGroupDescription: Two zones, subnets: [a, c] }
securityGroups:
  db: { vpc: main, description: Databases }
dbInstances:
  app:
    engine: mysql
    dbInstanceClass: db.t3.micro
    allocatedStorage: 20
    storageEncrypted: true
    masterUsername: admin
    masterUserPassword: '${inputs.dbPassword}'
    dbSubnetGroup: app
    securityGroups: [db]
    skipFinalSnapshot: true
    dependsOn: [secrets.app]
secrets:
  app:
    secretString:
      username: admin
      password: '${inputs.dbPassword}'
      host: '${dbInstances.app.endpoint}'
    forceDelete: true
"""


class Converge(harness.WorldCase):
    world_class = WORLD

    def assert_settled(self, stack):
        """Nothing to plan and nothing to apply."""
        self.assertEqual(stack.changes(), {})
        self.assert_unchanged(stack)

    def applied(self, *args, **more):
        stack = self.stack(*args, **more)
        result = stack.apply()
        self.assertTrue(result["complete"], result)
        return stack

    def change(self, stack, expected, *edits):
        """Edits, sees exactly `expected` planned, applies it, and has nothing left to do."""
        stack.edit(*edits)
        self.assertEqual(stack.changes(), expected)
        stack.apply()
        self.assert_settled(stack)

    def id_of(self, address):
        found = wire.inventory(self.world.port)
        ids = [k[1] for k, tags in found.items() if tags.get(wire.ADDRESS_TAG) == address]
        self.assertEqual(len(ids), 1, f"{address}: {ids}")
        return ids[0]

    def test_the_example_converges_and_is_destroyed_without_a_trace(self):
        tap = wire.Tap(self.world.port)
        self.addCleanup(tap.close)
        stack = self.stack(port=tap.port)
        first = stack.apply()
        self.assertTrue(first["complete"])
        self.assertEqual(len(self.owned()), 20)
        self.assertEqual(first["mutations"], len(tap.mutations()), tap.mutations())
        self.assertEqual(first["reads"] + first["mutations"], len(tap.asked))

        tap.asked.clear()
        second = stack.apply()
        self.assertTrue(second["complete"])
        self.assertEqual(tap.mutations(), [])
        self.assertEqual(second["mutations"], 0)
        self.assertLessEqual(second["reads"], 25, "a look should be batched")

        destroyed = stack.destroy()
        self.assertTrue(destroyed["complete"], destroyed)
        self.assert_nothing_left()
        self.assertIn("Nothing is recorded", stack.run("status").out)
        self.assertEqual(stack.destroy()["mutations"], 0)

    def test_a_plan_asks_and_changes_nothing(self):
        tap = wire.Tap(self.world.port)
        self.addCleanup(tap.close)
        stack = self.stack(port=tap.port)
        stack.run("plan", "--detailed-exitcode", code=2)
        stack.run("plan")
        self.assertEqual(tap.mutations(), [])
        self.assertEqual(set(wire.inventory(self.world.port)), self.before)

    def test_edits_are_carried_out_and_nothing_else(self):
        stack = self.applied()
        with self.subTest("a rule more"):
            self.change(
                stack,
                {"securityGroups.db": "update"},
                ("ingress: [{ port: 3306, from: [proxy, bastion] }]",
                 "ingress: [{ port: 3306, from: [proxy, bastion] }, "
                 "{ port: 5432, from: 10.0.9.0/24 }]"),
            )
            self.assertIn(
                ("tcp", "5432", "5432", "10.0.9.0/24"),
                wire.rules_of(self.world.port, self.id_of("securityGroups.db")),
            )
        with self.subTest("a rule less"):
            self.change(
                stack, {"securityGroups.db": "update"}, (", { port: 5432, from: 10.0.9.0/24 }", "")
            )
            self.assertEqual(
                len(wire.rules_of(self.world.port, self.id_of("securityGroups.db"))), 2
            )
        with self.subTest("more memory"):
            self.change(
                stack, {"functions.reader": "update"}, ("memorySize: 256", "memorySize: 512")
            )
            found = wire.Client(self.world.port).functions("GET", "/2015-03-31/functions/")
            self.assertEqual(found["Functions"][0]["MemorySize"], 512)
        with self.subTest("another value of a secret"):
            self.change(
                stack,
                {"secrets.app-db": "update"},
                ("      dbInstanceIdentifier: app\n    forceDelete",
                 "      dbInstanceIdentifier: app\n      note: hello\n    forceDelete"),
            )
            value = wire.Client(self.world.port).secrets(
                "GetSecretValue", SecretId="lambda_rds_proxy"
            )
            self.assertEqual(json.loads(value["SecretString"])["note"], "hello")
        with self.subTest("another tag"):
            tagged = {a for a in self.owned() if not a.startswith("?")}
            self.change(
                stack, {a: "update" for a in tagged}, ("team: data-science", "team: platform")
            )
            found = wire.inventory(self.world.port)
            teams = {tags["team"] for tags in found.values() if wire.OWNED_TAG in tags}
            self.assertEqual(teams, {"platform"})
        stack.destroy()
        self.assert_nothing_left()

    def test_new_code_is_uploaded(self):
        stack = self.applied()
        functions = wire.Client(self.world.port).functions
        before = functions("GET", "/2015-03-31/functions/")["Functions"][0]["CodeSha256"]
        with open(stack.folder / "src" / "reader.py", "a") as code:
            code.write("# A further line.\n")
        self.assertEqual(stack.changes(), {"functions.reader": "update"})
        stack.apply()
        self.assert_settled(stack)
        after = functions("GET", "/2015-03-31/functions/")["Functions"][0]["CodeSha256"]
        self.assertNotEqual(before, after)

    @unittest.skipIf(WORLD is harness.Moto, "moto has no ModifyDBProxyTargetGroup")
    def test_a_share_of_connections_is_changed(self):
        stack = self.applied()
        self.change(
            stack,
            {"dbProxies.app": "update"},
            ("maxConnectionsPercent: 100", "maxConnectionsPercent: 60"),
        )
        reply = wire.Client(self.world.port).query(
            "rds", "DescribeDBProxyTargetGroups", DBProxyName="app"
        )
        self.assertEqual(next(reply.iter("MaxConnectionsPercent")).text, "60")

    def test_a_bastion_is_made_changed_and_unmade(self):
        stack = self.applied((harness.MANIFESTS / "bastion.yaml").read_text())
        self.assert_settled(stack)
        instance = self.id_of("instances.bastion")
        with self.subTest("a policy's new version"):
            self.change(
                stack,
                {"policies.sessions": "update"},
                ("'ssmmessages:*'", "ssmmessages:OpenDataChannel"),
            )
        with self.subTest("the profile's role"):
            self.change(
                stack, {"instanceProfiles.bastion": "update"}, ("role: bastion }", "role: guest }")
            )
        with self.subTest("the type, for which it stops"):
            self.change(stack, {"instances.bastion": "update"}, ("t3.micro", "t3.small"))
        # moto wants user data encoded twice here, which AWS would store that way.
        if WORLD is not harness.Moto:
            with self.subTest("what it is told at its start"):
                self.change(stack, {"instances.bastion": "update"}, ("echo hello", "echo good day"))
        self.assertEqual(self.id_of("instances.bastion"), instance)
        stack.destroy()
        self.assert_nothing_left()

    def test_another_name_replaces(self):
        stack = self.applied()
        self.change(
            stack,
            {"functions.reader": "replace"},
            ("functionName: lambda-rds-proxy-reader", "functionName: the-reader"),
        )
        found = wire.inventory(self.world.port)
        self.assertEqual([n for t, n in found if t == "function"], ["the-reader"])

    def test_a_removed_block_is_deleted(self):
        stack = self.applied()
        text = stack.path.read_text()
        begin, end = text.index("\nfunctions:"), text.index("\nconnections:")
        text = text[:begin] + text[end:].replace(
            "  - { from: functions.reader, to: dbProxies.app }\n", ""
        )
        stack.path.write_text(text)
        self.assertEqual(stack.changes(), {"functions.reader": "delete"})
        stack.apply()
        self.assert_settled(stack)
        self.assertNotIn("functions.reader", self.owned())
        stack.destroy()
        self.assert_nothing_left()

    def test_a_removed_database_is_kept(self):
        """Data outlives the text: taking the block away is not a decision to lose rows."""
        stack = self.applied(A_SECRET_AND_ITS_DATABASE)
        text = stack.path.read_text()
        begin, end = text.index("dbInstances:"), text.index("secrets:")
        text = text[:begin] + text[end:].replace("      host: '${dbInstances.app.endpoint}'\n", "")
        stack.path.write_text(text)
        stack.run("apply", "--yes", code=None)
        self.assertIn("dbInstances.app", self.owned())

    def test_what_a_database_rests_on(self):
        stack = self.applied((harness.MANIFESTS / "data.yaml").read_text())
        self.assert_settled(stack)
        self.assertEqual(len(self.owned()), 11)
        self.change(
            stack,
            {"kmsKeys.app": "update", "logGroups.reader": "update", "dbParameterGroups.app": "update"},
            ("description: Data of the app", "description: Data"),
            ("aliases: [alias/app]", "aliases: [alias/app, alias/data]"),
            ("retentionInDays: 14", "retentionInDays: 30"),
            ("slow_query_log: 1", "slow_query_log: 0, long_query_time: 2"),
        )
        stack.destroy()
        self.assert_nothing_left()

    @unittest.skipIf(WORLD is harness.Moto, "moto has no endpoints of proxies")
    def test_a_proxy_with_two_endpoints_and_a_password_that_rds_keeps(self):
        stack = self.stack((harness.MANIFESTS / "endpoints.yaml").read_text())
        (stack.folder / "src").mkdir()
        (stack.folder / "src" / "reader.py").write_text("def handler(event, context):\n    return 1\n")
        stack.run("lint")
        self.assertTrue(stack.apply()["complete"])
        self.assert_settled(stack)
        self.change(
            stack,
            {"dbProxyEndpoints.tools": "update", "functions.reader": "update"},
            ("securityGroups: [tools] }", "securityGroups: [tools, proxy] }"),
            ("reservedConcurrentExecutions: 20", "reservedConcurrentExecutions: 10"),
        )
        stack.destroy()
        self.assert_nothing_left()

    def test_groups_that_name_each_other(self):
        stack = self.applied(GROUPS_THAT_NAME_EACH_OTHER)
        self.assert_settled(stack)
        left, right = self.id_of("securityGroups.left"), self.id_of("securityGroups.right")
        self.assertEqual(wire.rules_of(self.world.port, left), [("tcp", "5000", "5000", right)])
        self.assertEqual(wire.rules_of(self.world.port, right), [("tcp", "6000", "6000", left)])
        stack.destroy()
        self.assert_nothing_left()

    def test_the_ways_in_and_out_of_a_network(self):
        stack = self.applied(harness.manifest("network.yaml"))
        self.assert_settled(stack)
        self.assertEqual(len(self.owned()), 9)
        self.change(
            stack,
            {"routeTables.private": "update"},
            ("routes: [{ destination: 0.0.0.0/0, natGateway: main }]",
             "routes: [{ destination: 0.0.0.0/0, gateway: main }]"),
        )
        self.change(
            stack,
            {"networkAcls.private": "update"},
            ("port: 3306, from", "port: 5432, from"),
        )
        stack.destroy()
        self.assert_nothing_left()

    def test_networks_of_two_accounts_that_are_peered(self):
        text = harness.manifest("peering.yaml")
        if WORLD is harness.Moto:  # It knows no groups of other accounts.
            text = text.replace("[clients, 10.1.1.0/24]", "10.1.1.0/24")
        stack = self.applied(text)
        self.assert_settled(stack)
        self.assertEqual(self.peerings(), ["active", "active"])
        with self.subTest("an option of one side"):
            self.change(
                stack,
                {"vpcPeeringConnections.tools": "update"},
                ("allowDnsResolutionFromRemoteVpc: true", "allowDnsResolutionFromRemoteVpc: false"),
            )
        with self.subTest("another destination"):
            self.change(
                stack,
                {"routeTables.data": "update"},
                ("{ destination: 10.1.0.0/16, vpcPeeringConnection: data }",
                 "{ destination: 10.1.1.0/24, vpcPeeringConnection: data }"),
            )
        with self.subTest("an option of the other account's side"):
            self.change(
                stack,
                {"vpcPeeringAccepters.data": "update"},
                ("{ account: data, vpcPeeringConnection: data }",
                 "{ account: data, vpcPeeringConnection: data, allowDnsResolutionFromRemoteVpc: true }"),
            )
        self.assertEqual(self.peerings(), ["active", "active"])
        self.assertTrue(stack.destroy()["complete"])
        self.assert_nothing_left()
        self.assertEqual(set(self.peerings()), {"deleted"})

    @unittest.skipIf(WORLD is harness.Moto, "moto peers networks of the same range")
    def test_a_peering_that_fails_says_why(self):
        stack = self.stack(
            "stack: overlap\nregion: ap-northeast-1\nvpcs:\n"
            "  a: { cidrBlock: 10.1.0.0/16 }\n  b: { cidrBlock: 10.1.0.0/16 }\n"
            "vpcPeeringConnections:\n"
            "  # plumbline:ignore NW011: to see what EC2 says\n"
            "  ab: { vpc: a, peerVpc: b }\n"
        )
        run = stack.run("apply", "--yes", code=None)
        self.assertNotEqual(run.code, 0)
        self.assertIn("overlap", run.out + run.err)
        stack.destroy()
        self.assert_nothing_left()

    def peerings(self):
        """The states of all peerings that are visible."""
        found = wire.Client(self.world.port).query("ec2", "DescribeVpcPeeringConnections")
        return sorted(code.text for code in found.iterfind(".//status/code"))

    def test_a_secret_and_a_database_that_name_each_other(self):
        stack = self.applied(A_SECRET_AND_ITS_DATABASE)
        self.assert_settled(stack)
        value = json.loads(
            wire.Client(self.world.port).secrets("GetSecretValue", SecretId="app")["SecretString"]
        )
        self.assertEqual(value["password"], harness.PASSWORD)
        self.assertTrue(value["host"].startswith("app."), value["host"])
        stack.destroy()
        self.assert_nothing_left()


class WithoutAPassword(harness.WorldCase):
    world_class = WORLD
    region = "us-east-2"

    def test_the_function_logs_in_with_its_role(self):
        stack = self.stack(example=harness.EXAMPLE.parent / "lambda-rds-proxy-iam")
        self.assertTrue(stack.apply()["complete"])
        self.assertEqual(stack.changes(), {})
        self.assert_unchanged(stack)
        self.assertEqual(len(self.owned()), 15)

        client = wire.Client(self.world.port, self.region)
        proxy = client.query("rds", "DescribeDBProxies").find(".//DBProxies/member")
        self.assertEqual(proxy.findtext("RequireTLS"), "true")
        self.assertEqual(proxy.findtext("Auth/member/IAMAuth"), "REQUIRED")
        proxy_id = re.split("[:/]", proxy.findtext("DBProxyArn"))[-1]
        document = self.document(client, "gmao-connect")
        self.assertTrue(
            document["Statement"][0]["Resource"].endswith(f":dbuser:{proxy_id}/admin"), document
        )
        function = client.functions("GET", "/2015-03-31/functions/gmao-contacts")
        self.assertNotIn(harness.PASSWORD, json.dumps(function))
        stack.destroy()
        self.assert_nothing_left()

    def document(self, client, name):
        policies = client.query("iam", "ListPolicies", Scope="Local").iter("member")
        policy = next(each for each in policies if each.findtext("PolicyName") == name)
        version = client.query(
            "iam",
            "GetPolicyVersion",
            PolicyArn=policy.findtext("Arn"),
            VersionId=policy.findtext("DefaultVersionId"),
        )
        return json.loads(urllib.parse.unquote(next(version.iter("Document")).text))


if __name__ == "__main__":
    harness.main()
