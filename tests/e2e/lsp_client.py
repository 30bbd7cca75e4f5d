"""A small editor: a client of the Language Server Protocol over a child's standard streams.

It keeps its own copy of every document and counts in the encoding that was agreed on, so that what
it holds and what the server holds can be compared. All traffic stays in `log`.
"""

import json
import os
import pathlib
import queue
import subprocess
import threading
import time

LIMIT = 60.0

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True}},
        "hover": {"contentFormat": ["plaintext"]},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {"codeActionLiteralSupport": {
            "codeActionKind": {"valueSet": ["quickfix"]}}},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


def capabilities(encodings):
    return {**CAPABILITIES, "general": {"positionEncodings": encodings}}


class Refused(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]


class Document:
    def __init__(self, uri, text):
        self.uri, self.text, self.version = uri, text, 1


class Editor:
    def __init__(self, binary, *arguments, env=None, cwd=None, encodings=("utf-16",), **options):
        self.process = subprocess.Popen(
            [binary, "lsp", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=env, cwd=cwd)
        self.log = []  # ("sent" or "got", message)
        self.documents = {}
        self.diagnostics = {}  # by URI, the last ones
        self.messages = []  # of window/logMessage
        self.asked = {}  # method by id
        self.inbox = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._drain, daemon=True).start()
        self.server = None
        if encodings:
            self.server = self.ask("initialize", {
                "processId": os.getpid(), "rootUri": None,
                "capabilities": capabilities(list(encodings)), **options})
            self.encoding = self.server["capabilities"]["positionEncoding"]
            self.tell("initialized", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except OSError:
                pass

    def _drain(self):
        self.errors = self.process.stderr.read()

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while (line := stream.readline().strip()):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                self.inbox.put(None)
                return
            self.inbox.put((time.perf_counter(), json.loads(stream.read(length))))

    def send_raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps(message, ensure_ascii=False).encode()
        self.log.append(("sent", message))
        self.send_raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def tell(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def receive(self):
        """One message, filed where it belongs."""
        got = self.inbox.get(timeout=LIMIT)
        if got is None:
            raise EOFError("the server ended")
        self.when, message = got
        self.log.append(("got", message))
        method, params = message.get("method"), message.get("params")
        if method == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params
        elif method == "window/logMessage":
            self.messages.append(params["message"])
        elif method and "id" in message:
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        return message

    def start_asking(self, method, params):
        number = len(self.asked) + 1
        self.asked[number] = method
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def answer(self, number):
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise Refused(message["error"])
                return message["result"]

    def ask(self, method, params):
        return self.answer(self.start_asking(method, params))

    # Documents.

    def open(self, path, text=None):
        path = pathlib.Path(path)
        uri = path.as_uri()
        document = Document(uri, path.read_text() if text is None else text)
        self.documents[uri] = document
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": "yaml", "version": 1, "text": document.text}})
        return document

    def units(self, text):
        if self.encoding == "utf-8":
            return len(text.encode())
        return len(text) if self.encoding == "utf-32" else len(text.encode("utf-16-le")) // 2

    def position(self, document, at):
        before = document.text[:at]
        line = before.rfind("\n") + 1
        return {"line": before.count("\n"), "character": self.units(before[line:])}

    def offset(self, document, position):
        lines = document.text.split("\n")
        at = sum(len(line) + 1 for line in lines[:position["line"]])
        for letter in lines[position["line"]] if position["line"] < len(lines) else "":
            if self.units(document.text[document.text.rfind("\n", 0, at) + 1:at]) >= \
                    position["character"]:
                break
            at += 1
        return at

    def edits(self, document, changes):
        """Changes [(begin, end, text)] in order, as one notification."""
        sent = []
        for begin, end, text in changes:
            sent.append({"range": {"start": self.position(document, begin),
                                   "end": self.position(document, end)}, "text": text})
            document.text = document.text[:begin] + text + document.text[end:]
        document.version += 1
        self.tell("textDocument/didChange", {
            "textDocument": {"uri": document.uri, "version": document.version},
            "contentChanges": sent})

    def type(self, document, where, text):
        """Puts `text` behind the first `where`."""
        at = document.text.index(where) + len(where)
        self.edits(document, [(at, at, text)])
        return at + len(text)

    def replace(self, document, old, new):
        at = document.text.index(old)
        self.edits(document, [(at, at + len(old), new)])

    def found(self, document):
        """Diagnostics of the document as it is now."""
        while self.diagnostics.get(document.uri, {}).get("version") != document.version:
            self.receive()
        return self.diagnostics[document.uri]["diagnostics"]

    def all_found(self, document):
        """Codes by the name of the file, of the whole stack."""
        self.found(document)
        self.ask("textDocument/documentSymbol", {"textDocument": {"uri": document.uri}})
        return {uri.rsplit("/", 1)[1]: [d["code"] for d in params["diagnostics"]]
                for uri, params in self.diagnostics.items()}

    def codes(self, document):
        return [d["code"] for d in self.found(document)]

    def at(self, document, offset):
        return {"textDocument": {"uri": document.uri},
                "position": self.position(document, offset)}

    def apply(self, document, edit):
        for change in edit["documentChanges"]:
            assert change["textDocument"] == {"uri": document.uri, "version": document.version}
            edits = sorted(change["edits"], key=lambda e: (
                e["range"]["start"]["line"], e["range"]["start"]["character"]), reverse=True)
            self.edits(document, [(self.offset(document, e["range"]["start"]),
                                   self.offset(document, e["range"]["end"]), e["newText"])
                                  for e in edits])

    def close(self, document):
        self.tell("textDocument/didClose", {"textDocument": {"uri": document.uri}})
        del self.documents[document.uri]
        self.diagnostics.pop(document.uri, None)  # What comes next is about another text.

    def end(self):
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.process.wait(LIMIT)
