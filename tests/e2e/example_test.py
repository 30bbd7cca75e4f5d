"""Every example lints clean, and what its plan says on an empty account is what its folder shows.

PLUMBLINE_ACCEPT=1 writes the text anew.
"""

import os
import re
import subprocess
import unittest

import harness


def stable(plan):
    """The size of packed code depends on the compression library; the rest does not change."""
    return re.sub(r"\(\d+ bytes\)", "(N bytes)", plan)


class Example(harness.WorldCase):
    maxDiff = None

    def test_the_plan_is_the_one_shown(self):
        for example in harness.EXAMPLES:
            with self.subTest(example.name):
                stack = self.stack(example=example)
                plan = self.plan_in(stack.folder, stack.env)
                shown = example / "expected-plan.txt"
                if os.environ.get("PLUMBLINE_ACCEPT"):
                    shown.write_text(plan)
                self.assertEqual(stable(plan), stable(shown.read_text()))
                again = self.plan_in(stack.folder, stack.env)
                self.assertEqual(plan, again, "two looks at the same world")

    def plan_in(self, folder, env):
        """What a person sees who stands beside the manifest: places without a folder."""
        command = [harness.BINARY, "plan", "manifest.yaml"]
        return subprocess.run(
            command, cwd=folder, env=env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def test_it_lints_without_a_finding(self):
        for example in harness.EXAMPLES:
            with self.subTest(example.name):
                run = self.stack(example=example).run("lint")
                self.assertIn("no findings", run.out)

    def test_comments_and_settings_decide_what_is_found(self):
        stack = self.stack()
        text = stack.path.read_text()
        bare = "\n".join(l for l in text.split("\n") if "plumbline:ignore" not in l)
        self.assertNotEqual(text, bare)
        stack.path.write_text(bare)
        found = stack.run("lint", code=1).out
        self.assertIn("warning[DB012]", found)
        settings = stack.path.parent / "plumbline.yaml"
        settings.write_text("rules: { DB012: off, PX016: error }\n")
        found = stack.run("lint", code=1).out
        self.assertNotIn("DB012", found)
        self.assertIn("error[PX016]", found)

    def test_lint_needs_neither_the_password_nor_aws(self):
        stack = self.stack()
        for name in list(stack.env):
            if name.startswith("AWS_") or name == "DB_PASSWORD":
                del stack.env[name]
        stack.run("lint")

    def test_a_mistake_is_shown_at_its_place_before_any_call(self):
        stack = self.stack()
        stack.edit(("memorySize: 256", "memorySise: 256"))
        run = stack.run("plan", code=1)
        line = 1 + stack.path.read_text().split("\n").index("    memorySise: 256")
        self.assertIn(f"manifest.yaml:{line}:", run.err)
        self.assertIn("memorySize", run.err, "the word that was meant")

    def test_the_seed_mistake_is_refused_by_lint(self):
        """The database's group admits only the functions, so the proxy is shut out."""
        stack = self.stack()
        rule = "ingress: [{ port: 3306, from: [%s, bastion] }]"
        stack.edit((rule % "proxy", rule % "lambda"))
        run = stack.run("lint", code=1)
        self.assertIn("dbInstances.app", run.out + run.err)


class Examples(unittest.TestCase):
    def test_every_example_has_its_story(self):
        for folder in harness.EXAMPLES:
            for name in ("manifest.yaml", "README.md", "expected-plan.txt"):
                self.assertTrue((folder / name).is_file(), folder / name)


if __name__ == "__main__":
    harness.main()
