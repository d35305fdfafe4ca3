"""Runs a program at a terminal of its own, and types what comes on stdin as soon as the prompt is there.

    at-a-terminal.py PROMPT PROGRAM ARGUMENT...

Prints as JSON what the terminal showed, the program's exit code, and whether the terminal echoes afterwards. A program
that does not end within five seconds is killed.
"""
import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time

prompt, *program = sys.argv[1:]
typed = sys.stdin.buffer.read()
terminal, theirs = pty.openpty()


def shown_within(seconds):
    readable, _, _ = select.select([terminal], [], [], seconds)
    return os.read(terminal, 10_000) if readable else b""


def prepare_program():
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


# On one processor, and with us before the program: who types is faster than what it does behind its prompt.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
child = subprocess.Popen(
    program,
    stdin=theirs,
    stdout=theirs,
    stderr=theirs,
    start_new_session=True,
    preexec_fn=prepare_program,
)
end = time.monotonic() + 5
shown = b""
while prompt.encode() not in shown and child.poll() is None:
    shown += shown_within(0.02)
os.write(terminal, typed)
while child.poll() is None:
    shown += shown_within(0.02)
    if time.monotonic() > end:
        child.kill()
while more := shown_within(0):
    shown += more

echoes = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
print(json.dumps({"shown": shown.decode(), "code": child.returncode, "echoes": echoes}))
