#!/usr/bin/env python3
"""A path that Terraform built comes under management, against moto.

By discovery and from Terraform's state: the manifest that is written plans nothing but taking over,
the first plan afterwards is empty, one changed line plans one change, no secret is in any file of
ours, and what holds data is deleted only after somebody has said so. Terraform is slow, so it
builds one world, which the cases use one after the other. Exit status 77 when a peer is missing.
"""
import glob
import json
import os
import re
import shutil

import harness
import peers_support as peers
import test_terraform
import wire

IMPORTS = 11  # network, 2 subnets, 3 groups, role, secret, subnet group, database, proxy
OUR_TAGS = ["plumbline:" + name for name in ("owner", "intent", "stack", "address")]


class World:
    """moto with what Terraform made in it, and a folder with its state."""

    def __init__(self, folder):
        self.folder = folder
        self.moto = harness.Moto()
        self.endpoint = f"http://127.0.0.1:{self.moto.port}"
        self.client = wire.Client(self.moto.port)

    def build(self):
        terraform = test_terraform.Terraform(self.folder, self.endpoint, "adopt.tf")
        terraform.run("apply", "-auto-approve", team="data")
        with open(os.path.join(self.folder, "terraform.tfstate"), encoding="utf-8") as file:
            self.vpc = re.search(r'"id": "(vpc-[0-9a-f]+)"', file.read()).group(1)

    def run(self, *arguments, status=0, **env):
        ended = peers.run(arguments, peers.environment(self.endpoint, **env), folder=self.folder)
        peers.expect(ended.status == status, ended)
        return ended

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def secret(self, manifest):
        """The one variable that a manifest takes a secret from, with its value."""
        names = re.findall(r"env: (\w+)", self.text(manifest))
        peers.expect(len(names) == 1, names)
        return {names[0]: peers.PASSWORD}

    def disown(self):
        """Our tags go from everything, as if nobody had taken it over."""
        members = {f"TagKeys_member_{i}": key for i, key in enumerate(OUR_TAGS, 1)}
        for (kind, name), tags in wire.inventory(self.moto.port).items():
            if wire.OWNED_TAG not in tags:
                continue
            if kind in ("vpc", "subnet", "group"):
                keys = {f"Tag_{i}_Key": key for i, key in enumerate(OUR_TAGS, 1)}
                self.client.query("ec2", "DeleteTags", ResourceId_1=name, **keys)
            elif kind == "role":
                self.client.query("iam", "UntagRole", RoleName=name, **members)
            elif kind == "secret":
                self.client.secrets("UntagResource", SecretId=name, TagKeys=OUR_TAGS)
        for thing in ("DBInstance", "DBSubnetGroup", "DBProxy"):
            action = "DescribeDBProxies" if thing == "DBProxy" else f"Describe{thing}s"
            for node in self.client.query("rds", action).iter(thing + "Arn"):
                self.client.query("rds", "RemoveTagsFromResource", ResourceName=node.text, **members)
        peers.expect(self.owned() == [], self.owned())

    def owned(self):
        return wire.owned(wire.inventory(self.moto.port))

    def plan(self, manifest, **env):
        """What a plan would change: {address: paths of properties and collections}."""
        ended = self.run("plan", manifest, "--format", "json", **env)
        events = [json.loads(line) for line in ended.out.splitlines()]
        plan = next(event for event in events if event["event"] == "plan")
        return {change["address"]: [change["action"]] + [f["path"] for f in change["fields"]]
                + [c["collection"] for c in change["collections"]]
                for change in plan["changes"] if change["action"] != "none"}

    def expect_one_change(self, manifest, before, after, expected):
        """One line of the manifest is edited: that is planned, and nothing else, and done."""
        password = self.secret(manifest)
        peers.expect(self.plan(manifest, **password) == {}, "the first plan is not empty")
        self.run("plan", manifest, "--detailed-exitcode", **password)
        text = self.text(manifest)
        peers.expect(text.count(before) == 1, text)
        self.write(manifest, text.replace(before, after))
        planned = self.plan(manifest, **password)
        peers.expect(planned == expected, planned)
        self.run("apply", manifest, "--yes", **password)
        peers.expect(self.plan(manifest, **password) == {}, "the plan after it is not empty")

    def expect_no_secret(self):
        ours = glob.glob(os.path.join(self.folder, "*.yaml"))
        for path in ours + glob.glob(os.path.join(self.folder, ".plumbline", "*")):
            with open(path, "rb") as file:
                peers.expect(peers.PASSWORD.encode() not in file.read(), "a secret is in " + path)


