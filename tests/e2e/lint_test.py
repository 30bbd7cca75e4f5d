"""Lint as somebody uses it by hand and in CI: settings, comments, baselines and exit statuses; and
the forms for machines as those read them. Microsoft's SARIF Multitool judges the SARIF where
`./dev peers` has installed it."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import harness

try:
    import jsonschema
except ImportError:
    jsonschema = None

BASE = (harness.SOURCE / "tests/golden/planted/base.yaml").read_text()
CLOSED = "    ingress: [{ port: 3306, from: lambda }]\n    egress: [{ port: 3306, to: db }]\n"
OPEN = CLOSED.replace("from: lambda", "from: 0.0.0.0/0")
MULTITOOL = harness.SOURCE / "build/peers/node_modules/@microsoft/sarif-multitool-linux"
# What the Multitool advises and we do not do, by rule and the name of what it says. Everything else that
# it says fails the test.
DECLINED = [
    ("SARIF2002", ""),  # Messages by id and arguments: every reader shows texts, few compose them.
    ("SARIF2003", ""),  # Which commit was judged: lint asks no git.
    ("SARIF2005", "Tool"),  # There is no page about the tool that stays.
    ("SARIF2006", ""),  # The schema's address cannot be asked here.
    ("SARIF2010", ""), ("SARIF2011", ""), ("SARIF2013", ""),  # Texts of files: a secret may stand there.
    ("SARIF2012", "HelpUri"),  # `plumbline explain` is the rule's page.
    ("SARIF2012", "AllViolatedRules"),  # Said of a log without results, which has no rules.
]


class Lint(unittest.TestCase):
    """Everything happens in the folder `infra` of a repository."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        (self.root / ".git").mkdir()
        self.folder = self.root / "infra"
        (self.folder / ".plumbline").mkdir(parents=True)

    def write(self, text, name="stack.yaml"):
        (self.folder / name).write_text(text)

    def lint(self, *flags, code=0, folder=None):
        ended = subprocess.run(
            [harness.BINARY, "lint", *flags], cwd=folder or self.folder, capture_output=True,
            text=True, timeout=60)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return ended

    def opened(self, above="", beside=""):
        """A port that is open to everyone, with comments."""
        self.assertIn(CLOSED, BASE)
        self.write(BASE.replace(CLOSED, above + OPEN.replace("/0 }]", "/0 }]" + beside)))


class Decisions(Lint):
    def test_what_is_known_does_not_count_and_what_is_new_does(self):
        self.opened()
        self.lint("stack.yaml", code=1)
        self.lint("stack.yaml", "--write-baseline", ".plumbline/known.json")
        (self.folder / ".plumbline/lint.yaml").write_text("baseline: known.json\n")
        self.assertIn("1 known from the baseline", self.lint("stack.yaml").stdout)
        self.write((self.folder / "stack.yaml").read_text().replace(
            "requireTls: true", "requireTls: false"))
        told = json.loads(self.lint("stack.yaml", "--format", "json", code=1).stdout)
        self.assertNotIn("SG008", [finding["id"] for finding in told["findings"]])
        self.write(BASE)
        told = json.loads(self.lint("stack.yaml", "--format", "json").stdout)
        self.assertEqual((told["known"], told["gone"]), (0, 1))
        self.assertIn("1 findings of the baseline are gone", self.lint("stack.yaml").stdout)

    def test_a_baseline_knows_no_manifest_that_cannot_be_used(self):
        self.write(BASE.replace("requireTls: true", "requireTls: maybe"))
        self.assertIn("MF004", self.lint("stack.yaml", "--write-baseline", "b.json", code=1).stderr)
        self.assertFalse((self.folder / "b.json").exists())

    def test_a_baseline_that_is_not_there_is_told_where_it_is_named(self):
        self.write(BASE)
        (self.folder / ".plumbline/lint.yaml").write_text("baseline: none.json\n")
        self.assertIn("--> .plumbline/lint.yaml:1:11", self.lint("stack.yaml", code=1).stdout)

    def test_a_threshold_hides_and_does_not_fail(self):
        self.write(BASE.replace("retentionInDays: 30 }", "}"))
        self.assertIn("warning[OP003]", self.lint("stack.yaml", code=1).stdout)
        self.lint("stack.yaml", "--min-severity", "error")
        self.lint("stack.yaml", "--min-severity", "hint", code=64)

    def test_comments_need_a_reason_and_a_future(self):
        self.opened(beside="  # plumbline:ignore SG008: the study")
        self.assertIn("1 left as they are by comments", self.lint("stack.yaml").stdout)
        for beside in ("  # plumbline:ignore SG008", "  # plumbline:ignore SG008 until 2020-01-01: x"):
            self.opened(beside=beside)
            told = self.lint("stack.yaml", code=1).stdout
            self.assertIn("SG008", told)
            self.assertIn("MF008", told)
        self.write(BASE.replace(CLOSED, CLOSED.replace(" }]\n", " }]  # plumbline:ignore SG008: x\n", 1)))
        self.assertIn("`SG008` finds nothing here", self.lint("stack.yaml", code=1).stdout)


