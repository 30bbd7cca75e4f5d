#!/usr/bin/env python3
"""Bad input: manifests, command lines and states that must be refused, with a place and a fix.

Every bad manifest is given to `apply --yes` with an endpoint that counts requests: none may come,
no file may appear beside the manifest, and the program may end by no signal.
"""
import os
import re
import resource
import sqlite3
import stat
import time

import peers_support as peers
from peers_support import expect

HEAD = "stack: bad\nregion: ap-northeast-1\n"
VPC = HEAD + "vpcs:\n  main: { cidrBlock: 10.0.0.0/16 }\n"
SUBNET = VPC + "subnets:\n  a: { vpc: main, cidrBlock: 10.0.1.0/24"
SUITE = peers.Suite()


def alias_bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        lines.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]")
    return HEAD + "\n".join(lines) + "\n"


def roles(count):
    """Roles that need one another in a ring; nothing about a role can come late."""
    text = HEAD + "roles:\n"
    for i in range(count):
        text += (f"  r{i}:\n    description: after ${{roles.r{(i + 1) % count}.arn}}\n"
                 "    trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: "
                 "{ Service: rds.amazonaws.com }, Action: sts:AssumeRole }] }\n")
    return text


# (name, text, "line:column" or a pattern of it, words that must be said)
MANIFESTS = [
    ("alias bomb", alias_bomb(), r"3:\d+", ["[Aa]nchor"]),
    ("cyclic alias", VPC + "tags: &x { a: *x }\n", r"5:\d+", ["[Aa]nchor"]),
    ("depth 65", HEAD + "vpcs: " + "[" * 65 + "]" * 65 + "\n", r"3:\d+", ["deeper than 64"]),
    ("a million brackets", HEAD + "vpcs: " + "[" * 1_000_000, r"3:\d+", []),
    ("a million dashes", HEAD + "vpcs:\n" + "- " * 1_000_000, r"\d+:\d+", []),
    ("a million question marks", HEAD + "vpcs:\n" + "? " * 1_000_000, r"\d+:\d+", []),
    ("brackets left open", HEAD + "vpcs: { main: { cidrBlock: [", r"\d+:\d+", []),
    ("duplicate key", VPC + "vpcs: {}\n", r"5:1", ["twice|duplicate|already", r":3|line 3"]),
    ("duplicate key inside", HEAD + "vpcs:\n  main: { cidrBlock: 10.0.0.0/16, cidrBlock: "
     "10.1.0.0/16 }\n", r"4:\d+", ["cidrBlock"]),
    ("merge key", HEAD + "vpcs:\n  main:\n    <<: { cidrBlock: 10.0.0.0/16 }\n", r"5:5", ["<<|merge"]),
    ("tag", HEAD + "vpcs:\n  main: !!python/object:os.system { cidrBlock: 10.0.0.0/16 }\n", r"4:\d+",
     ["tag"]),
    ("several documents", VPC + "---\nstack: other\n", r"5:\d+|6:\d+", ["document"]),
    ("8 MiB", HEAD + "#" + "x" * (8 << 20) + "\n", r"1:1", ["8 MiB"]),
    ("a value over 64 KiB", HEAD + "tags: { a: " + "x" * 70_000 + " }\n", r"3:\d+", ["65536"]),
    ("a key over 512 bytes", HEAD + "tags: { ? " + "k" * 600 + " : x }\n", r"3:\d+", ["512"]),
    ("over a million values", HEAD + "tags:\n" + "  - x\n" * 1_000_001, r"\d+:\d+", ["1000000"]),
    ("bidirectional text", VPC + "tags: { a: \"x\u202ey\" }\n", r"5:\d+", ["bidi|direction|U\\+202E"]),
    ("control character", VPC + "tags: { a: \"x\x1by\" }\n", r"5:\d+", ["control|1B"]),
    ("NUL", VPC + "tags: { a: \"x\x00y\" }\n", r"5:\d+", []),
    ("broken UTF-8", VPC.encode() + b"tags: { a: \"\xff\xfe\" }\n", r"5:\d+", ["UTF-8"]),
    ("UTF-16", VPC.encode("utf-16"), r"\d+:\d+", []),
    ("no for a text", HEAD + "vpcs:\n  main: { cidrBlock: no }\n", r"4:\d+", ["cidrBlock"]),
    ("no for a number", VPC + "functions:\n  f: { timeout: no }\n", r"6:\d+", ["number|integer"]),
    ("0123 for a number", VPC + "functions:\n  f: { timeout: 0123 }\n", r"6:\d+", ["0123"]),
    ("12:30 for a number", VPC + "functions:\n  f: { timeout: 12:30 }\n", r"6:\d+", ["12:30"]),
    ("1e3 for a number", VPC + "functions:\n  f: { timeout: 1e3 }\n", r"6:\d+", ["1e3"]),
    ("yes for a bool", SUBNET + ", mapPublicIpOnLaunch: yes }\n", r"6:\d+", ["true"]),
    ("a list for a text", HEAD + "vpcs:\n  main: { cidrBlock: [10.0.0.0/16] }\n", r"4:\d+", []),
    ("a text for a map", HEAD + "vpcs:\n  main: 10.0.0.0/16\n", r"4:\d+", []),
    ("unknown kind", HEAD + "vpc:\n  main: { cidrBlock: 10.0.0.0/16 }\n", r"3:1", ["vpcs"]),
    ("unknown property", HEAD + "vpcs:\n  main: { cidrBlok: 10.0.0.0/16 }\n", r"4:\d+",
     ["cidrBlock"]),
    ("unknown property of a rule", VPC + "securityGroups:\n  a: { vpc: main, description: x, "
     "ingress: [{ port: 1, form: self }] }\n", r"6:\d+", ["from"]),
    ("unknown word of an enum", HEAD + "vpcs:\n  main: { cidrBlock: 10.0.0.0/16, instanceTenancy: "
     "dedicatd }\n", r"4:\d+", ["dedicated"]),
    ("missing property", HEAD + "vpcs:\n  main: {}\n", r"4:\d+", ["cidrBlock"]),
    ("bad range", HEAD + "vpcs:\n  main: { cidrBlock: 10.0.0.0/64 }\n", r"4:\d+", []),
    ("reference to nothing", SUBNET.replace("vpc: main", "vpc: mian") + " }\n", r"6:\d+", ["main"]),
    ("interpolation of nothing", SUBNET + ", tags: { x: '${vpcs.mian.vpcId}' } }\n", r"6:\d+",
     ["main"]),
    ("attribute of nothing", VPC + "securityGroups:\n  a: { vpc: main, description: "
     "'${vpcs.main.vpcid}' }\n", r"6:\d+", ["vpcId"]),
    ("interpolation in a tag", SUBNET + ", tags: { x: '${vpcs.main.vpcId}' } }\n", r"6:\d+", ["x"]),
    ("interpolation left open", SUBNET + ", tags: { x: '${vpcs.main.vpcId' } }\n", r"6:\d+", []),
    ("interpolation of an input that is not there", SUBNET + ", tags: { x: '${inputs.x}' } }\n",
     r"6:\d+", []),
    ("itself", roles(1), r"\d+:\d+", ["roles.r0"]),
    ("cycle of two", roles(2), r"\d+:\d+", ["roles.r0", "roles.r1"]),
    ("cycle of five", roles(5), r"\d+:\d+", [f"roles.r{i}" for i in range(5)]),
    ("missing input", VPC + "inputs: { secretWord: { env: NOT_THERE_AT_ALL } }\n", r"5:\d+",
     ["NOT_THERE_AT_ALL", "secretWord"]),
    ("no stack", VPC.replace("stack: bad\n", ""), r"\d+:\d+", ["stack"]),
    ("empty", "", None, []),
    ("comments alone", "# nothing\n", None, []),
    ("a text", "hello\n", r"1:1", []),
    ("a list", "- a\n- b\n", r"1:1", []),
    ("tabs", HEAD + "vpcs:\n\tmain: { cidrBlock: 10.0.0.0/16 }\n", r"4:\d+", ["[Tt]ab"]),
    ("JSON with a comma too many", '{"stack": "bad", "region": "ap-northeast-1",, }', r"1:\d+", []),
]


