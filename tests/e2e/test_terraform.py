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


def find_binaries(mirror):
    return glob.glob(os.path.join(mirror, PROVIDER, "*", "terraform-provider-aws*"))


def find_mirror():
    """A folder of providers that holds ours."""
    return next((folder for folder in MIRRORS if folder and find_binaries(folder)), None)


def make_package(folder):
    package = os.path.join(folder, "package.zip")
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("reader.py", "def handler(event, context):\n    return 'ok'\n")
    return package


class Terraform:
    """Terraform in `folder`, with one root of the folder terraform/ and what the roots share."""

    def __init__(self, folder, endpoint, root, **variables):
        mirror = find_mirror()
        if not mirror or not shutil.which("terraform"):
            peers.skip("no terraform, or no folder with " + PROVIDER)
        for name in ("provider.tf", root):
            shutil.copy(os.path.join(peers.HERE, "terraform", name), folder)
        shutil.copytree(os.path.join(peers.HERE, "terraform", "path"), os.path.join(folder, "path"))
        self.folder = folder
        settings = os.path.join(folder, "terraform.rc")
        # Named like this, the provider is used as it lies there: no `init` digests its 700 MB.
        with open(settings, "w", encoding="utf-8") as file:
            file.write('provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = "%s"\n'
                       "  }\n  direct {}\n}\n" % os.path.dirname(find_binaries(mirror)[0]))
        variables.update(endpoint=endpoint, password=peers.PASSWORD)
        self.variables = [word for name, value in variables.items()
                          for word in ("-var", f"{name}={value}")]
        self.env = peers.clean_environment(
            AWS_ACCESS_KEY_ID=peers.KEY_ID, AWS_SECRET_ACCESS_KEY=peers.SECRET, HOME=folder,
            TF_CLI_CONFIG_FILE=settings, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        self.run("get")

    def run(self, command, *arguments, team=None):
        given = ["-input=false", *self.variables, "-var", "team=" + team] if team else []
        started = time.monotonic()
        done = subprocess.run(
            ["terraform", command, "-no-color", *arguments, *given], cwd=self.folder, env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
        words = done.stdout.decode("utf-8", "replace")
        print(f"terraform {command}: exit {done.returncode} "
              f"({time.monotonic() - started:.0f}s)", flush=True)
        peers.expect(done.returncode == 0, words)
        return words


def main():
    with peers.folder() as folder, peers.simulator(scale=600) as aws:
        terraform = Terraform(folder, aws, "main.tf", package=make_package(folder))
        words = terraform.run("apply", "-auto-approve", team="data-science")
        peers.expect("Apply complete!" in words, words)
        print([line for line in words.splitlines() if line.startswith("Apply complete!")][0])
        terraform.run("plan", "-detailed-exitcode", team="data-science")
        words = terraform.run("apply", "-auto-approve", team="analysts")
        peers.expect("0 added" in words and "0 destroyed" in words, words)
        print([line for line in words.splitlines() if line.startswith("Apply complete!")][0])
        terraform.run("plan", "-detailed-exitcode", team="analysts")
        words = terraform.run("destroy", "-auto-approve", team="analysts")
        peers.expect("Destroy complete!" in words, words)
        with open(os.path.join(folder, "terraform.tfstate"), encoding="utf-8") as file:
            peers.expect(json.load(file)["resources"] == [], "the state still holds resources")


if __name__ == "__main__":
    main()
