#!/usr/bin/env python3
"""What the wire can do wrong: credentials, throttles, lost replies, and replies that are no replies.

A run that fails must say the AWS code and request id or what the wire said, and must not claim that
something was done. A run through a bad wire ends with one object for each resource all the same.
"""
import collections
import os
import re
import socket
import time
import urllib.parse

import peers_support as peers
from peers_support import expect

SUITE = peers.Suite()
# Every service has a part; nothing that takes long.
MANIFEST = """stack: weather
region: ap-northeast-1
vpcs: { main: { cidrBlock: 10.0.0.0/16, enableDnsHostnames: true } }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: ap-northeast-1a }
  c: { vpc: main, cidrBlock: 10.0.2.0/24, availabilityZone: ap-northeast-1c }
securityGroups:
  one: { vpc: main, description: One, ingress: [{ port: 3306, from: two }] }
  two: { vpc: main, description: Two, ingress: [{ port: 3306, from: one }] }
dbSubnetGroups: { app: { dbSubnetGroupDescription: Two zones, subnets: [a, c] } }
secrets: { word: { name: weather_word, secretString: { password: x }, forceDelete: true } }
roles:
  f:
    roleName: weather-f
    trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }
    inlinePolicies: { log: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: 'logs:PutLogEvents', Resource: '*' }] } }
functions:
  f: { functionName: weather-f, role: f, runtime: python3.12, handler: a.b, code: { directory: code } }
"""
ONE_EACH = {"vpc": 1, "subnet": 2, "group": 2, "subnet group": 1, "secret": 1, "role": 1,
            "function": 1}


class Stack:
    def __init__(self, where, endpoint, **more):
        self.folder = where
        os.mkdir(os.path.join(where, "code"))
        with open(os.path.join(where, "code", "a.py"), "w", encoding="utf-8") as file:
            file.write("def b(event, context):\n    pass\n")
        with open(os.path.join(where, "manifest.yaml"), "w", encoding="utf-8") as file:
            file.write(MANIFEST)
        self.env = peers.environment(endpoint, PLUMBLINE_SIGNATURE_LIFE="3s", **more)

    def run(self, command="apply", *flags, timeout=300):
        flags += ("--yes",) if command in ("apply", "destroy") else ()
        return peers.run([command, self.folder, *flags], self.env, timeout=timeout)


def made(exchanges):
    """What exists: successful creations less successful deletions, as the world saw them."""
    words = {"CreateVpc": "vpc", "CreateSubnet": "subnet", "CreateSecurityGroup": "group",
             "CreateDBSubnetGroup": "subnet group", "CreateSecret": "secret",
             "CreateRole": "role", "CreateFunction": "function"}
    count = collections.Counter()
    for exchange in exchanges:
        if exchange.status is None or exchange.status >= 300:
            continue
        name = action_of(exchange)
        if name in words:
            count[words[name]] += 1
        elif name.startswith("Delete") and name.replace("Delete", "Create", 1) in words:
            count[words[name.replace("Delete", "Create", 1)]] -= 1
    return dict(count)


def action_of(exchange):
    if exchange.service == "lambda":
        return {"POST": "CreateFunction", "DELETE": "DeleteFunction"}.get(
            exchange.method if exchange.target.rstrip("/").count("/") <= 3 else "", "")
    if exchange.service == "secretsmanager":
        return exchange.headers.get("x-amz-target", "").rpartition(".")[2]
    return dict(urllib.parse.parse_qsl(exchange.body.decode())).get("Action", "")


def expect_error(ended, *words, status=1):
    expect(ended.status == status, ended)
    for word in words:
        expect(re.search(word, ended.err), f"nothing is said of '{word}'\n{ended}")
    expect("complete" not in ended.out, ended)


def with_stack(body):
    def case(*arguments, **more):
        with peers.folder() as where:
            return body(where, *arguments, **more)
    return case


# --- credentials and places ---------------------------------------------------------------------

REQUEST_ID = r"[Rr]equest id [0-9a-f-]{8,}"


@with_stack
def credentials(where, aws, words, **env):
    for command in ("plan", "apply"):
        stack_folder = os.path.join(where, command)
        os.mkdir(stack_folder)
        expect_error(Stack(stack_folder, aws, **env).run(command), *words)


