"""A secret lies in locked pages of the running program and nowhere else in its memory.

Reads /proc/PID/mem, which takes root: the program lets nobody else look.
"""

import os
import re
import time

import harness
import wire

MANIFEST = """
stack: memory
region: ap-northeast-1
inputs: { password: { file: password, sensitive: true } }
secrets:
  login:
    secretString: { username: app, password: '${inputs.password}' }
    forceDelete: true
"""


def mappings(pid):
    """(first address, end, name, flags) of everything that the process itself may read."""
    place = None
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            words = line.split()
            head = re.fullmatch(r"([0-9a-f]+)-([0-9a-f]+)", words[0])
            if head:
                name = words[5] if len(words) > 5 else "anonymous"
                place = (int(head[1], 16), int(head[2], 16), name) if "r" in words[1] else None
            elif words[0] == "VmFlags:" and place and not place[2].startswith("[v"):
                # The simulator in the program has the example's key among its constants.
                if place[2] != os.path.realpath(harness.BINARY):
                    yield (*place, words[1:])


def places_of(words, pid):
    """Where each of the words stands: (word, name of the mapping, its flags)."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for first, end, name, flags in mappings(pid):
            memory.seek(first)
            content = memory.read(end - first)
            found += [
                (word, name, flags) for word in words for _ in re.finditer(re.escape(word), content)
            ]
    return found


class Memory(harness.WorldCase):
    def test_secrets_lie_in_locked_pages_and_nowhere_else(self):
        password = "canary-" + os.urandom(12).hex()
        stack = self.stack(MANIFEST)
        (stack.folder / "password").write_text(password + "\n")
        keys = stack.folder / "keys"
        keys.write_text(
            f"[default]\naws_access_key_id = {wire.KEY}\naws_secret_access_key = {wire.SECRET}\n"
        )
        stack.env["AWS_SHARED_CREDENTIALS_FILE"] = str(keys)
        del stack.env["AWS_ACCESS_KEY_ID"], stack.env["AWS_SECRET_ACCESS_KEY"]
        controller = self.controller(stack)
        harness.wait_until(
            lambda: controller.phase("secrets.login")[0] == "Synced", "the secret to be made"
        )
        made = wire.Client(self.world.port).secrets("GetSecretValue", SecretId="login")
        self.assertIn(password, made["SecretString"])
        time.sleep(2.5)  # Some runs that change nothing.
        words = [password.encode(), wire.SECRET.encode()]
        # A look in the middle of a run may meet a text on its way; what stays is met each time.
        for _ in range(5):
            found = places_of(words, controller.process.pid)
            if all({"lo", "dd"} <= set(flags) for _, _, flags in found):
                break
            time.sleep(0.3)
        print(f"{len(found)} places: {sorted((word, name, ' '.join(f)) for word, name, f in found)}")
        self.assertEqual({word for word, _, _ in found}, set(words), "the next run needs them")
        for _, name, flags in found:
            self.assertIn("dd", flags, f"what is in {name} would be in a dump")
            self.assertIn("lo", flags, f"what is in {name} may be swapped")
        controller.stop()


if __name__ == "__main__":
    if os.geteuid() != 0:
        harness.skip("to read another process's memory takes root")
    if harness.is_sanitized():
        harness.skip("a sanitizer keeps what was freed")
    harness.main()