class Forms(Lint):
    def report(self, form, code=1, folder=None, path="stack.yaml"):
        return self.lint(path, "--format", form, code=code, folder=folder).stdout

    def faulty(self):
        """An edit, evidence, a comment, something known, something new and a note."""
        self.opened(beside="  # plumbline:ignore SG008: the study")
        text = (self.folder / "stack.yaml").read_text().replace("retentionInDays: 30 }", "}")
        self.write(text)
        self.lint("stack.yaml", "--write-baseline", ".plumbline/known.json")
        (self.folder / ".plumbline/lint.yaml").write_text("baseline: known.json\n")
        self.write(text.replace(
            "Action: secretsmanager:GetSecretValue\n            Resource: '${secrets.app-db",
            "Action: secretsmanager:ListSecrets\n            Resource: '${secrets.app-db"))

    def test_paths_are_told_from_the_root_of_the_repository(self):
        self.faulty()
        for folder, path in ((self.folder, "stack.yaml"), (self.root, "infra/stack.yaml"),
                             (self.folder, str(self.folder / "stack.yaml"))):
            self.assertIn("file=infra/stack.yaml,", self.report("github", folder=folder, path=path))
            self.assertIn('file="infra/stack.yaml"', self.report("junit", folder=folder, path=path))
            run = json.loads(self.report("sarif", folder=folder, path=path))["runs"][0]
            self.assertEqual(run["artifacts"][0]["location"],
                             {"uri": "infra/stack.yaml", "uriBaseId": "%SRCROOT%"})

    def test_sarif_stays_within_what_github_takes(self):
        # "SARIF support for code scanning": runs 20, rules 25,000, tags 20, results 25,000, locations
        # 1,000 a result, 10 MB packed; what it requires of a rule and a result.
        self.faulty()
        log = json.loads(self.report("sarif"))
        self.assertEqual((log["version"], len(log["runs"])), ("2.1.0", 1))
        run = log["runs"][0]
        for rule in run["tool"]["driver"]["rules"]:
            self.assertLessEqual(len(rule["properties"]["tags"]), 20)
            self.assertLessEqual(len(rule["name"]), 255)
            self.assertLessEqual(len(rule["shortDescription"]["text"]), 1024)
            self.assertLessEqual(len(rule["fullDescription"]["text"]), 1024)
            self.assertTrue(rule["help"]["text"])
            severity = rule["properties"].get("security-severity")
            self.assertEqual(severity is not None, "security" in rule["properties"]["tags"])
            self.assertTrue(severity is None or 0 < float(severity) <= 10)
        for result in run["results"]:
            self.assertEqual(run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"], result["ruleId"])
            self.assertTrue(result["message"]["text"])
            self.assertLessEqual(len(result["locations"]), 1000)
            self.assertRegex(result["partialFingerprints"]["primaryLocationLineHash"], r"^[0-9a-f]+:\d+$")
        kinds = {kind["kind"] for result in run["results"] for kind in result.get("suppressions", [])}
        self.assertEqual(kinds, {"inSource", "external"})
        self.assertEqual({result["baselineState"] for result in run["results"]}, {"new", "unchanged"})
        self.assertTrue(any("fixes" in result for result in run["results"]))

    def test_junit_is_what_jenkins_and_gitlab_read(self):
        self.faulty()
        suites = ElementTree.fromstring(self.report("junit"))
        self.assertEqual(suites.tag, "testsuites")
        (suite,) = suites
        cases = suite.findall("testcase")
        self.assertEqual([each.tag for each in suite], ["testcase"] * len(cases))
        for counted in (suites, suite):
            self.assertEqual(int(counted.get("tests")), len(cases))
            self.assertEqual(int(counted.get("failures")), len(suite.findall("testcase/failure")))
            self.assertEqual((counted.get("errors"), counted.get("skipped")), ("0", "0"))
        names = [(case.get("classname"), case.get("name")) for case in cases]
        self.assertEqual(len(names), len(set(names)))
        for case in cases:
            self.assertTrue(case.get("classname") and case.get("name") and case.get("time"))
            self.assertIn([child.tag for child in case], ([], ["failure"], ["system-out"]))

    def logs(self):
        """What lint says of a stack full of decisions, of one that cannot be read, of one without a
        finding, and of one outside of the repository."""
        logs = []
        self.faulty()
        logs.append(self.report("sarif"))
        self.write("stack: s\nvpcs: { main: { cidrBlok: x } }\nfunctons: [\n", "broken.yaml")
        logs.append(self.report("sarif", path="broken.yaml"))
        self.write(BASE, "clean.yaml")
        logs.append(self.report("sarif", path="clean.yaml", code=0))
        outside = self.root.parent / f"{self.root.name}.yaml"
        outside.write_text(BASE.replace("requireTls: true", "requireTls: false"))
        self.addCleanup(outside.unlink)
        return [*logs, self.report("sarif", path=str(outside))]

    def skip_loudly(self, reason):
        print(f"SKIPPED, LOUDLY: nobody else judged the SARIF: {reason}", flush=True)
        self.skipTest(reason)

    def test_sarif_is_as_its_schema_says(self):
        schema = MULTITOOL / "sarif-2.1.0.json"
        if jsonschema is None or not schema.is_file():
            self.skip_loudly("it takes python3-jsonschema, and what `./dev peers` installs")
        rules = json.loads(schema.read_text())
        judge = jsonschema.validators.validator_for(rules)(rules)
        for log in self.logs():
            faults = [(list(fault.path), fault.message) for fault in judge.iter_errors(json.loads(log))]
            self.assertEqual(faults, [])

    def test_sarif_is_as_others_advise(self):
        tool = MULTITOOL / "Sarif.Multitool"
        if not os.access(tool, os.X_OK):
            self.skip_loudly("`./dev peers` installs who can")
        # It wants relative paths; one outside of the repository can have none.
        for number, log in enumerate(self.logs()[:-1]):
            judged, verdict = self.root / f"{number}.sarif", self.root / f"{number}.verdict"
            judged.write_text(log)
            subprocess.run(
                [tool, "validate", judged, "--json-schema", MULTITOOL / "sarif-2.1.0.json",
                 "--level", "Error;Warning;Note", "--kind", "Fail", "--rule-kind", "Sarif;Ghas",
                 "--output", verdict, "--quiet"],
                env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
                capture_output=True, timeout=120)
            (run,) = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"]
            said = [(result["ruleId"], result["message"].get("id", "")) for result in run["results"]]
            # It says nothing at all of what it cannot read.
            self.assertIn("SARIF2003", [rule for rule, _ in said])
            self.assertEqual([(rule, words) for rule, words in said
                              if not any(rule == no and word in words for no, word in DECLINED)], [])


if __name__ == "__main__":
    harness.main()
