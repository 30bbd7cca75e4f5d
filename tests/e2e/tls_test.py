"""Who is asked must prove who he is: nothing is sent over a connection that does not.

A server that ends TLS before the simulated AWS shows certificates of several kinds; what it gets
to read after the handshake is counted.
"""

import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import harness

MANIFEST = "stack: tls\nregion: ap-northeast-1\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
HERE = "IP:127.0.0.1"


class Authority:
    """Signs certificates with openssl, in a folder of its own."""

    def __init__(self, folder, name):
        self.folder = folder
        self.key, self.bundle = folder / f"{name}.key", folder / f"{name}.pem"
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2",
            "-keyout", self.key, "-out", self.bundle,
        )

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, stderr=subprocess.DEVNULL)

    def sign(self, name, alternative, days=1, more="", by=None):
        """A key and a certificate in one file; `more` are lines of its extensions. `by` is the file of
        somebody else who signs."""
        key, request, made = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={alternative}\n{more}")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", by or self.bundle,
                      "-CAkey", by or self.key, "-CAcreateserial", "-days", days, "-extfile", extension, "-out", made)
        whole = self.folder / f"{name}.whole"
        whole.write_bytes(key.read_bytes() + made.read_bytes())
        return whole


class Gate:
    """Ends TLS and passes what it holds on to a port."""

    def __init__(self, behind, certificate, newest=None):
        self.behind, self.heard = behind, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = newest
        self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as plain:
                with socket.create_connection(("127.0.0.1", self.behind)) as server:
                    threading.Thread(target=self._pass, args=(server, plain), daemon=True).start()
                    while received := plain.recv(1 << 16):
                        self.heard += len(received)
                        server.sendall(received)
        except OSError:
            pass  # The handshake failed, or somebody hung up.

    @staticmethod
    def _pass(server, plain):
        try:
            while received := server.recv(1 << 16):
                plain.sendall(received)
        except OSError:
            pass

    def close(self):
        self.listener.close()


class ShortGate(Gate):
    """Answers one request a connection, and leaves without ending TLS. Where an answer ends is in its
    header, or nowhere."""

    def __init__(self, behind, certificate, tells_length):
        self.tells_length = tells_length
        super().__init__(behind, certificate)

    def _serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as plain:
                with socket.create_connection(("127.0.0.1", self.behind)) as server:
                    asked = self._message(plain)
                    self.heard += len(asked)
                    server.sendall(asked)
                    head, _, body = self._message(server).partition(b"\r\n\r\n")
                lines = head.split(b"\r\n")
                if not self.tells_length:
                    lines = [l for l in lines if not l.lower().startswith(b"content-length:")]
                plain.sendall(b"\r\n".join([*lines, b"Connection: close", b"", body]))
        except OSError:
            pass  # Somebody hung up.

    @staticmethod
    def _message(connection):
        """One whole request or answer."""
        text = b""
        while b"\r\n\r\n" not in text:
            received = connection.recv(1 << 16)
            if not received:
                raise ConnectionError("it ended in the middle")
            text += received
        head, _, body = text.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        missing = int(length[1]) - len(body) if length else 0
        while missing > 0:
            received = connection.recv(missing)
            if not received:
                raise ConnectionError("it ended in the middle")
            text, missing = text + received, missing - len(received)
        return text


