#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Types the commands of a file into an interactive program, each when the program asks for it.

    feed_testpmd.py FILE PROGRAM ARGUMENT...

`sleep N` waits N seconds of real time; empty lines and lines that start with # are left out; `quit` follows
the last. Prints what the program prints. Exit code: the program's; 1 if it refused a line, which is named on
stderr; 124 if it is silent for two minutes.
"""
import os
import pty
import re
import select
import signal
import sys
import time

PROMPT = b"testpmd> "
SLEEP = re.compile(r"sleep\s+\d+(\.\d+)?")
PATIENCE = 120  # seconds
SILENCE = 3
REFUSALS = re.compile(rb"^(Command not found|Bad arguments|Ambiguous command)", re.MULTILINE)
ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]|\x1bE")


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command):
        self.answer = b""  # to the last line typed
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)

    def read(self, seconds):
        """What has been printed, at most `seconds` later: nothing at the program's end, None for silence."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return None
        try:
            return os.read(self.master, 65536)
        except OSError:  # all of its end is closed
            return b""

    def give_up(self):
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(124)

    def follow(self, until_prompt):
        """Prints until the program prompts; False if it has ended. Its threads may print into the prompt,
        which is written a character at a time; so one that is silent is taken to ask, and typed ahead of at
        the worst."""
        text = self.answer = b""
        while not (until_prompt and PROMPT in self.answer):
            piece = self.read(SILENCE if until_prompt and text else PATIENCE)
            if piece is None and not (until_prompt and text):
                self.give_up()
            if not piece:
                return piece is None  # no more bytes: the program has ended
            text += piece
            self.answer = ESCAPES.sub(b"", text).replace(b"\r", b"")
            sys.stdout.buffer.write(ESCAPES.sub(b"", piece).replace(b"\r", b""))
            sys.stdout.flush()
        return True

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [(number, line.strip()) for number, line in enumerate(file, 1)]
    commands = [(number, line) for number, line in lines if line and not line.startswith("#")] + [(0, "quit")]
    for number, line in commands:
        if line.split()[0] == "sleep" and not SLEEP.fullmatch(line):
            print(f"testpmd: {sys.argv[1]}:{number}: \"{line}\": sleep takes a number of seconds",
                  file=sys.stderr)
            sys.exit(2)
    terminal = Terminal(sys.argv[2:])
    running = terminal.follow(True)
    refused = False
    for number, line in commands:
        if not running:
            break
        if SLEEP.fullmatch(line):
            time.sleep(float(line.split()[1]))
            continue
        os.write(terminal.master, line.encode() + b"\n")
        running = terminal.follow(line != "quit")
        if REFUSALS.search(terminal.answer):
            refused = True
            print(f"testpmd: {sys.argv[1]}:{number}: \"{line}\" was refused", file=sys.stderr)
    sys.exit(terminal.status() or int(refused))


if __name__ == "__main__":
    main()
