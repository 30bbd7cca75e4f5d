"""Plans as files, parts of plans, refreshes and guards: what the command line says and does."""

import json
import sqlite3
import stat
import subprocess
import unittest

import harness
import json_schema
import wire

MANIFEST = """\
stack: planned
region: ap-northeast-1
inputs:
  word: { env: DB_PASSWORD, sensitive: true }
  note: { default: calm }
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
  other: { cidrBlock: 10.2.0.0/16 }
securityGroups:
  db:
    vpc: main
    description: Databases
    ingress: [{ port: 3306, from: 10.1.0.0/16 }]
roles:
  reader:
    description: 'Reads ${inputs.note}'
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
secrets:
  login: { secretString: { password: '${inputs.word}' }, forceDelete: true }
"""
SCHEMA = json_schema.Schema("plan.schema.json")


class Plans(harness.WorldCase):
    def setUp(self):
        super().setUp()
        self.it = self.stack(MANIFEST)
        self.file = self.it.folder / "plan.json"

    def command(self, *words, code=0, env=None):
        run = subprocess.run(
            [harness.BINARY, *map(str, words)],
            env=env or self.it.env,
            capture_output=True,
            text=True,
            timeout=90,
        )
        self.assertEqual(run.returncode, code, f"{words}\n{run.stdout}\n{run.stderr}")
        return run

    def save(self, *flags, code=0):
        return self.it.run("plan", "--out", str(self.file), *flags, code=code)

    def iam(self, action, **params):
        wire.Client(self.world.port).query("iam", action, **params)

    def test_a_saved_plan_is_private_holds_no_secret_and_fits_its_schema(self):
        self.save()
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        text = self.file.read_text()
        self.assertNotIn(harness.PASSWORD, text)
        self.assertEqual(SCHEMA.faults(json.loads(text), "file"), [])
        self.assertEqual(sorted(p.name for p in self.it.folder.iterdir()),
                         [".plumbline", "manifest.yaml", "plan.json"])

    def test_every_plan_event_fits_its_schema(self):
        event = self.it.run("plan", "--format", "json").event("plan")
        self.assertEqual(SCHEMA.faults(event, "plan"), [])
        self.it.apply()
        self.iam("UpdateRole", RoleName="reader", Description="Mine")
        self.it.edit(("cidrBlock: 10.2.0.0/16", "cidrBlock: 10.3.0.0/16"))
        for flags in ([], ["--refresh-only"], ["--destroy"], ["--target", "roles.reader"]):
            event = self.it.run("plan", "--format", "json", *flags).event("plan")
            self.assertEqual(SCHEMA.faults(event, "plan"), [], flags)
            self.assertTrue(event["hasChanges"], flags)

    def test_a_saved_plan_is_applied_from_anywhere_without_a_question(self):
        self.save("--input", "note=storm")
        run = self.command("apply", self.file, "--format", "json")
        result = [json.loads(line) for line in run.stdout.splitlines()][-1]
        self.assertTrue(result["complete"], run.stdout)
        self.assertEqual(len(self.owned()), 5)
        again = self.command("apply", self.file, code=3)
        self.assertIn("is not as it was when", again.stderr)
        self.assertIn("then it was not there, now it is vpc-", again.stderr)

    def test_a_stale_plan_is_refused_with_what_was_seen_then_and_now(self):
        self.it.apply()
        self.iam("UpdateRole", RoleName="reader", Description="Mine")
        self.save()
        self.iam("UpdateRole", RoleName="reader", Description="Yours")
        run = self.command("apply", self.file, code=3)
        self.assertIn("roles.reader is not as it was", run.stderr)
        self.assertIn('description: then "Mine", now "Yours"', run.stderr)
        self.assertIn("plan --out", run.stderr)

    def test_a_plan_of_another_manifest_another_state_or_an_edited_one_is_refused(self):
        self.save()
        text = self.file.read_text()
        self.file.write_text(text.replace("10.2.0.0/16", "10.9.0.0/16"))
        self.assertIn("was edited", self.command("apply", self.file, code=3).stderr)
        self.file.write_text(text[: len(text) // 2])
        self.assertIn("damaged", self.command("apply", self.file, code=3).stderr)
        self.file.write_text(text)
        other = self.it.folder / ".other" / "state.db"
        run = self.command("apply", self.file, "--state", other, code=3)
        self.assertIn("does not belong to this state", run.stderr)
        self.it.edit(("10.2.0.0/16", "10.3.0.0/16"))
        run = self.command("apply", self.file, code=3)
        self.assertIn("manifest.yaml is not the text", run.stderr)
        self.assertEqual(self.owned(), [])

    def test_another_secret_than_the_planned_one_is_refused(self):
        self.save()
        env = {**self.it.env, "DB_PASSWORD": "another"}
        run = self.command("apply", self.file, code=3, env=env)
        self.assertIn("secrets.login is not as it was", run.stderr)
        self.assertNotIn("another", run.stderr.replace("another account", ""))
        self.assertEqual(self.owned(), [])

    def test_a_saved_destroy_deletes(self):
        self.it.apply()
        self.save("--destroy")
        self.command("apply", self.file)
        self.assertEqual(self.owned(), [])

    def test_orders_are_not_given_to_a_saved_plan_and_nothing_else_is_overwritten(self):
        self.save()
        self.command("apply", self.file, "--max-delete", "3", code=64)
        run = self.command("plan", self.it.path, "--out", self.it.path, code=64)
        self.assertIn("is no plan file", run.stderr)
        self.assertEqual(self.it.path.read_text(), MANIFEST)
        self.save()

    def test_a_target_takes_what_it_needs_along_and_says_what_it_leaves_out(self):
        run = self.it.run("apply", "--yes", "--target", "securityGroups.db")
        self.assertIn("Left out by --target (3)", run.out)
        self.assertEqual(sorted(self.owned()), ["securityGroups.db", "vpcs.main"])
        run = self.it.run("plan", "--target", "securityGroups.bd", code=64)
        self.assertIn("Did you mean securityGroups.db?", run.err)
        run = self.it.run("plan", "--target", "securityGroups.entrance", code=64)
        self.assertIn("In securityGroups there is securityGroups.db.", run.err)
        run = self.it.run("plan", "--target", "functions.entrance", code=64)
        self.assertIn("There is nothing in functions.", run.err)

    def test_a_target_that_was_moved_is_what_it_is_called_now(self):
        self.it.apply()
        self.it.edit(
            ("  other: { cidrBlock: 10.2.0.0/16 }", "  next: { cidrBlock: 10.2.0.0/16 }"),
            ("securityGroups:", "moved: [{ from: vpcs.other, to: vpcs.next }]\nsecurityGroups:"),
        )
        run = self.it.run("apply", "--yes", "--format", "json", "--target", "vpcs.other")
        self.assertIn("--target vpcs.other: it was moved and is called vpcs.next now", run.err)
        self.assertEqual([c["address"] for c in run.event("plan")["changes"]], ["vpcs.next"])
        self.assertEqual(sorted(self.owned())[-2:], ["vpcs.main", "vpcs.next"])

    def test_a_target_that_names_a_group_is_told_its_members(self):
        self.it.edit(("  other: { cidr", "  many: { forEach: { a: 3, b: 4 }, cidr"),
                     ("10.2.0.0/16", "'10.${each.value}.0.0/16'"))
        run = self.it.run("plan", "--target", "vpcs.many", code=64)
        self.assertIn("There are vpcs.many-a, vpcs.many-b.", run.err)

    def test_refresh_only_shows_and_accepts_and_changes_nothing(self):
        self.it.apply()
        self.iam("UpdateRole", RoleName="reader", Description="Mine")
        run = self.it.run("plan", "--refresh-only", "--detailed-exitcode", code=2)
        self.assertIn('"Reads calm" -> "Mine"', run.out)
        result = self.it.apply("--refresh-only")
        self.assertEqual((result["complete"], result["mutations"]), (True, 0))
        self.it.run("plan", "--refresh-only", "--detailed-exitcode", code=0)
        self.assertEqual(self.it.changes(), {"roles.reader": "update"})

    def test_a_lost_manifest_and_too_many_deletions_are_refused_before_the_first_call(self):
        self.it.apply()
        self.it.path.write_text("stack: planned\nregion: ap-northeast-1\n")
        run = self.it.run("apply", "--yes", code=3)
        self.assertIn("PL003", run.err)
        self.assertIn("delete vpcs.main", run.err)
        self.it.run("plan", code=3)
        run = self.it.run("apply", "--yes", "--allow-mass-removal", "--max-delete", "3", code=3)
        self.assertIn("PL002", run.err)
        self.assertEqual(len(self.owned()), 5)
        self.it.run("apply", "--yes", "--allow-mass-removal", "--max-delete", "4")
        # What holds data stays when only its block goes.
        self.assertEqual(self.owned(), ["secrets.login"])
        run = self.it.run("destroy", "--yes", "--max-delete", "0", code=3)
        self.it.destroy()
        self.assertEqual(self.owned(), [])

    def test_replacing_what_holds_data_needs_its_name(self):
        self.it.apply()
        self.it.edit(("login: {", "login: { name: other,"))
        run = self.it.run("apply", "--yes", code=3)
        self.assertIn("--allow-replace secrets.login", run.err)
        run = self.it.run("apply", "--yes", "--allow-replace", "secrets.logn", code=64)
        self.assertIn("Did you mean secrets.login?", run.err)
        self.it.run("apply", "--yes", "--allow-replace", "secrets.login")
        self.assertEqual(self.it.changes(), {})

    def test_a_wrong_flag_is_answered_with_the_right_one(self):
        for given, meant in [
            (["plan", "--taget", "a.b"], "--target"),
            (["plan", "--refresh"], "--refresh-only"),
            (["apply", "--max-deletes", "3"], "--max-delete"),
            (["apply", "--allow-replce=a.b"], "--allow-replace"),
            (["destroy", "--targt", "a.b"], "--target"),
            (["history", "--verfy"], "--verify"),
            (["histroy"], "history"),
        ]:
            run = self.command(*given, self.it.path, code=64)
            self.assertIn(f"Did you mean {meant}?", run.stderr, given)
        self.command("plan", self.it.path, "--destroy", "--refresh-only", code=64)
        self.command("plan", self.it.path, "--max-delete", "-1", code=64)
        self.command("plan", self.it.path, "--max-delete", "many", code=64)
        self.assertIn("no address", self.command("plan", self.it.path, "--target", "x", code=64).stderr)

    def test_the_human_plan_is_a_table_with_places_reasons_and_counts(self):
        run = self.it.run("plan")
        lines = run.out.splitlines()
        self.assertIn("Create (5)", lines)
        self.assertIn("Plan: 5 to create; 0 unchanged.", lines)
        place = f"{self.it.path}:"
        rows = [line for line in lines if line.startswith("  + ")]
        self.assertEqual(len(rows), 5)
        self.assertEqual(len({line.index(place) for line in rows}), 1, rows)
        self.assertTrue(all(line.endswith("  not there yet") for line in rows), rows)

    def test_history_is_newest_first_and_notices_an_edit(self):
        self.it.apply()
        self.it.destroy()
        run = self.it.run("history", "--format", "json", "--verify", "--limit", "0")
        log = json.loads(run.out)
        numbers = [entry["sequence"] for entry in log["entries"]]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        self.assertEqual(log["verified"], len(numbers))
        self.assertNotIn(harness.PASSWORD, run.out)
        actors = {entry["actor"] for entry in log["entries"]}
        self.assertEqual(actors, {"apply", "destroy"})
        short = self.it.run("history", "--limit", "2", "--address", "vpcs.main").out
        self.assertEqual(len(short.splitlines()), 2)
        self.assertIn("vpcs.main", short.splitlines()[0])
        # A hash that was kept proves what was before it, also when the chain has grown since.
        middle = log["entries"][len(numbers) // 2]
        told = self.it.run("history", "--since", middle["hash"]).out
        self.assertIn(f"Entries 1 to {middle['sequence']} are what they were then.\n", told)
        self.assertTrue(told.endswith(f"history --since {log['entries'][0]['hash']}\n"), told)
        other = self.it.run("history", "--since", "00" * 32, code=4).err
        self.assertIn("written anew since that was printed, or it is another stack's", other)
        with sqlite3.connect(self.it.state / "state.db") as db:
            db.execute("UPDATE audit SET actor = 'nobody' WHERE sequence = 3")
        db.close()
        self.assertIn("entry 3", self.it.run("history", "--verify", code=4).err)


if __name__ == "__main__":
    harness.main()