class Tls(harness.WorldCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.known = Authority(cls.folder, "known")
        cls.strange = Authority(cls.folder, "strange")

    def plan(self, certificate, code, bundle=None, gate=Gate, **more):
        """Runs a plan through a gate with the certificate; returns what was said and heard."""
        gate = gate(self.world.port, certificate, **more)
        try:
            stack = self.stack(MANIFEST, AWS_CA_BUNDLE=str(bundle or self.known.bundle))
            stack.env["AWS_ENDPOINT_URL"] = f"https://127.0.0.1:{gate.port}"
            run = stack.run("plan", code=None)
        finally:
            gate.close()
        self.assertEqual(run.code == 0, code == 0, run)
        return run.out + run.err, gate.heard

    def refuse(self, certificate, word, **more):
        said, heard = self.plan(certificate, 1, **more)
        self.assertIn(word, said)
        self.assertEqual(heard, 0, "bytes of the program's that it heard")

    def test_a_certificate_of_a_known_authority_for_this_host_is_taken(self):
        said, heard = self.plan(self.known.sign("good", HERE), 0)
        self.assertIn("1 to create", said)
        self.assertGreater(heard, 0)

    def test_an_unknown_authority_is_refused_and_the_way_out_is_named(self):
        self.refuse(self.strange.sign("forged", HERE), "AWS_CA_BUNDLE")

    def test_a_certificate_that_signed_itself_is_refused(self):
        alone = self.folder / "alone.whole"
        alone.write_bytes(self.strange.key.read_bytes() + self.strange.bundle.read_bytes())
        self.refuse(alone, "AWS_CA_BUNDLE")

    def test_another_hosts_certificate_is_refused(self):
        self.refuse(self.known.sign("other", "DNS:ec2.example"), "127.0.0.1")

    def test_an_expired_certificate_is_refused(self):
        self.refuse(self.known.sign("expired", HERE, days=-1), "expired")

    def test_a_name_that_looks_like_the_address_is_not_the_address(self):
        self.refuse(self.known.sign("name", "DNS:127.0.0.1"), "127.0.0.1")

    def test_a_star_stands_for_no_address(self):
        self.refuse(self.known.sign("star", "DNS:*"), "127.0.0.1")

    def test_another_address_is_refused(self):
        self.refuse(self.known.sign("neighbour", "IP:127.0.0.2"), "127.0.0.1")

    def test_a_clients_certificate_is_no_servers(self):
        self.refuse(
            self.known.sign("client", HERE, more="extendedKeyUsage=clientAuth\n"), "AWS_CA_BUNDLE"
        )

    def test_what_somebody_signed_who_is_no_authority_is_refused(self):
        leaf = self.known.sign("leaf", HERE, more="basicConstraints=critical,CA:FALSE\n")
        forged = self.known.sign("forged-by-leaf", HERE, by=leaf)
        forged.write_bytes(forged.read_bytes() + (self.folder / "leaf.crt").read_bytes())
        self.refuse(forged, "AWS_CA_BUNDLE")

    def plan_against(self, scheme, answer):
        """Runs a plan, which must fail, against somebody who gives one answer to everything; returns
        what was said, and heard of each connection."""
        heard = []
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    heard.append(client.recv(1 << 16))
                    client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        stack = self.stack(MANIFEST)
        stack.env["AWS_ENDPOINT_URL"] = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        run = stack.run("plan", code=None)
        listener.close()
        self.assertEqual(run.code, 1, run)
        self.assertTrue(heard)
        return run.err, heard

    def test_a_server_that_speaks_plain_text_where_tls_is_due_hears_nothing(self):
        said, heard = self.plan_against("https", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.assertIn("TLS", said)
        for greeting in heard:
            self.assertTrue(greeting.startswith(b"\x16\x03"), greeting)
            self.assertNotIn(b"AWS4-HMAC", greeting)

    def test_an_answer_that_nothing_but_the_end_of_the_connection_ends_is_none(self):
        """Anybody on the way can end a connection: what came so far may be half of what was said."""
        certificate = self.known.sign("short", HERE)
        said, _ = self.plan(certificate, 0, gate=ShortGate, tells_length=True)
        self.assertIn("1 to create", said)
        said, heard = self.plan(certificate, 1, gate=ShortGate, tells_length=False)
        self.assertGreater(heard, 0)
        self.assertIn("TruncatedResponse", said)

    def test_a_redirect_to_plain_text_is_not_followed(self):
        with socket.create_server(("127.0.0.1", 0)) as elsewhere:
            elsewhere.settimeout(0.2)
            place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
            said, _ = self.plan_against(
                "http", f"HTTP/1.1 307 T\r\nLocation: {place}\r\nContent-Length: 0\r\n"
                        "Connection: close\r\n\r\n".encode())
            self.assertIn("not followed", said)
            with self.assertRaises(TimeoutError):
                elsewhere.accept()

    def test_an_old_version_of_the_protocol_is_refused(self):
        certificate = self.known.sign("old", HERE)
        self.assertEqual(self.version_of_lax_client(certificate), "TLSv1.1")
        self.refuse(certificate, "protocol", newest=ssl.TLSVersion.TLSv1_1)

    def version_of_lax_client(self, certificate):
        """What the gate agrees on with somebody who takes everything: else it proves nothing."""
        gate = Gate(self.world.port, certificate, newest=ssl.TLSVersion.TLSv1_1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        try:
            with socket.create_connection(("127.0.0.1", gate.port)) as plain:
                with context.wrap_socket(plain) as client:
                    return client.version()
        finally:
            gate.close()


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        harness.skip("openssl is not installed")
    harness.main()
