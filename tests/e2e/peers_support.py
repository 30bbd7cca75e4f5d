"""What the tests beside other clients share: the program, a simulated AWS, and a recording proxy.

Python's standard library alone. PLUMBLINE_BINARY names the program; without it the tests skip.
"""
import contextlib
import http.client
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(HERE, "..", "..", "examples", "lambda-rds-proxy")
SKIPPED = 77
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "ap-northeast-1"
PASSWORD = "a-peer-of-9-words"


def skip(why):
    print("SKIPPED:", why)
    sys.exit(SKIPPED)


def binary():
    path = os.environ.get("PLUMBLINE_BINARY", "")
    if not os.access(path, os.X_OK):
        skip("PLUMBLINE_BINARY names no program: '" + path + "'")
    return os.path.abspath(path)


def clean_environment(**more):
    """This environment without anything of AWS or of ours, so that no test reaches an account."""
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PLUMBLINE_", "DB_PASSWORD"))}
    keep.update({"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", "NO_COLOR": "1",
                 "AWS_CONFIG_FILE": "/nonexistent/config",
                 "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials"})
    keep.update(more)
    return {name: value for name, value in keep.items() if value is not None}


def environment(endpoint, scale=600, **more):
    return clean_environment(**{
        "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET, "PLUMBLINE_TIME_SCALE": str(scale),
        "DB_PASSWORD": PASSWORD, **more})


class Ended:
    """How a command ended: its status and its words."""

    def __init__(self, arguments, status, out, err):
        self.arguments, self.status, self.out, self.err = arguments, status, out, err
        self.words = out + err

    def __str__(self):
        return (f"$ plumbline {' '.join(self.arguments)}\n--- exit {self.status}\n{self.out}"
                f"--- errors\n{self.err}")


def run(arguments, env, timeout=300, folder=None, **more):
    """Runs the program to its end; an end by a signal is a crash and fails at once."""
    done = subprocess.run([binary()] + list(arguments), env=env, cwd=folder, timeout=timeout,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **more)
    ended = Ended(list(arguments), done.returncode, done.stdout.decode("utf-8", "replace"),
                  done.stderr.decode("utf-8", "replace"))
    if done.returncode < 0:
        raise AssertionError(f"ended by signal {-done.returncode}\n{ended}")
    return ended


@contextlib.contextmanager
def background(arguments, env=None):
    """A program of ours that runs beside the test, with its output in a file."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([binary()] + list(arguments), env=env or clean_environment(),
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def said():
            return os.pread(log.fileno(), 1 << 20, 0).decode("utf-8", "replace")

        process.said = said
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.returncode < 0 and process.returncode != -signal.SIGKILL:
                raise AssertionError(f"{arguments[0]} ended by signal {-process.returncode}")


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


@contextlib.contextmanager
def simulator(*arguments, scale=600):
    """A simulated AWS; yields its address."""
    with background(["simulate", "--listen", "127.0.0.1:0", "--time-scale", str(scale),
                     *arguments]) as process:
        found = wait_until(lambda: re.search(r"(http://127\.0\.0\.1:\d+) ", process.said()), 10,
                           "the simulator: " + process.said())
        yield found.group(1)


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="plumbline-")
    try:
        yield path
    finally:
        for root, names, _ in os.walk(path):
            os.chmod(root, 0o700)
        shutil.rmtree(path)


def copy_example(where):
    target = os.path.join(where, "example")
    shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns(".plumbline", "__pycache__"))
    return target


class Exchange:
    """One recorded request with the status of its reply."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.status = None
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
        self.region, self.service = scope.groups() if scope else ("", "")


@contextlib.contextmanager
def http_server(answer):
    """A loopback server of `answer(handler, body)`, which writes a whole reply; yields address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_any(self):
            length = int(self.headers.get("Content-Length") or 0)
            answer(self, self.rfile.read(length))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_any

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients may go away; that is their right
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield "http://127.0.0.1:%d" % server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def forward(handler, body, upstream):
    """Passes a request on unchanged, the Host that was signed included; (status, headers, body)."""
    connection = http.client.HTTPConnection(upstream.split("//")[1], timeout=30)
    try:
        connection.putrequest(handler.command, handler.path, skip_host=True,
                              skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, reply.getheaders(), reply.read()
    finally:
        connection.close()


def send(handler, status, headers, body):
    handler.send_response_only(status)
    for name, value in headers:
        if name.lower() not in ("connection", "content-length", "transfer-encoding"):
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def recorder(upstream):
    """A proxy before `upstream`; yields its address and the growing list of Exchanges."""
    exchanges = []

    def answer(handler, body):
        exchange = Exchange(handler.command, handler.path,
                            {name.lower(): value for name, value in handler.headers.items()}, body)
        exchanges.append(exchange)
        exchange.status, headers, reply = forward(handler, body, upstream)
        send(handler, exchange.status, headers, reply)

    with http_server(answer) as address:
        yield address, exchanges


class Suite:
    """Named cases one after the other; a failed one does not keep the others from running."""

    def __init__(self):
        self.passed, self.failures = 0, []

    def case(self, name, body, *arguments, **more):
        started = time.monotonic()
        try:
            body(*arguments, **more)
            self.passed += 1
            verdict = "ok  "
        except Exception as error:  # whatever went wrong, the report names the case
            self.failures.append(name)
            verdict = "FAIL"
            print(f"--- {name}: {type(error).__name__}: {error}")
        print(f"{verdict} {name} ({time.monotonic() - started:.1f}s)", flush=True)

    def finish(self):
        print(f"{self.passed} passed, {len(self.failures)} failed")
        for name in self.failures:
            print("  failed:", name)
        sys.exit(1 if self.failures else 0)


def expect(condition, message):
    if not condition:
        raise AssertionError(str(message))
