#!/usr/bin/env python3
"""verify_export.py - verifies what Stead gives out of its audit trail, without Stead: docs/audit-leaf.md in code.

    verify_export.py export.ndjson [--checkpoint FILE] [--proof FILE]...

Every line's leaf hash is recomputed from the line. With a checkpoint: when the export has all leaves up to its size, its root
is recomputed from them. A proof must hold, be of the line with its leaf number, and of the checkpoint where that has the same
size. The standard library suffices. Ends with 0 when everything that was looked at is right, else with 1.
"""
import argparse
import base64
import datetime
import hashlib
import json
import sys

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def sha256(data):
    return hashlib.sha256(data).digest()


def number(value):
    return int(value).to_bytes(8, "big", signed=True)


def time(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return number((moment - EPOCH) // datetime.timedelta(microseconds=1))


def field(value):
    if value is None:
        return b"\0"
    if isinstance(value, str):
        value = value.encode()
    return b"\1" + len(value).to_bytes(4, "big") + value


def unbase64(text):
    return None if text is None else base64.b64decode(text, validate=True)


def leaf_hash(event):
    """The hash of the leaf of an event, a line of the export as a dict."""
    redacted = unbase64(event["redacted"])
    personal = redacted if redacted is not None and len(redacted) == 32 else sha256(
        b"\2" + field(unbase64(event["nonce"])) + b"".join(field(event[name]) for name in (
            "resource_id", "actor_id", "actor_name", "details", "error", "ip_address", "user_agent")))
    entry = (b"\1" + number(event["id"]) + time(event["occurred_at"]) + time(event["recorded_at"]) + number(event["era"])
             + number(event["transaction_id"]) + (b"\1" if event["success"] else b"\0") + field(event["action"])
             + field(event["resource_type"]) + personal)
    return sha256(b"\0" + entry)


def node(left, right):
    return sha256(b"\1" + left + right)


def tree_root(leaves):
    """RFC 9162, section 2.1.1; a stack of perfect subtrees, so that a million leaves are no trouble."""
    stack = []
    for leaf in leaves:
        level = 0
        while stack and stack[-1][0] == level:
            leaf = node(stack.pop()[1], leaf)
            level += 1
        stack.append((level, leaf))
    if not stack:
        return sha256(b"")
    root = stack.pop()[1]
    while stack:
        root = node(stack.pop()[1], root)
    return root


def inclusion_holds(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, last = index, size - 1
    for other in path:
        if len(other) != 32 or last == 0:
            return False
        if first & 1 or first == last:
            leaf = node(other, leaf)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            leaf = node(leaf, other)
        first >>= 1
        last >>= 1
    return last == 0 and leaf == root


def read_checkpoint(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    if len(lines) < 3 or not lines[0] or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        raise ValueError("the checkpoint is malformed")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise ValueError("the checkpoint's root is not 32 bytes")
    return int(lines[1]), root


def verify(export, checkpoint=None, proofs=()):
    """Returns what is wrong, as a list of sentences, and what was looked at, as a sentence."""
    wrong, leaves, lines = [], {}, 0
    for lines, line in enumerate(export, 1):
        event = json.loads(line)
        leaf = leaf_hash(event)
        if leaf != unbase64(event["leaf_hash"]):
            wrong.append(f"line {lines}: event {event['id']} is not what its leaf hash says")
        index = event["leaf_index"]
        if index is not None:
            if index in leaves:
                wrong.append(f"line {lines}: leaf {index} is there twice")
            leaves[index] = leaf
    said = f"{lines} events, {len(leaves)} of them sealed"
    if checkpoint:
        size, root = checkpoint
        missing = next((i for i in range(size) if i not in leaves), None)
        if missing is not None:
            said += f"; the checkpoint's root was not recomputed, as leaf {missing} is not in the export"
            if not any(proof["tree_size"] == size for proof in proofs):
                wrong.append("the checkpoint was not verified: the export lacks leaves of it, and no proof is of its tree")
        elif tree_root(leaves[i] for i in range(size)) != root:
            wrong.append(f"the checkpoint of {size} leaves has another root than the events")
        else:
            said += f"; the checkpoint's root of {size} leaves is that of the events"
    for proof in proofs:
        index, size, leaf, root = proof["leaf_index"], proof["tree_size"], unbase64(proof["leaf_hash"]), unbase64(proof["root_hash"])
        if not inclusion_holds(index, size, leaf, [unbase64(hash) for hash in proof["inclusion_path"]], root):
            wrong.append(f"the proof of leaf {index} does not hold")
        if index in leaves and leaves[index] != leaf:
            wrong.append(f"the proof of leaf {index} is of another event than the export's")
        if checkpoint and size == checkpoint[0] and root != checkpoint[1]:
            wrong.append(f"the proof of leaf {index} is not of the checkpoint's tree")
        said += f"; the proof of leaf {index} in {size}"
        said += " is of the checkpoint's tree" if checkpoint and size == checkpoint[0] else ""
    return wrong, said


def main():
    parser = argparse.ArgumentParser(description="Verifies an export of Stead's audit trail.")
    parser.add_argument("export")
    parser.add_argument("--checkpoint")
    parser.add_argument("--proof", action="append", default=[])
    given = parser.parse_args()
    proofs = []
    for path in given.proof:
        with open(path, encoding="utf-8") as file:
            proofs.append(json.load(file))
    with open(given.export, encoding="utf-8", newline="\n") as export:
        wrong, said = verify(export, read_checkpoint(given.checkpoint) if given.checkpoint else None, proofs)
    for sentence in wrong:
        print(sentence)
    print(said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
