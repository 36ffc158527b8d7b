#!/usr/bin/env python3
"""collect_checkpoints.py - keeps the latest checkpoint of many audit logs, and says which log no longer extends it.

    collect_checkpoints.py [--quiet] [--timeout SECONDS] DIRECTORY NAME=DATABASE...
    collect_checkpoints.py [--quiet] [--timeout SECONDS] DIRECTORY --logs FILE      a line each: NAME=DATABASE

DATABASE is a URL for psql (postgresql://...), or else the path of an SQLite file. It needs psql for the first and
nothing for the second: Stead need not be loaded here, as it reads stead_audit_block and recomputes the Merkle tree from
all blocks. It believes neither the roots stored there nor any function of that database. DIRECTORY/NAME.checkpoint is
what stead_audit_checkpoint('NAME') returned. It is replaced only by a checkpoint of a tree that extends it.

It does not look at the events: stead_audit_verify() does. It prints a line for each log (--quiet: only what is not ok).
Exits with 1 if a log shrank, forked or is damaged; else with 2 if one did not answer, a checkpoint could not be kept or
the call is wrong; else with 0.
It needs only Python's standard library, and verify_export.py beside it.
"""
import argparse
import base64
import concurrent.futures
import contextlib
import fcntl
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from verify_export import Wrong, node, read_checkpoint, sha256, subtrees

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
COLUMNS = "SELECT first_leaf, events, {}, {} FROM stead_audit_block ORDER BY block"
FAULTS = ("SHRANK", "FORKED", "DAMAGED")


class NoAnswer(Exception):
    """Why a log could not be read."""


# ---- Reading the blocks of a log: first leaf, number of events, hashes of its subtrees, root -------------------------


@contextlib.contextmanager
def blocks_of_postgresql(url, seconds):
    sql = COLUMNS.format("encode(subtrees, 'hex')", "encode(root, 'hex')")
    command = ["psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-v", "FETCH_COUNT=1000", "-d", url, "-c", sql]
    environment = {"PGCONNECT_TIMEOUT": "10", **os.environ, "PGCLIENTENCODING": "UTF8"}
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
                              env=environment) as psql:
            timer = threading.Timer(seconds, psql.kill)
            timer.start()
            wrong = None
            try:
                yield (read_block(line.decode("ascii", "replace").rstrip("\n").split("|")) for line in psql.stdout)
            except Wrong as found:  # perhaps as psql broke off: wait for its status
                wrong = found
                for _ in psql.stdout:
                    pass
            finally:
                status = psql.wait()
                timer.cancel()
        if status:
            said.seek(0)
            text = said.read(1000).decode("utf-8", "replace").strip()
            raise NoAnswer(text.split("\n")[0] or f"no answer within {seconds:g} seconds")
        if wrong:
            raise wrong


def read_block(fields):
    try:
        first, events, hashes, root = fields
        return int(first), int(events), bytes.fromhex(hashes), bytes.fromhex(root)
    except ValueError:
        raise Wrong("a block is not of the form") from None


@contextlib.contextmanager
def blocks_of_sqlite(path, seconds):
    with contextlib.closing(sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro", uri=True, timeout=seconds,
                                            check_same_thread=False)) as database:
        timer = threading.Timer(seconds, database.interrupt)
        timer.start()
        try:
            yield database.execute(COLUMNS.format("subtrees", "root"))
        finally:
            timer.cancel()


# ---- The tree --------------------------------------------------------------------------------------------------------


class Range:
    """The roots of the largest perfect subtrees that cover the leaves so far, from left to right."""

    def __init__(self):
        self.size, self.nodes = 0, []

    def append(self, block):
        first, events, hashes, _ = block
        if [type(value) for value in block] != [int, int, bytes, bytes] or events < 1 or first != self.size:
            raise Wrong(f"its blocks do not follow each other at event {self.size}")
        levels = [level for level, _ in subtrees(first, first + events)]
        if len(hashes) != 32 * len(levels):
            raise Wrong(f"the block of event {first} has not the hashes of its events")
        for i, level in enumerate(levels):
            hash = hashes[32 * i:32 * i + 32]
            while self.nodes and self.nodes[-1][0] == level:
                hash = node(self.nodes.pop()[1], hash)
                level += 1
            self.nodes.append((level, hash))
        self.size += events

    def root(self):
        if not self.nodes:
            return sha256(b"")
        root = self.nodes[-1][1]
        for _, left in reversed(self.nodes[:-1]):
            root = node(left, root)
        return root


