"""run.py FILE [DATABASE [COPY...]] - each line of FILE is a statement; prints rows as the sqlite3 shell does.

The connection has Stead from the wheel. With copies of the module, a connection for each is open meanwhile, and each
runs FILE in turn: in a database of its own, and with the wheel's loaded over it.
"""
import sqlite3
import sys

import stead


def run(db, statements):
    for statement in statements:
        for row in db.execute(statement):
            print("|".join("" if value is None else str(value) for value in row))


def connect(path, copy=None):
    db = sqlite3.connect(path, isolation_level=None)
    if copy:
        db.enable_load_extension(True)
        db.load_extension(copy)
        db.enable_load_extension(False)
    return db


with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
run(stead.load(connect(sys.argv[2] if len(sys.argv) > 2 else ":memory:")), lines)
others = [connect(":memory:", copy) for copy in sys.argv[3:]]
for other in others:
    run(other, lines)
for copy in sys.argv[3:]:
    run(stead.load(connect(":memory:", copy)), lines)
