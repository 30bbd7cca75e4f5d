#!/usr/bin/env python3
"""Terraform with the AWS provider 5.100 against the simulator, unchanged.

The simulator is only worth testing against if AWS's most used client cannot tell it from AWS for
the kinds it has: apply, an empty second plan, a change in place, an empty plan, destroy, and
nothing left. Exit status 77 when Terraform or the provider is not installed.
"""
import glob
import json
import os
import shutil
import subprocess
import time
import zipfile

import peers_support as peers

PROVIDER = "registry.terraform.io/hashicorp/aws/5.100.*"
MIRRORS = [os.environ.get("TF_PLUGIN_MIRROR", ""), "/opt/tf-plugins",
           "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins",
           os.path.expanduser("~/.terraform.d/plugins")]


def find_mirror():
    for folder in MIRRORS:
        if folder and glob.glob(os.path.join(folder, PROVIDER, "*", "terraform-provider-aws*")):
            return folder
    return None


class Terraform:
    def __init__(self, folder, endpoint, mirror):
        shutil.copy(os.path.join(peers.HERE, "terraform", "main.tf"), folder)
        self.folder = folder
        package = os.path.join(folder, "package.zip")
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("reader.py", "def handler(event, context):\n    return 'ok'\n")
        settings = os.path.join(folder, "terraform.rc")
        with open(settings, "w", encoding="utf-8") as file:
            file.write('provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n'
                       % mirror)
        self.variables = ["-var", "endpoint=" + endpoint, "-var", "package=" + package,
                          "-var", "password=" + peers.PASSWORD]
        self.env = peers.clean_environment(
            AWS_ACCESS_KEY_ID=peers.KEY_ID, AWS_SECRET_ACCESS_KEY=peers.SECRET, HOME=folder,
            TF_CLI_CONFIG_FILE=settings, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")

    def run(self, *arguments, statuses=(0,), team=None):
        variables = self.variables + ["-var", "team=" + team] if team else []
        started = time.monotonic()
        done = subprocess.run(["terraform", *arguments, *variables], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=900)
        words = done.stdout.decode("utf-8", "replace")
        print(f"terraform {arguments[0]}: exit {done.returncode} "
              f"({time.monotonic() - started:.0f}s)", flush=True)
        peers.expect(done.returncode in statuses, words)
        return words


def main():
    mirror = find_mirror()
    if not mirror or not shutil.which("terraform"):
        peers.skip("no terraform, or no folder with " + PROVIDER)
    with peers.folder() as folder, peers.simulator(scale=600) as aws:
        terraform = Terraform(folder, aws, mirror)
        terraform.run("init", "-input=false", "-no-color")
        flags = ["-input=false", "-no-color"]
        words = terraform.run("apply", "-auto-approve", *flags, team="data-science")
        peers.expect("Apply complete!" in words, words)
        print([line for line in words.splitlines() if line.startswith("Apply complete!")][0])
        terraform.run("plan", "-detailed-exitcode", *flags, team="data-science")
        words = terraform.run("apply", "-auto-approve", *flags, team="analysts")
        peers.expect("0 added" in words and "0 destroyed" in words, words)
        print([line for line in words.splitlines() if line.startswith("Apply complete!")][0])
        terraform.run("plan", "-detailed-exitcode", *flags, team="analysts")
        words = terraform.run("destroy", "-auto-approve", *flags, team="analysts")
        peers.expect("Destroy complete!" in words, words)
        with open(os.path.join(folder, "terraform.tfstate"), encoding="utf-8") as file:
            peers.expect(json.load(file)["resources"] == [], "the state still holds resources")


if __name__ == "__main__":
    main()
