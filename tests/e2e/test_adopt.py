#!/usr/bin/env python3
"""A world that Terraform built comes under management, against moto.

From Terraform's state and from discovery: the manifest that is written plans nothing but taking
over, the first plan afterwards is empty, no secret is in any file of ours, and who destroys the
world then, Terraform or we, leaves nothing. Exit status 77 when a peer is not installed.
"""
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.request

import peers_support as peers
import test_terraform

REGION = "eu-west-3"
HERE = os.path.dirname(os.path.abspath(__file__))
IMPORTS = 11  # network, 2 subnets, 3 groups, role, secret, subnet group, database, proxy


class World:
    """moto with what Terraform made in it."""

    def __init__(self, folder, mirror):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(self.port)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        peers.wait_until(self.is_up, 60, "moto_server")
        self.folder = folder
        shutil.copy(os.path.join(HERE, "terraform", "adopt", "main.tf"), folder)
        settings = os.path.join(folder, "terraform.rc")
        with open(settings, "w", encoding="utf-8") as file:
            file.write('provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n'
                       % mirror)
        self.env = peers.clean_environment(
            AWS_ACCESS_KEY_ID=peers.KEY_ID, AWS_SECRET_ACCESS_KEY=peers.SECRET, HOME=folder,
            TF_CLI_CONFIG_FILE=settings, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        self.terraform("init")
        self.terraform("apply", "-auto-approve")
        self.state = os.path.join(folder, "terraform.tfstate")
        with open(self.state, encoding="utf-8") as file:
            self.vpc = re.search(r'"id": "(vpc-[0-9a-f]+)"', file.read()).group(1)

    def is_up(self):
        try:
            with urllib.request.urlopen(self.endpoint + "/moto-api/data.json", timeout=5):
                return True
        except OSError:
            return False

    def terraform(self, command, *flags):
        variables = [] if command == "init" else [
            "-var", "endpoint=" + self.endpoint, "-var", "password=" + peers.PASSWORD]
        done = subprocess.run(
            ["terraform", command, "-input=false", "-no-color", *flags, *variables],
            cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=600)
        words = done.stdout.decode("utf-8", "replace")
        print(f"terraform {command}: exit {done.returncode}", flush=True)
        peers.expect(done.returncode == 0, words)
        return words

    def run(self, *arguments, status=0, **env):
        ended = peers.run(arguments, peers.environment(self.endpoint, AWS_REGION=REGION, **env),
                          folder=self.folder)
        peers.expect(ended.status == status, ended)
        return ended

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def secret_variable(folder, manifest):
    with open(os.path.join(folder, manifest), encoding="utf-8") as file:
        return re.search(r"env: (\w+)", file.read()).group(1)


def expect_no_secret(folder):
    for path in glob.glob(os.path.join(folder, "*.yaml")) + glob.glob(
            os.path.join(folder, ".plumbline", "*")):
        with open(path, "rb") as file:
            peers.expect(peers.PASSWORD.encode() not in file.read(), "a secret is in " + path)


def from_state(world):
    """Adopted from the state file; we destroy it."""
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", status=1)
    peers.expect("is not set, so nothing was taken over" in ended.err, ended)
    peers.expect("aws_sqs_queue.jobs: no kind here stands for aws_sqs_queue" in ended.out, ended)
    with open(os.path.join(world.folder, "adopted.yaml"), encoding="utf-8") as file:
        text = file.read()
    print(text)
    peers.expect(text.count("- { to: ") == IMPORTS, text)
    peers.expect("vpc: main" in text and "role: proxy" in text, text)
    # One that is there is never written over.
    world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", status=64)
    password = {secret_variable(world.folder, "adopted.yaml"): peers.PASSWORD}
    os.remove(os.path.join(world.folder, "adopted.yaml"))
    ended = world.run("adopt", "terraform.tfstate", "--out", "adopted.yaml", "--yes", **password)
    peers.expect(f"Proven: taking over {IMPORTS} resources changes nothing" in ended.out, ended)
    ended = world.run("plan", "adopted.yaml", "--detailed-exitcode", **password)
    peers.expect("No changes." in ended.out, ended)
    expect_no_secret(world.folder)
    # What is ours is nobody else's.
    refused = world.run("import", "--discover", "--vpc", world.vpc, "--out", "again.yaml", status=1)
    peers.expect("it is owned by the stack" in refused.out, refused)
    world.run("destroy", "adopted.yaml", "--yes", **password)
    words = world.terraform("destroy", "-auto-approve")  # finds all of it gone but the queue
    peers.expect("1 destroyed" in words, words)


def from_discovery(world):
    """Adopted by what belongs to the network; Terraform destroys it."""
    ended = world.run("import", "--discover", "--vpc", world.vpc, "--out", "found.yaml",
                      "--stack", "found")
    peers.expect(f"Plan: {IMPORTS} to import" in ended.out, ended)
    peers.expect("changes nothing but their owner tags" in ended.out, ended)
    password = {secret_variable(world.folder, "found.yaml"): peers.PASSWORD}
    world.run("apply", "found.yaml", "--yes", **password)
    ended = world.run("plan", "found.yaml", "--detailed-exitcode", **password)
    peers.expect("No changes." in ended.out, ended)
    expect_no_secret(world.folder)
    words = world.terraform("destroy", "-auto-approve")
    peers.expect("Destroy complete!" in words, words)


def one_by_one(world):
    """One object of a manifest that declares more."""
    manifest = os.path.join(world.folder, "one.yaml")
    with open(manifest, "w", encoding="utf-8") as file:
        file.write(f"stack: one\nregion: {REGION}\nvpcs:\n  net: {{ cidrBlock: 10.0.0.0/16 }}\n"
                   "subnets:\n  new: { vpc: net, cidrBlock: 10.0.9.0/24 }\n")
    flags = ["one.yaml", "--yes", "--state", "one/state.db"]
    ended = world.run("import", "vpcs.net", world.vpc, *flags)
    peers.expect("1 to import" in ended.out, ended)
    ended = world.run("plan", "one.yaml", "--state", "one/state.db")
    peers.expect("Plan: 1 to create; 1 unchanged." in ended.out, ended)
    ended = world.run("import", "vpcs.other", world.vpc, *flags, status=1)
    peers.expect("There is no `vpcs.other`" in ended.err, ended)


def main():
    mirror = test_terraform.find_mirror()
    if not mirror or not shutil.which("terraform") or not shutil.which("moto_server"):
        peers.skip("no terraform with its AWS provider, or no moto_server")
    suite = peers.Suite()
    for case in (from_state, from_discovery, one_by_one):
        with peers.folder() as folder:
            world = World(folder, mirror)
            try:
                suite.case(case.__name__, case, world)
            finally:
                world.close()
    suite.finish()


if __name__ == "__main__":
    main()
