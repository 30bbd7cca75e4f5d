#!/usr/bin/env python3
"""The language server as an editor meets it: over standard input and output, byte by byte.

`test_lsp.py --measure [RESOURCES]` prints how long a keystroke takes in a manifest of that size.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from lsp_client import Editor, Refused

FIXTURES = sorted((harness.SOURCE / "tests" / "golden" / "lint").glob("*/bad.yaml"))
VPC = "stack: s\nregion: eu-west-3\nvpcs:\n  main: { cidrBlock: 10.0.0.0/16 }\n"


def lint(*words):
    """Findings of `plumbline lint` as (id, line, column), 0-based."""
    done = subprocess.run([harness.BINARY, "lint", "--format", "json", *map(str, words)],
                          capture_output=True, text=True, timeout=120)
    return sorted((f["id"], f["range"]["line"] - 1, f["range"]["column"] - 1)
                  for f in json.loads(done.stdout)["findings"] if f["range"])


def told(diagnostics):
    return sorted((d["code"], d["range"]["start"]["line"], d["range"]["start"]["character"])
                  for d in diagnostics)


class Lsp(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-lsp-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder)

    def editor(self, *arguments, **more):
        editor = Editor(harness.BINARY, *arguments, **more)
        self.addCleanup(editor.__exit__)
        return editor

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def example(self):
        target = self.folder / "example"
        shutil.copytree(harness.EXAMPLE, target,
                        ignore=shutil.ignore_patterns(".plumbline", "__pycache__"))
        return target / "manifest.yaml"


class Sessions(Lsp):
    def test_a_session_from_the_first_letter_to_goodbye(self):
        editor = self.editor()
        document = editor.open(self.example())
        self.assertEqual(editor.codes(document), [])
        # A mistake appears while it is typed, and goes when it is taken back.
        editor.type(document, "vpcs:\n", "  extra:\n    cidrBlok: 10.9.0.0/16\n")
        self.assertIn("MF002", editor.codes(document))
        action = self.actions(editor, document, document.text.index("cidrBlok"))[0]
        self.assertEqual(action["title"], "Change cidrBlok to cidrBlock")
        self.assertTrue(action["isPreferred"])
        editor.apply(document, action["edit"])
        self.assertNotIn("MF002", editor.codes(document))
        # Half a line is completed.
        cursor = editor.type(document, "cidrBlock: 10.9.0.0/16\n", "    instanceTenancy: d\n") - 1
        items = editor.ask("textDocument/completion", editor.at(document, cursor))["items"]
        self.assertEqual({i["label"] for i in items}, {"default", "dedicated"})
        edit = items[[i["label"] for i in items].index("dedicated")]["textEdit"]
        editor.edits(document, [(editor.offset(document, edit["range"]["start"]),
                                 editor.offset(document, edit["range"]["end"]),
                                 edit["newText"])])
        self.assertIn("    instanceTenancy: dedicated\n", document.text)
        self.assertFalse([c for c in editor.codes(document) if c.startswith("MF")])
        self.assertEqual(editor.end(), 0)
        self.assertEqual(editor.errors, b"")

    def actions(self, editor, document, at):
        position = editor.position(document, at)
        return editor.ask("textDocument/codeAction", {
            "textDocument": {"uri": document.uri}, "range": {"start": position, "end": position},
            "context": {"diagnostics": []}})

    def test_hover_says_what_explain_says(self):
        editor = self.editor()
        document = editor.open(self.example())
        for word, topic in (("engineFamily", "dbProxies.engineFamily"), ("connections", None),
                            ("dbProxies", None)):
            at = document.text.index(word + ":") + 2
            said = editor.ask("textDocument/hover", editor.at(document, at))["contents"]["value"]
            explained = subprocess.run([harness.BINARY, "explain", topic or word],
                                       capture_output=True, text=True, check=True).stdout
            self.assertEqual(said, explained)

    def test_names_lead_to_what_they_name_and_back(self):
        editor = self.editor()
        document = editor.open(self.example())
        at = document.text.index("vpc: main") + len("vpc: ")
        places = editor.ask("textDocument/definition", editor.at(document, at))
        self.assertEqual(len(places), 1)
        declared = editor.offset(document, places[0]["range"]["start"])
        self.assertTrue(document.text[declared:].startswith("main:"))
        back = editor.ask("textDocument/references", {
            **editor.at(document, declared), "context": {"includeDeclaration": False}})
        self.assertIn(editor.position(document, at), [p["range"]["start"] for p in back])
        self.assertGreaterEqual(len(back), document.text.count("vpc: main"))
        names = [s["name"] for s in editor.ask("textDocument/documentSymbol", {
            "textDocument": {"uri": document.uri}})]
        self.assertEqual(names, [line.split(":")[0] for line in document.text.splitlines()
                                 if line and line[0] not in " #-"])

    def test_a_finding_is_ignored_by_a_comment(self):
        editor = self.editor()
        document = editor.open(self.file(
            "m.yaml", VPC + "securityGroups:\n  g: { vpc: main, description: g }  # 𝄞\n"))
        self.assertEqual(editor.codes(document), ["RF004"])
        action = self.actions(editor, document, document.text.index("  g:") + 3)[0]
        editor.apply(document, action["edit"])
        self.assertIn("  # plumbline:ignore RF004: say why\n  g:", document.text)
        self.assertEqual(editor.codes(document), [])

    def test_settings_beside_the_manifest_count(self):
        self.file("plumbline.yaml", "lint: { rules: { RF004: off } }\n")
        self.file(".plumbline/lint.yaml", "rules: { RF004: off }\n")
        editor = self.editor()
        document = editor.open(self.file(
            "m.yaml", VPC + "securityGroups:\n  g: { vpc: main, description: d }\n"))
        self.assertEqual(editor.codes(document), [])

    def test_a_stack_of_several_files_is_named_on_the_command_line(self):
        base = self.file("base.yaml", VPC)
        over = self.file("prod.yaml", "vpcs: { main: { enableDnsHostnams: true } }\n")
        self.file("other.yaml", "stack: other\n")
        editor = self.editor("-f", base, "-f", over)
        self.assertEqual(editor.all_found(editor.open(base)),
                         {"base.yaml": [], "prod.yaml": ["MF002"]})

    def test_files_may_be_named_by_the_editor(self):
        base = self.file("base.yaml", VPC)
        self.file("sub/prod.yaml", "vpcs: { main: { enableDnsHostnams: true } }\n")
        editor = self.editor(rootUri=self.folder.as_uri(),
                             initializationOptions={"files": ["base.yaml", "sub/prod.yaml"]})
        self.assertEqual(editor.all_found(editor.open(base)),
                         {"base.yaml": [], "prod.yaml": ["MF002"]})


class Agreement(Lsp):
    def test_findings_are_those_of_lint(self):
        editor = self.editor(encodings=["utf-32"])
        self.assertEqual(editor.encoding, "utf-32")
        chance = random.Random(harness.seed())
        for fixture in chance.sample(FIXTURES, 20):
            path = self.file(f"{fixture.parent.name}/manifest.yaml", fixture.read_text())
            document = editor.open(path)
            self.assertEqual(told(editor.found(document)), lint(path), fixture)
            editor.close(document)

    def test_after_any_typing_the_server_holds_what_the_editor_holds(self):
        chance = random.Random(harness.seed())
        text = (harness.EXAMPLE / "manifest.yaml").read_text().replace("stack:", "# 𝄞é€\nstack:", 1)
        pieces = ["a", "𝄞", "é: ", "\n", "  ", "- ", "'", '"', "{", "}", "[", "]", ": ", "# ", "|",
                  "${", "vpcs:\n", "\t", "&a", "*"]
        for encoding in ("utf-8", "utf-16", "utf-32"):
            editor = self.editor(encodings=[encoding])
            document = editor.open(self.file(f"{encoding}/m.yaml", text), text)
            for _ in range(25):
                changes = []
                size = len(document.text)
                for _ in range(chance.randrange(1, 4)):
                    begin = chance.randrange(size)
                    end = min(size, begin + chance.choice([0, 0, 1, 3, 30]))
                    piece = chance.choice(pieces)
                    changes.append((begin, end, piece))
                    size += len(piece) - (end - begin)
                editor.edits(document, changes)
                if chance.random() < 0.5:
                    editor.ask("textDocument/completion",
                               editor.at(document, chance.randrange(size + 1)))
                    editor.ask("textDocument/documentSymbol", {
                        "textDocument": {"uri": document.uri}})
                fresh = self.file(f"{encoding}-fresh/m.yaml", document.text)
                if chance.random() < 0.2:
                    twin = editor.open(fresh, document.text)
                    self.assertEqual(told(editor.found(document)), told(editor.found(twin)))
                    editor.close(twin)
            self.assertEqual(editor.end(), 0)


class Hostility(Lsp):
    def test_what_is_no_message_is_passed_over(self):
        editor = self.editor()
        for garbage in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"Content-Length: -5\r\n\r\n",
                        b"Content-Length: 18446744073709551617\r\n\r\n",
                        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", b"\0" * 20000 + b"\r\n\r\n",
                        b"Content-Length: 1\r\n\r\n{", b"Content-Length: 2\r\n\r\n[]",
                        b"Content-Length: 4\r\n\r\n\xff\xfe\x00{"):
            editor.send_raw(garbage)
            document = editor.open(self.file("m.yaml", VPC))
            self.assertEqual(editor.codes(document), [], garbage)
            editor.close(document)
        self.assertGreaterEqual(len(editor.messages), 4)
        for params in (None, [], 7, {}, {"textDocument": 3}, {"textDocument": {"uri": "file:///x"}},
                       {"textDocument": {"uri": document.uri}, "position": {"line": -1}}):
            with self.assertRaises(Refused) as refused:
                editor.ask("textDocument/completion", params)
            self.assertEqual(refused.exception.code, -32602)
        with self.assertRaises(Refused) as refused:
            editor.ask("textDocument/unheardOf", {})
        self.assertEqual(refused.exception.code, -32601)
        self.assertEqual(editor.end(), 0)

    def test_a_huge_message_is_passed_over_in_little_memory(self):
        editor = self.editor()
        length = 300 << 20
        editor.send_raw(b"Content-Length: %d\r\n\r\n" % length)
        for _ in range(300):
            editor.send_raw(b" " * (1 << 20))
        document = editor.open(self.file("m.yaml", VPC))
        self.assertEqual(editor.codes(document), [])
        self.assertIn(f"passed over a message of {length} bytes", editor.messages[0])
        peak = next(line for line in pathlib.Path(
            f"/proc/{editor.process.pid}/status").read_text().splitlines() if "VmHWM" in line)
        self.assertLess(int(peak.split()[1]), 200 << 10)

    def test_texts_that_lint_refuses_are_refused_with_a_place(self):
        editor = self.editor()
        for text in (VPC + "tags: " + "[" * 100_000, "stack: s\nvpcs:\n" + "- " * 100_000,
                     VPC + "a: &a [*a]\n", VPC + "\x00", "stack: s\nvpcs: { main: {" * 500):
            document = editor.open(self.file("m.yaml", VPC), text)
            self.assertTrue(editor.codes(document), text[:60])
            editor.ask("textDocument/completion", editor.at(document, len(document.text)))
            editor.ask("textDocument/hover", editor.at(document, len(document.text) // 2))
            editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": document.uri}})
            editor.close(document)
        self.assertEqual(editor.end(), 0)

    def test_leaving_without_a_goodbye_is_a_failure(self):
        editor = self.editor()
        editor.tell("exit", None)
        self.assertEqual(editor.process.wait(20), 1)
        editor = self.editor()
        editor.process.stdin.close()
        self.assertEqual(editor.process.wait(20), 1)
        editor = self.editor(encodings=None)
        with self.assertRaises(Refused) as refused:
            editor.ask("textDocument/hover", {})
        self.assertEqual(refused.exception.code, -32002)


class OutsideJudge(Lsp):
    def test_another_client_understands_everything(self):
        node = shutil.which("node")
        if node is None:
            self.skip_loudly("node is not installed")
        fetched = harness.SOURCE / "build/peers/node_modules"  # By `./dev peers`.
        places = [os.environ.get("NODE_PATH", ""), str(fetched), "/usr/share/nodejs",
                  "/usr/lib/node_modules", "/usr/local/lib/node_modules"]
        done = subprocess.run(
            [node, pathlib.Path(__file__).with_name("lsp_judge.js"), harness.BINARY,
             self.file("m.yaml", VPC).as_uri()],
            env={**os.environ, "NODE_PATH": ":".join(filter(None, places))},
            capture_output=True, text=True, timeout=120)
        if done.returncode == harness.SKIPPED:
            self.skip_loudly(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def skip_loudly(self, reason):
        print(f"SKIPPED, LOUDLY: nobody else judged the messages: {reason}", flush=True)
        self.skipTest(reason)


def big_manifest(count):
    """Networks with their subnets and groups, as bench/manifest.cc makes them."""
    lines = ["stack: big", "region: eu-west-3", "vpcs:"]
    vpcs = max(1, count // 20)
    lines += [f"  v{i}: {{ cidrBlock: 10.{i % 250}.0.0/16 }}" for i in range(vpcs)]
    lines.append("subnets:")
    lines += [f"  s{i}:\n    vpc: v{i % vpcs}\n    cidrBlock: 10.{i % vpcs % 250}.{i // vpcs}.0/24\n"
              f"    availabilityZone: eu-west-3{'abc'[i % 3]}" for i in range(3 * vpcs)]
    lines.append("securityGroups:")
    groups = (count - 4 * vpcs) // 2
    lines += [f"  g{i}:\n    vpc: v{i % vpcs}\n    description: Group {i}\n"
              f"    ingress:\n      - {{ port: {1024 + i}, from: 10.0.0.0/8 }}" for i in range(groups)]
    lines.append("secrets:")
    lines += [f"  k{i}:\n    secretString: {{ user: admin, arn: '${{securityGroups.g{i % groups}"
              f".arn}}' }}" for i in range(count - 4 * vpcs - groups)]
    return "\n".join(lines) + "\n"


def measure(count):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-lsp-")).resolve()
    path = folder / "manifest.yaml"
    path.write_text(big_manifest(count))
    with Editor(harness.BINARY) as editor:
        begin = time.perf_counter()
        document = editor.open(path)
        found = editor.found(document)
        print(f"{count} resources, {len(document.text) >> 10} KiB, {len(found)} findings; "
              f"opened in {1000 * (editor.when - begin):.1f} ms")
        spot = document.text.index("description: Group 7\n") + len("description: Group 7")
        times = {"completion": [], "findings": []}
        for letter in "abcdefghijklmnopqrstuvwxyz" * 2:
            begin = time.perf_counter()
            editor.edits(document, [(spot, spot, letter)])
            number = editor.start_asking("textDocument/completion", editor.at(document, spot + 1))
            editor.answer(number)
            times["completion"].append(editor.when - begin)
            editor.found(document)
            times["findings"].append(editor.when - begin)
            spot += 1
        for what, taken in times.items():
            taken.sort()
            print(f"keystroke to {what}: median {1000 * taken[len(taken) // 2]:.1f} ms, "
                  f"longest {1000 * taken[-1]:.1f} ms")
        editor.end()
    shutil.rmtree(folder)


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure(int((sys.argv + ["1000"])[sys.argv.index("--measure") + 1]))
    else:
        unittest.main(verbosity=2)