def read_tree(blocks, kept_size):
    """Returns size and root, and the root that the tree had at the kept size: None if no block ends there."""
    tree, kept_root, stored = Range(), None, None
    if kept_size == 0:
        kept_root = tree.root()
    for block in blocks:
        tree.append(block)
        stored = block[3]
        if tree.size == kept_size:
            kept_root = tree.root()
    if stored is not None and stored != tree.root():
        raise Wrong("the root of the last block is not that of the blocks")
    return tree.size, tree.root(), kept_root


# ---- One log ---------------------------------------------------------------------------------------------------------


def read_kept(path):
    try:
        with open(path, "rb") as file:
            return read_checkpoint(file.read())
    except FileNotFoundError:
        return None


def keep(path, name, size, root):
    """A reader sees the old checkpoint or the new one, whenever the machine stops."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(f"{name}\n{size}\n{base64.b64encode(root).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def judge(directory, name, database, seconds):
    """Returns a status and a sentence."""
    path = os.path.join(directory, name + ".checkpoint")
    try:
        kept = read_kept(path)
    except Wrong as wrong:
        return "DAMAGED", f"{path}: {wrong}"
    except OSError as error:
        return "NOT KEPT", str(error)
    kept_size, kept_root = kept or (0, sha256(b""))
    blocks_of = blocks_of_postgresql if re.match("postgres(ql)?://", database) else blocks_of_sqlite
    try:
        with blocks_of(database, seconds) as blocks:
            size, root, root_then = read_tree(blocks, kept_size)
    except Wrong as wrong:
        return "DAMAGED", str(wrong)
    except (NoAnswer, sqlite3.Error, OSError) as error:
        return "NO ANSWER", str(error)
    if size < kept_size:
        return "SHRANK", f"{kept_size} events were sealed, now {size} are: they were cut off, or it is an old copy"
    if root_then != kept_root:
        return "FORKED", f"its first {kept_size} events are not those of the checkpoint that is kept"
    if not kept or size > kept_size:
        try:
            keep(path, name, size, root)
        except OSError as error:
            return "NOT KEPT", str(error)
    return "ok", f"{size} events" + (f", {size - kept_size} more" if kept else ", the first checkpoint")


# ---- All logs --------------------------------------------------------------------------------------------------------


def read_logs(given):
    lines = given.log
    if given.logs:
        with open(given.logs, encoding="utf-8") as file:
            lines = lines + [line.strip() for line in file if line.strip() and not line.startswith("#")]
    logs = {}
    for line in lines:
        name, equals, database = line.partition("=")
        if not equals or not database or not NAME.fullmatch(name):
            raise ValueError(f"not NAME=DATABASE: {line}")
        if name in logs:
            raise ValueError(f"two logs are named {name}")
        logs[name] = database
    if not logs:
        raise ValueError("no log is named")
    return logs


def main():
    parser = argparse.ArgumentParser(description="Collects the checkpoints of many audit logs.")
    parser.add_argument("--quiet", action="store_true", help="print only what is not ok")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one log")
    parser.add_argument("--logs", help="a file with a line NAME=DATABASE for each log")
    parser.add_argument("directory")
    parser.add_argument("log", nargs="*", metavar="NAME=DATABASE")
    given = parser.parse_intermixed_args()
    try:
        logs = read_logs(given)
        lock = os.open(given.directory, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two collectors the slower one would keep the older checkpoint
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda log: judge(given.directory, *log, given.timeout), logs.items()))
    for name, (status, sentence) in zip(logs, verdicts):
        if status != "ok" or not given.quiet:
            print(f"{status}: {name}: {sentence}")
    found = {status for status, _ in verdicts}
    return 1 if found.intersection(FAULTS) else 2 if found != {"ok"} else 0


if __name__ == "__main__":
    sys.exit(main())
