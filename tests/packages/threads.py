"""threads.py DATABASE - many threads with connections of their own to one file; they load and close all the time."""
import hashlib
import sqlite3
import sys
import threading

import stead

THREADS, ROUNDS = 8, 40
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
failures = []


def connect():
    return stead.load(sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None))


def one(db, sql, *arguments):
    return db.execute(sql, arguments).fetchone()[0]


def work(number):
    try:
        for round in range(ROUNDS):
            db = connect()
            token = one(db, "SELECT stead_jwt_sign(?, 'key')", '{"sub":"%d","exp":4102444800}' % number)
            if not one(db, "SELECT valid FROM stead_jwt_verify(?)", token):
                raise AssertionError(f"not valid: {token}")
            one(db, "SELECT stead_audit_log('round', 'thread', ?)", str(number))
            hashlib.sha256(token.encode()).hexdigest()  # by Python's own OpenSSL
            if round % 2:  # the other ones are closed when they are collected
                db.close()
    except Exception as error:
        failures.append(f"thread {number}: {error!r}")


db = connect()
one(db, "SELECT stead_configure()")
one(db, "SELECT stead_init()")
one(db, "SELECT stead_jwt_key_set('key', 'HS256', ?)", KEY)
threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
one(db, "SELECT stead_audit_seal()")
counted = one(db, "SELECT stead_audit_count('{\"action\":\"round\"}')")
if counted != THREADS * ROUNDS:
    failures.append(f"{counted} events")
print("\n".join(failures) or "no failure")
sys.exit(bool(failures))
