"""Programs that are loaded once and wait for commands: one line in, one line of JSON out."""

import json
import os
import select
import signal
import subprocess
import sys
import time


class Failed(Exception):
    """A program could not do what it was asked."""


class Server:
    """A child process. `ready` is its first line: what getting ready took, and what it says of itself."""

    def __init__(self, command, folder, limit):
        """Starts `command` in `folder`; `limit` is the seconds within which it must be ready."""
        self.errors = open(folder / f"errors-{time.monotonic_ns()}.txt", "w+")
        # A group of its own, so that compilers it started end with it.
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True)
        self.pending = b""
        try:
            self.ready = self.answer(limit)
        except Failed:
            self.close()
            raise

    def ask(self, *words, limit=3600):
        """The answer to one command."""
        try:
            self.process.stdin.write((" ".join(str(word) for word in words) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # The answer that does not come says why.
        return self.answer(limit)

    def answer(self, limit):
        end = time.monotonic() + limit
        while b"\n" not in self.pending:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            if not readable:
                self.close()
                raise Failed(f"gave no answer within {limit:.0f} s")
            found = os.read(self.process.stdout.fileno(), 1 << 16)
            if not found:
                status = self.process.wait()
                raise Failed(f"ended with status {status}: {self.last_words()}")
            self.pending += found
        line, self.pending = self.pending.split(b"\n", 1)
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def last_words(self):
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self):
        """Ends the program and whatever it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def peer(module, *arguments):
    """The command of a server in `peers`."""
    return [sys.executable, "-m", f"comparison.peers.{module}", *arguments]