@with_stack
def no_region(where, aws):
    stack = Stack(where, aws, AWS_REGION=None)
    path = os.path.join(where, "manifest.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(MANIFEST.replace("region: ap-northeast-1\n", ""))
    ended = stack.run()
    expect_error(ended, "region", "AWS_REGION|--> ")


def unused_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@with_stack
def nobody_listens(where):
    endpoint = f"http://127.0.0.1:{unused_port()}"
    started = time.monotonic()
    ended = Stack(where, endpoint).run()
    expect_error(ended, re.escape(endpoint.split("//")[1]) + "|[Cc]onnect|refused")
    expect(time.monotonic() - started < 60, "a refused connection took a minute")


@with_stack
def nonsense_endpoint(where):
    for endpoint in ("nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999"):
        folder = os.path.join(where, str(len(os.listdir(where))))
        os.mkdir(folder)
        ended = Stack(folder, endpoint).run()
        expect(ended.status == 1, ended)
        expect(re.search("endpoint|URL|url|host|port", ended.err), ended)


# --- a wire that loses and mangles --------------------------------------------------------------


@with_stack
def converges(where, faults, seed):
    """Apply until it is fine; then one object each, no changes, and a clean end."""
    with peers.simulator("--faults", faults, "--seed", str(seed)) as aws, \
            peers.recorder(aws) as (proxy, log):
        stack = Stack(where, proxy)
        runs = []
        for _ in range(6):
            ended = stack.run()
            runs.append(ended.status)
            expect(ended.status in (0, 1), ended)
            if ended.status == 0:
                break
        expect(runs[-1] == 0, f"six runs were not enough: {runs}\n{ended}")
        plans = [stack.run("plan", "--detailed-exitcode") for _ in range(4)]
        expect(any(plan.status == 0 for plan in plans), plans[-1])
        for _ in range(6):
            ended = stack.run("destroy")
            if ended.status == 0:
                break
        expect(ended.status == 0, ended)
        print(f"   {faults} seed {seed}: apply exits {runs}, {len(log)} requests")


@with_stack
def one_object_each(where, faults, seed):
    """The same, and the world is asked by a client of its own what there is."""
    with peers.simulator("--faults", faults, "--seed", str(seed), "--world",
                         os.path.join(where, "world")) as aws:
        folder = os.path.join(where, "stack")
        os.mkdir(folder)
        stack = Stack(folder, aws)
        runs = []
        for _ in range(6):
            ended = stack.run()
            runs.append(ended.status)
            if ended.status == 0:
                break
        expect(runs[-1] == 0, f"six runs were not enough: {runs}\n{ended}")
    # The world goes on without faults; a new stack folder knows nothing, so it must find all.
    with peers.simulator("--world", os.path.join(where, "world")) as aws, \
            peers.recorder(aws) as (proxy, log):
        stack.env["AWS_ENDPOINT_URL"] = proxy
        ended = stack.run("plan", "--detailed-exitcode")
        expect(ended.status == 0, ended)
        ended = stack.run("destroy")
        expect(ended.status == 0, ended)
        gone = {kind: -count for kind, count in made(log).items()}
        expect(gone == ONE_EACH, f"destroyed were {gone}, one of each is {ONE_EACH}")
        vpcs = re.findall(r"<vpcId>", describe(proxy, "DescribeVpcs", log))
        expect(not vpcs, f"{len(vpcs)} networks were left behind")
        print(f"   {faults} seed {seed}: apply exits {runs}")


def describe(proxy, action, log):
    """Repeats the last recorded request of `action`, whose signature is still good."""
    last = [e for e in log if action_of(e) == action and "Filter" not in e.body.decode()
            and "VpcId" not in e.body.decode()]
    expect(last, f"no {action} was recorded")
    reply = []

    class Again:
        command, path, headers = last[-1].method, last[-1].target, last[-1].headers

    status, _, body = peers.forward(Again, last[-1].body, proxy)
    expect(status == 200, body)
    reply.append(body.decode())
    return reply[0]


XML = [("Content-Type", "text/xml")]
# What a server may say instead of an answer; the first request of a run is STS's.
REPLIES = {
    "an HTML page with 500": (500, [("Content-Type", "text/html")],
                              b"<html><body>\x1b[31mInternal Server Error</body></html>"),
    "an HTML page with 200": (200, [("Content-Type", "text/html")], b"<html>Log in</html>"),
    "nothing with 200": (200, XML, b""),
    "half an answer": (200, XML, b"<GetCallerIdentityResponse><GetCallerIdentityResult><Acc"),
    "garbage": (200, XML, os.urandom(4096)),
    "another root": (200, XML, b"<Other><Account>1</Account></Other>"),
    "no account": (200, XML, b"<GetCallerIdentityResponse><GetCallerIdentityResult/>"
                             b"</GetCallerIdentityResponse>"),
    "an entity": (200, XML, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                            b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>&e;"
                            b"</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"),
    "a deep tree": (200, XML, b"<a>" * 100_000),
    "a redirect": (302, [("Location", "http://127.0.0.1:1/")], b""),
    "403 without words": (403, XML, b""),
    "an unknown code": (400, XML, b"<ErrorResponse><Error><Code>Quite\x0bOdd</Code><Message>No."
                                  b"</Message></Error></ErrorResponse>"),
}


@with_stack
def odd_reply(where, reply):
    def answer(handler, body):
        peers.send(handler, *reply)

    with peers.http_server(answer) as endpoint:
        ended = Stack(where, endpoint).run()
        expect_error(ended, "error|plumbline:")
        expect("root:" not in ended.words and "\x1b" not in ended.words, ended)


@with_stack
def mangled(where, aws, share, mangle):
    """Every n-th reply is mangled after the request took effect; the next runs must cope."""
    count = [0]

    def answer(handler, body):
        count[0] += 1
        status, headers, reply = peers.forward(handler, body, aws)
        if count[0] % share == 0:
            status, headers, reply = mangle(status, headers, reply)
        if reply is None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        peers.send(handler, status, headers, reply)

    with peers.http_server(answer) as proxy, peers.recorder(aws) as (clean, log):
        stack = Stack(where, proxy)
        runs = []
        for _ in range(8):
            ended = stack.run()
            runs.append(ended.status)
            expect(ended.status in (0, 1), ended)
            if ended.status == 0:
                break
        expect(runs[-1] == 0, f"eight runs were not enough: {runs}\n{ended}")
        stack.env["AWS_ENDPOINT_URL"] = clean
        ended = stack.run("plan", "--detailed-exitcode")
        expect(ended.status == 0, ended)
        ended = stack.run("destroy")
        expect(ended.status == 0, ended)
        gone = {kind: -number for kind, number in made(log).items()}
        expect(gone == ONE_EACH, f"destroyed were {gone}, one of each is {ONE_EACH}")
        print(f"   apply exits {runs}, {count[0]} requests")


MANGLERS = {
    "truncated": lambda status, headers, body: (status, headers, body[: len(body) // 2]),
    "turned into noise": lambda status, headers, body: (status, headers, bytes(255 - b for b in body)),
    "replaced by an HTML 500": lambda status, headers, body: (500, [("Content-Type", "text/html")],
                                                              b"<html>Oops</html>"),
    "replaced by a plain 503": lambda status, headers, body: (503, [], b""),
    "dropped": lambda status, headers, body: (status, headers, None),
}


@with_stack
def wrong_clock(where, aws):
    """The program's clock is off by an hour, as the server's `Date` says: it signs anew by that."""
    def answer(handler, body):
        peers.send(handler, 403, XML + [("Date", "Fri, 01 Jan 2021 00:00:00 GMT")], b"<ErrorResponse>"
                   b"<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature "
                   b"expired: 20210101T000000Z is now earlier than 20210101T010000Z (20210101T011500Z "
                   b"- 15 min.)</Message></Error><RequestId>11111111-2222</RequestId></ErrorResponse>")
        seen.append(handler.headers.get("X-Amz-Date", ""))

    seen = []
    with peers.http_server(answer) as endpoint:
        expect_error(Stack(where, endpoint).run(), "SignatureDoesNotMatch|clock", "11111111-2222|clock")
    expect(any(stamp.startswith("20210101") for stamp in seen), f"signed at {seen}")


def main():
    peers.binary()
    with peers.simulator() as aws:
        SUITE.case("unknown key", credentials, aws,
                   ["InvalidClientTokenId|not.* valid", REQUEST_ID],
                   AWS_ACCESS_KEY_ID="AKIAIOSFODNN7NOTTHERE")
        SUITE.case("wrong secret", credentials, aws, ["SignatureDoesNotMatch", REQUEST_ID],
                   AWS_SECRET_ACCESS_KEY="wrong")
        SUITE.case("a token that no one gave", credentials, aws,
                   ["InvalidClientTokenId|ExpiredToken", REQUEST_ID], AWS_SESSION_TOKEN="stale")
        SUITE.case("no credentials", credentials, aws, ["[Cc]redentials"], AWS_ACCESS_KEY_ID=None,
                   AWS_SECRET_ACCESS_KEY=None)
        SUITE.case("half of a key", credentials, aws, ["AWS_SECRET_ACCESS_KEY|[Cc]redentials"],
                   AWS_SECRET_ACCESS_KEY=None)
        SUITE.case("a profile that is not there", credentials, aws, ["nobody"],
                   AWS_PROFILE="nobody", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
        SUITE.case("no region", no_region, aws)
    SUITE.case("nobody listens", nobody_listens)
    SUITE.case("nonsense for an endpoint", nonsense_endpoint)
    for name, reply in REPLIES.items():
        SUITE.case("reply: " + name, odd_reply, reply)
    with peers.simulator() as aws:
        SUITE.case("wrong clock", wrong_clock, aws)
    for faults, seed in (("throttle=0.5", 1), ("error=0.2", 2), ("drop=0.2", 3)):
        SUITE.case("converges through " + faults, converges, faults, seed)
        SUITE.case("one object each through " + faults, one_object_each, faults, seed)
    for name, mangle in MANGLERS.items():
        with peers.simulator() as aws:
            SUITE.case("every seventh reply is " + name, mangled, aws, 7, mangle)
    SUITE.finish()


if __name__ == "__main__":
    main()
