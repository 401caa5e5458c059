"""A decoding process that does what its content says, within the real one's limits: python -m tests.files.hungry."""

from __future__ import annotations

import os
import time

from messaging.files.pictures import process
from messaging.files.pictures.outcome import NO_PICTURE, Outcome

KEPT: list[bytes] = []


def spin() -> Outcome:
    while True:
        pass


def eat() -> Outcome:
    while True:
        KEPT.append(bytes(50_000_000))


def sleep() -> Outcome:
    time.sleep(600)
    return NO_PICTURE


def babble() -> Outcome:
    os.write(1, b"what a decoder prints")
    return NO_PICTURE


def crash() -> Outcome:
    os.abort()


DOES = {b"spin": spin, b"eat": eat, b"sleep": sleep, b"babble": babble, b"crash": crash, b"fine": lambda: NO_PICTURE}

if __name__ == "__main__":
    process.CPU_SECONDS = 1
    process.IDLE_SECONDS = 0.3
    process.remake = lambda content: DOES[content]()
    process.main()