def by_discovery(world):
    ended = world.run("import", "--discover", "--vpc", world.vpc, "--out", "found.yaml",
                      "--stack", "found")
    peers.expect(f"Plan: {IMPORTS} to import" in ended.out, ended)
    peers.expect("changes nothing but their owner tags" in ended.out, ended)
    peers.expect(world.owned() == [], "discovery changed something")
    world.run("apply", "found.yaml", "--yes", **world.secret("found.yaml"))
    peers.expect(len(world.owned()) == IMPORTS, world.owned())
    world.expect_one_change("found.yaml", "port: 3306, from: path-app", "port: 3307, from: path-app",
                            {"securityGroups.path-proxy": ["update", "rules"]})
    world.expect_no_secret()


def what_is_owned_is_left_out(world):
    # The state of what was found is beside it, and is another stack's.
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", status=4)
    peers.expect("belongs to the stack found" in ended.err, ended)
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", "--state",
                      "own/state.db", status=1)
    peers.expect(ended.out.count("it is owned by the stack found") == IMPORTS, ended)
    peers.expect("there is nothing to take over" in ended.err, ended)
    peers.expect(not os.path.exists(os.path.join(world.folder, "adopted.yaml")), "it was written")


def from_state(world):
    world.disown()
    shutil.rmtree(os.path.join(world.folder, ".plumbline"))
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", status=1)
    peers.expect("is not set, so nothing was taken over" in ended.err, ended)
    peers.expect("aws_sqs_queue.jobs: no kind here stands for aws_sqs_queue" in ended.out, ended)
    peers.expect("let be as it was found: DB001 of dbInstances.main" in ended.out, ended)
    text = world.text("adopted.yaml")
    peers.expect(text.count("- { to: ") == IMPORTS, text)
    peers.expect("vpc: main" in text and "role: proxy" in text, text)
    # One that is there is never written over.
    world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", status=64)
    password = world.secret("adopted.yaml")
    os.remove(os.path.join(world.folder, "adopted.yaml"))
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", **password)
    peers.expect(f"Proven: taking over {IMPORTS} resources changes nothing" in ended.out, ended)
    peers.expect(len(world.owned()) == IMPORTS, world.owned())
    world.expect_one_change("adopted.yaml", "allocatedStorage: 20", "allocatedStorage: 30",
                            {"dbInstances.main": ["update", "allocatedStorage"]})
    world.expect_no_secret()


def destroyed_once_it_is_let_go(world):
    password = world.secret("adopted.yaml")
    ended = world.run("destroy", "adopted.yaml", "--yes", status=3, **password)
    for holder in ("dbInstances.main", "secrets.db"):
        peers.expect(holder in ended.err and "protected" in ended.err, ended)
    peers.expect(len(world.owned()) == IMPORTS, "something went although data was protected")
    text = world.text("adopted.yaml")
    peers.expect(text.count("protect: true") == 2, text)
    world.write("adopted.yaml", text.replace("protect: true", "protect: false"))
    world.run("apply", "adopted.yaml", "--yes", **password)
    world.run("destroy", "adopted.yaml", "--yes", **password)
    peers.expect(world.owned() == [], world.owned())
    left = wire.inventory(world.moto.port)
    peers.expect(not [key for key in left if key[0] in ("database", "proxy", "secret")], left)


def one_by_one(world):
    """One object of a manifest that declares more."""
    made = world.client.query("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
    vpc = made.findtext("vpc/vpcId")
    world.write("one.yaml", f"stack: one\nregion: {peers.REGION}\n"
                "vpcs:\n  net: { cidrBlock: 10.0.0.0/16 }\n"
                "subnets:\n  new: { vpc: net, cidrBlock: 10.0.9.0/24 }\n")
    flags = ["one.yaml", "--yes", "--state", "one/state.db"]
    ended = world.run("import", "vpcs.net", vpc, *flags)
    peers.expect("1 to import" in ended.out, ended)
    ended = world.run("plan", "one.yaml", "--state", "one/state.db")
    peers.expect("Plan: 1 to create; 1 unchanged." in ended.out, ended)
    ended = world.run("import", "vpcs.other", vpc, *flags, status=1)
    peers.expect("There is no `vpcs.other`" in ended.err, ended)


def main():
    suite = peers.Suite()
    with peers.folder() as folder:
        world = World(folder)
        try:
            world.build()
            for case in (by_discovery, what_is_owned_is_left_out, from_state,
                         destroyed_once_it_is_let_go, one_by_one):
                suite.case(case.__name__, case, world)
        finally:
            world.moto.close()
    suite.finish()


if __name__ == "__main__":
    main()
