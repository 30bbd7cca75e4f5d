"""Where credentials come from, with servers of the test's own in AWS's place; two accounts in one."""

import http.server
import json
import threading
import time

import harness
import wire

OTHER = "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole"
SMALL = """\
stack: small
region: ap-northeast-1
vpcs:
  main: { cidrBlock: 10.1.0.0/16 }
"""
TWO = SMALL + f"""\
  far: {{ account: data, cidrBlock: 10.2.0.0/16 }}
securityGroups:
  far: {{ account: data, vpc: far, description: Far }}
accounts:
  data: {{ assumeRole: '{ROLE}' }}
"""


def keys():
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    return {
        "Code": "Success",
        "Version": 1,
        "AccessKeyId": wire.KEY,
        "SecretAccessKey": wire.SECRET,
        "Expiration": end,
    }


class Answers(http.server.BaseHTTPRequestHandler):
    def answer(self):
        status, body = self.server.answer(self)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PUT = answer

    def log_message(self, *_):
        pass


class Credentials(harness.WorldCase):
    def serve(self, answer):
        """A server on a free port; `answer(request)` gives status and body."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        server.asked = []

        def noted(request):
            server.asked.append((request.command, request.path))
            return answer(request)

        server.answer = noted
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def without_keys(self, manifest=SMALL, config="", **env):
        """A stack whose environment holds no keys."""
        stack = self.stack(manifest, **env)
        del stack.env["AWS_ACCESS_KEY_ID"], stack.env["AWS_SECRET_ACCESS_KEY"]
        (stack.folder / "config").write_text(config)
        stack.env["AWS_CONFIG_FILE"] = str(stack.folder / "config")
        return stack

    def refusal(self, stack):
        """What a plan says that gets no credentials; nothing of a key is in it."""
        run = stack.run("plan", code=1)
        said = run.out + run.err
        self.assertNotIn(wire.SECRET, said)
        return said

    def test_a_container_is_asked_with_its_token(self):
        def answer(request):
            if request.headers.get("Authorization") != "pod-token":
                return 401, ""
            return 200, json.dumps(keys())

        server = self.serve(answer)
        stack = self.without_keys()
        token = stack.folder / "token"
        token.write_text("pod-token\n")
        stack.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token)
        uri = f"http://127.0.0.1:{server.server_port}/v1/credentials?a=b"
        stack.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri
        self.assertEqual(stack.changes(), {"vpcs.main": "create"})
        self.assertEqual(server.asked, [("GET", "/v1/credentials?a=b")])
        stack.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://192.0.2.1/v1/credentials"
        self.assertIn("may be asked for credentials", self.refusal(stack))

    def test_the_metadata_of_an_instance_is_asked_in_version_2_only(self):
        has_version_2 = True

        def answer(request):
            if request.command == "PUT":
                return (200, "session") if has_version_2 else (403, "")
            if has_version_2 and request.headers.get("x-aws-ec2-metadata-token") != "session":
                return 401, ""
            return 200, json.dumps(keys()) if request.path.endswith("/node") else "node"

        server = self.serve(answer)
        stack = self.without_keys(
            AWS_EC2_METADATA_DISABLED="false",
            AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{server.server_port}/",
        )
        self.assertEqual(stack.changes(), {"vpcs.main": "create"})
        self.assertEqual(len(server.asked), 3)
        has_version_2 = False
        self.assertIn("version 1 is never used", self.refusal(stack))
        self.assertEqual(server.asked[3:], [("PUT", "/latest/api/token")])

    def test_a_program_is_run_when_it_is_switched_on(self):
        stack = self.without_keys()
        printed = stack.folder / "keys.json"
        printed.write_text(json.dumps(keys()))
        config = stack.folder / "config"
        config.write_text(f"[default]\ncredential_process = cat '{printed}'\n")
        self.assertIn("PLUMBLINE_CREDENTIAL_PROCESS=1", self.refusal(stack))
        stack.env["PLUMBLINE_CREDENTIAL_PROCESS"] = "1"
        self.assertEqual(stack.changes(), {"vpcs.main": "create"})
        printed.write_text("not for reading: " + wire.SECRET)
        self.assertIn("Version 1", self.refusal(stack))

    def test_a_profile_assumes_its_role(self):
        config = (
            f"[profile far]\nrole_arn = {ROLE}\nsource_profile = near\n"
            f"[profile near]\naws_access_key_id = {wire.KEY}\n"
            f"aws_secret_access_key = {wire.SECRET}\n"
        )
        stack = self.without_keys(config=config, AWS_PROFILE="far")
        plan = stack.run("plan", "--format", "json").event("plan")
        self.assertEqual(plan["account"], OTHER)
        stack.env["AWS_PROFILE"] = "near"
        plan = stack.run("plan", "--format", "json").event("plan")
        self.assertEqual(plan["account"], "123456789012")

    def test_the_places_that_were_looked_at_are_told(self):
        said = self.refusal(self.without_keys())
        for place in ("AWS_ACCESS_KEY_ID", "the container", "AWS_EC2_METADATA_DISABLED"):
            self.assertIn(place, said)

    def test_one_manifest_spans_two_accounts(self):
        stack = self.stack(TWO)
        self.assertTrue(stack.apply()["complete"])
        self.assertEqual(stack.changes(), {})
        self.assert_unchanged(stack)
        stack.edit((OTHER, "333333333333"))
        run = stack.run("plan", code=1)
        self.assertIn("333333333333 now, but this state knows it as " + OTHER, run.out + run.err)
        stack.edit(("333333333333", OTHER))
        for file in stack.state.iterdir():
            content = file.read_bytes()
            self.assertNotIn(wire.SECRET.encode(), content, file)
            self.assertNotIn(b"SessionToken", content, file)
        self.assertTrue(stack.destroy()["complete"])
        self.assert_nothing_left()


if __name__ == "__main__":
    harness.main()