def place_of(words):
    """Line and column of the first finding, and its caret line."""
    return re.search(r"--> [^\n]*?:(\d+:\d+)", words), re.search(r"^ *\| .*\^", words, re.M)


def bad_manifest(text, place, words, endpoint):
    with peers.folder() as where:
        manifest = os.path.join(where, "manifest.yaml")
        with open(manifest, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        started = time.monotonic()
        ended = peers.run(["apply", manifest, "--yes"], peers.environment(endpoint))
        seconds = time.monotonic() - started
        expect(ended.status == 1, ended)
        shown = str(ended)[:3000]
        if place:
            at, caret = place_of(ended.err)
            expect(at and re.fullmatch(place, at.group(1)), f"the place is not {place}\n{shown}")
            expect(caret, "no caret\n" + shown)
        for word in words:
            expect(re.search(word, ended.words), f"nothing is said of '{word}'\n{shown}")
        expect(len(ended.err) < 100_000, f"{len(ended.err)} bytes of messages")
        expect("\x1b" not in ended.words and "\u202e" not in ended.words, "raw control characters")
        expect(os.listdir(where) == ["manifest.yaml"], os.listdir(where))
        linted = peers.run(["lint", manifest], peers.clean_environment())
        expect(linted.status == (1 if "NOT_THERE_AT_ALL" not in str(text) else linted.status), linted)
        expect(seconds < 20, f"{seconds:.0f} seconds")


def manifests():
    calls = []

    def answer(handler, body):
        calls.append(handler.path)
        peers.send(handler, 500, [], b"")

    with peers.http_server(answer) as endpoint:
        for name, text, place, words in MANIFESTS:
            SUITE.case("manifest: " + name, bad_manifest, text, place, words, endpoint)
        SUITE.case("no bad manifest led to a call", expect, not calls, calls)


def good_texts_that_look_bad():
    """Where a text is meant, these are texts."""
    with peers.folder() as where:
        manifest = os.path.join(where, "manifest.yaml")
        with open(manifest, "w", encoding="utf-8") as file:
            file.write(VPC + "tags: { a: 'no', b: '0123', c: '12:30', d: '\u00fc' }\n")
        ended = peers.run(["lint", manifest], peers.clean_environment())
        expect(ended.status == 0, ended)


class Stack:
    """A small stack in a folder of its own, against one simulated AWS."""

    def __init__(self, where, endpoint, **more):
        self.manifest = os.path.join(where, "manifest.yaml")
        self.state = os.path.join(where, ".plumbline", "state.db")
        self.env = peers.environment(endpoint, **more)
        self.write(VPC)

    def write(self, text):
        with open(self.manifest, "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, command="apply", *flags, **more):
        flags = flags + (("--yes",) if command in ("apply", "destroy") else ())
        return peers.run([command, self.manifest, *flags], self.env, **more)

    def expect_refusal(self, status, *words, command="apply"):
        ended = self.run(command)
        expect(ended.status == status, ended)
        for word in words:
            expect(re.search(word, ended.err), f"nothing is said of '{word}'\n{ended}")
        return ended


def of_stack(body):
    def case(endpoint):
        with peers.folder() as where:
            body(Stack(where, endpoint))
    return case


@of_stack
def unprintable_tags(stack):
    """Escapes make any text; what is shown of it must not reach the terminal."""
    stack.write(VPC + 'tags: { a: "\\e[31mx\\u202E" }\n')
    for command in ("plan", "apply"):
        ended = stack.run(command)
        expect(ended.status in (0, 1), ended)
        expect("\x1b" not in ended.words and "\u202e" not in ended.words, repr(ended.words))


@of_stack
def code_outside_the_folder(stack):
    role = ("roles: { f: { trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, "
            "Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] } } }\n")
    for code in ("directory: ../../../../../../etc", "directory: /etc", "file: /etc/passwd",
                 "directory: nowhere", "file: /dev/zero"):
        stack.write(HEAD + role + "functions:\n  f: { role: f, runtime: python3.12, handler: a.b, "
                    "code: { " + code + " } }\n")
        for command in ("plan", "apply"):
            ended = stack.run(command)
            expect(ended.status == 3, ended)
            at, caret = place_of(ended.err)
            expect(at and at.group(1).startswith("5:") and caret, ended)
            expect("outside" in ended.err or "no folder" in ended.err, ended)


# --- the command line ---------------------------------------------------------------------------

USAGES = [
    ([], "subcommand|command"),
    (["aply", "."], "apply"),
    (["apply"], "manifest"),
    (["apply", ".", "--paralelism", "3"], "--parallelism"),
    (["apply", ".", "--parallelism", "0"], "1"),
    (["apply", ".", "--parallelism", "many"], "many"),
    (["plan", ".", "--format", "xml"], "json"),
    (["plan", ".", "--detailed-exit-code"], "--detailed-exitcode"),
    (["lint", ".", "--min-severity", "fatal"], "error"),
    (["controller", ".", "--mode", "sometimes"], "observe"),
    (["simulate", "--time-scale", "0"], "1"),
    (["apply", ".", "--yes", "--yes=maybe"], ""),
    (["controller", "{good}", "--interval", "often"], "30s"),
    (["apply", "{good}", "--input", "novalue"], "NAME=VALUE"),
    (["apply", "{good}", "--input", "=x"], "NAME=VALUE"),
]


def usage(arguments, word):
    with peers.folder() as where:
        with open(os.path.join(where, "good.yaml"), "w", encoding="utf-8") as file:
            file.write(VPC)
        given = [a.replace("{good}", os.path.join(where, "good.yaml")) for a in arguments]
        ended = peers.run(given, peers.environment("http://127.0.0.1:9"), folder=where)
        expect(ended.status == 64, ended)
        expect(re.search(word, ended.err), ended)
        expect(ended.err.startswith("plumbline: "), ended)


def missing_paths():
    with peers.folder() as where:
        for path in ("nowhere.yaml", "."):
            ended = peers.run(["apply", path, "--yes"], peers.environment("http://127.0.0.1:9"),
                              folder=where)
            expect(ended.status in (1, 64), ended)
            expect("nowhere.yaml" in ended.err or "yaml" in ended.err, ended)


# --- states -------------------------------------------------------------------------------------


def expect_no_plan(stack):
    ended = stack.run("plan", "--detailed-exitcode")
    expect(ended.status == 0, ended)


@of_stack
def newer_state(stack):
    expect(stack.run().status == 0, "the first apply failed")
    with sqlite3.connect(stack.state) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    stack.expect_refusal(4, "999", "newer", "state.db")
    stack.expect_refusal(4, "newer", command="plan")


@of_stack
def foreign_database(stack):
    os.mkdir(os.path.dirname(stack.state), 0o700)
    with sqlite3.connect(stack.state) as db:
        db.execute("CREATE TABLE other (x)")
    db.close()
    os.chmod(stack.state, 0o600)
    stack.expect_refusal(4, "another program")


@of_stack
def damaged_state(stack):
    expect(stack.run().status == 0, "the first apply failed")
    with open(stack.state, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))
    stack.expect_refusal(4, "damaged", "backup")


@of_stack
def no_database(stack):
    os.mkdir(os.path.dirname(stack.state), 0o700)
    with open(stack.state, "wb") as file:
        file.write(b"this is no database at all" * 1000)
    os.chmod(stack.state, 0o600)
    stack.expect_refusal(4, "state.db")


@of_stack
def open_modes(stack):
    expect(stack.run().status == 0, "the first apply failed")
    expect(stat.S_IMODE(os.stat(stack.state).st_mode) == 0o600, "the state can be read by others")
    expect(stat.S_IMODE(os.stat(os.path.dirname(stack.state)).st_mode) == 0o700, "so can its folder")
    os.chmod(stack.state, 0o666)
    stack.expect_refusal(4, "chmod|mode|permission")


@of_stack
def state_is_a_link(stack):
    os.mkdir(os.path.dirname(stack.state), 0o700)
    target = stack.manifest + ".db"
    os.symlink(target, stack.state)
    stack.expect_refusal(4, "link")
    expect(not os.path.exists(target), "the link was followed")


@of_stack
def read_only_folder(stack):
    if os.geteuid() != 0:
        os.chmod(os.path.dirname(stack.manifest), 0o500)
        stack.expect_refusal(4, "state")
        return
    # Modes do not bind root: a folder that is a file stands for what cannot be written.
    with open(os.path.dirname(stack.state), "w", encoding="utf-8"):
        pass
    stack.expect_refusal(4, "state|\\.plumbline")


@of_stack
def state_in_proc(stack):
    ended = stack.run("apply", "--state", "/proc/self/state.db")
    expect(ended.status == 4, ended)


@of_stack
def other_stack(stack):
    expect(stack.run().status == 0, "the first apply failed")
    stack.write(VPC.replace("stack: bad", "stack: worse"))
    stack.expect_refusal(4, '"bad"', '"worse"')


@of_stack
def other_account(stack):
    """The key of another account on the state of this one: nothing may be made there."""
    expect(stack.run().status == 0, "the first apply failed")
    with sqlite3.connect(stack.state) as db:
        tables = [name for name, in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'")]
        changed = 0
        for table in tables:
            for _, column, *_ in db.execute(f"PRAGMA table_info({table})").fetchall():
                if column in ("account", "account_id"):
                    changed += db.execute(
                        f"UPDATE {table} SET {column} = '999999999999' WHERE {column} = "
                        "'123456789012'").rowcount
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            if {"name", "value"} <= set(columns) or {"key", "value"} <= set(columns):
                changed += db.execute(f"UPDATE {table} SET value = '999999999999' WHERE value = "
                                      "'123456789012'").rowcount
    db.close()
    expect(changed > 0, f"no account is recorded in any of {tables}")
    ended = stack.run()
    expect(ended.status in (1, 3, 4), ended)
    expect("999999999999" in ended.err and "123456789012" in ended.err, ended)


@of_stack
def held_state(stack):
    expect(stack.run().status == 0, "the first apply failed")
    with peers.background(["controller", stack.manifest, "--listen", "127.0.0.1:0"],
                          stack.env) as controller:
        peers.wait_until(lambda: "status at" in controller.said(), 20, controller.said())
        ended = stack.expect_refusal(4, "held by controller", f"process {controller.pid}",
                                     r"127\.0\.0\.1:\d+")
        expect("stop" in ended.err, ended)
    expect_no_plan(stack)


def limited_size(limit):
    def before():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return before


@of_stack
def full_disk(stack):
    """Files may not grow past a limit, from nothing to enough, first and later runs alike."""
    statuses = []
    limits = [0, 4096, 100_000, 5_000_000] + list(range(8_192, 200_000, 8_192)) + [1_000_000]
    for i, limit in enumerate(limits):
        stack.write(VPC + "subnets:\n" + "".join(
            f"  s{n}: {{ vpc: main, cidrBlock: 10.0.{n}.0/24 }}\n" for n in range(i + 1)))
        ended = stack.run(preexec_fn=limited_size(limit))
        statuses.append(ended.status)
        expect(ended.status in (0, 4), ended)
        if ended.status == 4:
            expect(re.search("state|disk|full", ended.err, re.I), ended)
    print("   exits with growing limits:", statuses)
    expect(statuses[0] == 4, "an apply without a single byte of disk was fine")
    expect(statuses[-1] == 0, "an apply with room enough was refused")
    ended = stack.run()
    expect(ended.status == 0, ended)
    expect_no_plan(stack)
    # One network with these subnets and no second of any: the way back is short then.
    ended = stack.run("destroy")
    expect(ended.status == 0 and f"{len(limits) + 1} to delete" in ended.out, ended)


STATES = [unprintable_tags, code_outside_the_folder, newer_state, foreign_database, damaged_state, no_database, open_modes, state_is_a_link,
          read_only_folder, state_in_proc, other_stack, other_account, held_state, full_disk]


def main():
    peers.binary()
    manifests()
    SUITE.case("texts that look like something else", good_texts_that_look_bad)
    for arguments, word in USAGES:
        SUITE.case("usage: " + " ".join(arguments), usage, arguments, word)
    SUITE.case("paths that are not there", missing_paths)
    with peers.simulator() as endpoint:
        for body in STATES:
            name = next(n for n, v in globals().items() if v is body)
            SUITE.case("stack: " + name.replace("_", " "), body, endpoint)
    SUITE.finish()


if __name__ == "__main__":
    main()
