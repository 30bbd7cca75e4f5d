"""A stack whose process is killed, and what must hold when it ran again."""

import time

import wire


class Victim:
    """One stack in a fresh world; `self.stack` is made by who inherits."""

    def __init__(self, world, resources):
        world.reset()
        self.world = world
        self.resources = resources
        self.before = set(wire.inventory(world.port))

    def kill(self, command, after):
        """Starts the command and kills it; true when it was still at work."""
        process = self.stack.start(command, "--yes")
        time.sleep(after)
        was_running = process.poll() is None
        process.kill()
        process.communicate()
        return was_running

    def left(self):
        """What is there now and was not before."""
        found = wire.inventory(self.world.port)
        return {key: tags for key, tags in found.items() if key not in self.before}

    def complaints_about_apply(self):
        """The next apply, alone, ends with what it should; the one after changes nothing."""
        run = self.stack.run("apply", "--yes", code=None)
        if run.code != 0:
            return [f"the apply after the kill failed: {run}"]
        return self.complaints_about_what_is_there()

    def complaints_about_what_is_there(self):
        """One of everything, nothing else, and an apply that has nothing to do."""
        found = []
        left = self.left()
        owned = wire.owned(left)
        if len(owned) != self.resources or len(set(owned)) != self.resources:
            found.append(f"not one of each: {owned}")
        # EC2 makes a default group with every network; nothing else may be nobody's.
        strays = [
            key for key, tags in left.items() if wire.OWNED_TAG not in tags and key[0] != "group"
        ]
        if strays:
            found.append(f"without our tag: {strays}")
        result = self.stack.apply()
        if result["mutations"] or not result["complete"]:
            found.append(f"the next apply was not idle: {result}")
        return found

    def complaints_about_destroy(self):
        run = self.stack.run("destroy", "--yes", code=None)
        if run.code != 0:
            return [f"the destroy after the kill failed: {run}"]
        left = self.left()
        return [f"left behind: {sorted(left)}"] if left else []
