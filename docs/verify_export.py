#!/usr/bin/env python3
"""verify_export.py - verifies what Stead gives out of its audit trail, without Stead: docs/audit-leaf.md in code.

    verify_export.py export.ndjson [--checkpoint FILE]... [--proof FILE]... [--allow-unsealed] [--whole]

It reads every line strictly and recomputes the leaf hash of every event. It exits with 0 only if each event is covered:
by a checkpoint whose root is the one recomputed from the lines, or by a proof of that event. The proofs must belong to
a checkpoint that was given. Without one, they must all belong to one tree; its root is printed, and you decide whether
to trust it. Nothing covers events that are not sealed: --allow-unsealed lets them pass, and they are counted. The first
line says what the export leaves out. Nobody has signed that line; the last line of output repeats it. --whole accepts
only an export of all events with a checkpoint of its root. Then nothing is missing except leaves said to be pruned, and
these are counted. Exits with 1 if anything is wrong or not covered, with 2 if a file cannot be read. It needs only the
standard library.
"""
import argparse
import array
import base64
import binascii
import datetime
import hashlib
import json
import re
import sys

FORMAT = 2
PERSONAL = ("resource_id", "actor_id", "actor_name", "details", "error", "ip_address", "user_agent")
EPOCH = datetime.datetime(1970, 1, 1)
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z")
NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
MOST_SAID = 20


class Wrong(Exception):
    """What is wrong, as a sentence."""


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\1" + left + right)


# ---- Strict forms ----------------------------------------------------------------------------------------------------


def to_number(text):
    if not NUMBER.fullmatch(text) or not -(1 << 63) <= int(text) < 1 << 63:
        raise Wrong(f"{text[:40]} is no whole number of 64 bits")
    return int(text)


def refuse(text):
    raise Wrong(f"{text[:40]} is no whole number of 64 bits")


def to_object(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Wrong("a member is there twice")
    return members


def read_json(data):
    """Parses bytes. Objects become dicts; only whole numbers are allowed."""
    try:
        text = data.decode("utf-8")
        return json.loads(text, object_pairs_hook=to_object, parse_int=to_number, parse_float=refuse,
                          parse_constant=refuse)
    except UnicodeDecodeError:
        raise Wrong("it is not UTF-8") from None
    except RecursionError:
        raise Wrong("it is no JSON that is known here") from None
    except ValueError:
        raise Wrong("it is not JSON") from None


def integer(value, least=-(1 << 63)):
    if type(value) is not int or value < least:
        raise Wrong("is not such a number")
    return value


def count(value):
    return integer(value, 0)


def string(value):
    if type(value) is not str or "\0" in value or any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise Wrong("is not a string of the form")
    return value


def boolean(value):
    if type(value) is not bool:
        raise Wrong("is neither true nor false")
    return value


def digits(value):
    return to_number(string(value))


def time(value):
    """Microseconds since 1970."""
    match = TIME.fullmatch(string(value))
    if not match:
        raise Wrong("is not a time of the form")
    try:
        moment = datetime.datetime(*(int(part) for part in match.groups()))
    except ValueError:
        raise Wrong("is no time") from None
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def base64_of(size):
    def read(value):
        try:
            data = base64.b64decode(string(value).encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise Wrong("is not base64") from None
        if len(data) != size or base64.b64encode(data).decode() != value:
            raise Wrong(f"is not the base64 of {size} bytes")
        return data
    return read


hash_of = base64_of(32)


def hashes(value):
    if type(value) is not list:
        raise Wrong("is not an array")
    return [hash_of(item) for item in value]


def version(value):
    if type(value) is not int or value != FORMAT:
        raise Wrong(f"is not {FORMAT}, the format that is known here")
    return value


def or_null(read):
    return lambda value: None if value is None else read(value)


HEAD = {"stead_audit_export": version, "since": or_null(time), "until": or_null(time), "filter": or_null(string),
        "tree_size": count,
        "root_hash": hash_of}
EVENT = {"id": integer, "occurred_at": time, "recorded_at": time, "action": string, "resource_type": or_null(string),
         **{name: or_null(string) for name in PERSONAL}, "success": boolean, "era": digits, "transaction_id": digits,
         "nonce": or_null(base64_of(16)), "redacted": or_null(hash_of), "leaf_index": or_null(count),
         "leaf_hash": or_null(hash_of)}
ABSENT = {"first_leaf": count, "leaves": lambda value: integer(value, 1), "pruned": boolean, "subtrees": hashes}
END = {"events": count, "unsealed_events": count, "absent_leaves": count}
PROOF = {"leaf_index": count, "leaf_hash": hash_of, "tree_size": count, "root_hash": hash_of, "inclusion_path": hashes}


def read_members(members, forms):
    if type(members) is not dict:
        raise Wrong("it is not an object")
    if members.keys() != forms.keys():
        names = sorted(members.keys() ^ forms.keys())
        raise Wrong(f"it has not the members that such a line has: {ascii(names[0])[:60]}")
    out = {}
    for name, read in forms.items():
        try:
            out[name] = read(members[name])
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong}") from None
    return out


# ---- The leaf and the tree -------------------------------------------------------------------------------------------


def number(value):
    return value.to_bytes(8, "big", signed=True)


def field(value):
    if value is None:
        return b"\0"
    if isinstance(value, str):
        value = value.encode()
    return b"\1" + len(value).to_bytes(4, "big") + value


def leaf_hash(event):
    """The leaf hash of an event, given the members of its line as read."""
    personal = event["redacted"]
    if personal is None:
        personal = sha256(b"\2" + field(event["nonce"]) + b"".join(field(event[name]) for name in PERSONAL))
    return sha256(b"\0\1" + b"".join(number(event[name]) for name in ("id", "occurred_at", "recorded_at", "era",
                                                                      "transaction_id"))
                  + (b"\1" if event["success"] else b"\0") + field(event["action"]) + field(event["resource_type"])
                  + personal)


def subtrees(first, end):
    """The perfect subtrees that make up the leaves first to end - 1, each as (level, index within the level)."""
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


class Tree:
    """A tree whose leaves and subtrees arrive in any order. The two halves of a subtree are joined as soon as both are
    there, so little is kept if the leaves arrive nearly in order."""

    def __init__(self, sizes):
        self.nodes = {}
        self.twice = False
        self.kept = {place: None for size in sizes for place in subtrees(0, size)}

    def add(self, level, index, hash):
        while True:
            if (level, index) in self.kept:
                self.kept[level, index] = hash
            if (level, index) in self.nodes:
                self.twice = True
                return
            other = self.nodes.pop((level, index ^ 1), None)
            if other is None:
                self.nodes[level, index] = hash
                return
            hash = node(other, hash) if index & 1 else node(hash, other)
            level, index = level + 1, index >> 1

    def any_twice(self):
        end = 0
        for first, after in sorted((index << level, index + 1 << level) for level, index in self.nodes):
            if first < end:
                return True
            end = after
        return self.twice

    def root(self, size):
        """The root, or None if it cannot be computed."""
        parts = [self.kept[place] for place in subtrees(0, size)]
        if any(part is None for part in parts):
            return None
        if not parts:
            return sha256(b"")
        root = parts.pop()
        while parts:
            root = node(parts.pop(), root)
        return root


def inclusion_holds(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, last = index, size - 1
    for other in path:
        if last == 0:
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


# ---- What is given beside the export ---------------------------------------------------------------------------------


def read_checkpoint(data):
    """Returns size and root."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("it is not UTF-8") from None
    if any((c < " " and c != "\n") or c == "\x7f" for c in text):
        raise Wrong("it has control characters")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(lines) < 3 or not lines[0] or lines[1].startswith("-"):
        raise Wrong("it is no checkpoint")
    signatures = False
    for line in lines[3:]:
        if signatures and not (line.startswith("\u2014 ") and len(line) > 2):
            raise Wrong("it has more than extension lines and signatures")
        signatures = signatures or not line
    return to_number(lines[1]), hash_of(lines[2])


def read_proof(data):
    proof = read_members(read_json(data), PROOF)
    if len(proof["inclusion_path"]) > 64:
        raise Wrong("inclusion_path: is too long")
    if not inclusion_holds(proof["leaf_index"], proof["tree_size"], proof["leaf_hash"], proof["inclusion_path"],
                           proof["root_hash"]):
        raise Wrong(f"the proof of leaf {proof['leaf_index']} does not hold")
    return proof


# ---- The export ------------------------------------------------------------------------------------------------------


class Verification:
    def __init__(self, checkpoints, proofs):
        self.wrong, self.wrongs = [], 0
        self.checkpoints = checkpoints
        self.proofs = {}
        self.seen = set()  # leaves that a proof was given for and whose lines were seen
        for proof in proofs:
            self.proofs.setdefault(proof["leaf_index"], []).append(proof)
        self.head = self.end = self.tree = self.last = None
        self.of_all = False  # the export has no range and no filter
        self.of_what = ""
        self.sealed_ids, self.unsealed_ids = array.array("q"), set()
        self.last_sealed, self.first_unsealed = {}, {}  # by era: (transaction, id)
        self.events = self.unsealed = self.redacted = self.absent = self.pruned = self.absent_to = 0
        self.bare = -1  # the greatest leaf of an event that no proof covers

    def say(self, sentence):
        self.wrongs += 1
        if self.wrongs <= MOST_SAID:
            self.wrong.append(sentence)

    def read(self, file):
        line = 0
        for line, data in enumerate(file, 1):
            try:
                self.take(data)
            except Wrong as wrong:
                self.say(f"line {line}: {wrong}")
                if not self.head:
                    return
        if not self.head:
            self.say("the file is empty")
        elif not self.end:
            self.say("the file has no last line: it was cut")
        else:
            for name, seen in (("events", self.events), ("unsealed_events", self.unsealed),
                               ("absent_leaves", self.absent)):
                if self.end[name] != seen:
                    self.say(f"the last line says {self.end[name]} {name}, there are {seen}")

    def take(self, data):
        members = read_json(data)
        if not self.head:
            self.take_head(members)
        elif self.end:
            raise Wrong("it comes after the last line")
        elif type(members) is dict and "first_leaf" in members:
            self.take_absent(read_members(members, ABSENT))
        elif type(members) is dict and "events" in members:
            self.end = read_members(members, END)
        else:
            self.take_event(read_members(members, EVENT))

    def take_head(self, members):
        if type(members) is dict and "stead_audit_export" not in members:
            raise Wrong("it is not the first line of an export of format 2")
        head = read_members(members, HEAD)
        self.tree = Tree({head["tree_size"], *(size for size, root in self.checkpoints if size <= head["tree_size"])})
        self.head = head
        limits = [f"{name} {ascii(members[name])}" for name in ("since", "until", "filter")
                  if members[name] is not None]
        self.of_all = not limits
        self.of_what = "all events" if self.of_all else f"a part of the events ({', '.join(limits)})"

    def take_event(self, event):
        place = event["occurred_at"], event["id"]
        self.events += 1
        self.unsealed += event["leaf_index"] is None
        self.redacted += event["redacted"] is not None
        if event["leaf_index"] is not None:
            if event["leaf_index"] >= self.head["tree_size"]:
                raise Wrong(f"leaf {event['leaf_index']} is beyond the tree")
            self.tree.add(0, event["leaf_index"], leaf_hash(event))
            self.take_covered(event)
        self.take_place(event)
        if self.absent_to:
            raise Wrong("an event comes after absent leaves")
        if self.last is not None and place <= self.last:
            raise Wrong(f"event {event['id']} is there twice or out of order")
        self.last = place
        if self.head["since"] is not None and place[0] < self.head["since"] or \
                self.head["until"] is not None and place[0] >= self.head["until"]:
            raise Wrong(f"event {event['id']} is of another time than the export")
        if event["redacted"] is not None and any(event[name] is not None for name in PERSONAL + ("nonce",)):
            raise Wrong(f"event {event['id']} is redacted, and was written to since")
        if event["leaf_hash"] is None:
            raise Wrong(f"event {event['id']} is not as it was sealed, as Stead itself says")
        if event["leaf_hash"] != leaf_hash(event):
            raise Wrong(f"event {event['id']} is not what its leaf hash says")

    def take_place(self, event):
        """Events are sealed in the order of their places, so unsealed events lie behind all sealed ones."""
        era, place = event["era"], (event["transaction_id"], event["id"])
        if event["leaf_index"] is None:
            self.unsealed_ids.add(event["id"])
            self.first_unsealed[era] = min(self.first_unsealed.get(era, place), place)
        else:
            self.sealed_ids.append(event["id"])
            self.last_sealed[era] = max(self.last_sealed.get(era, place), place)

    def take_covered(self, event):
        index = event["leaf_index"]
        for proof in self.proofs.get(index, ()):
            self.seen.add(index)
            if proof["leaf_hash"] != leaf_hash(event):
                self.say(f"the proof of leaf {index} is of another event than the export's")
            elif not self.checkpoints or (proof["tree_size"], proof["root_hash"]) in self.checkpoints:
                return
        self.bare = max(self.bare, index)

    def take_absent(self, run):
        end = run["first_leaf"] + run["leaves"]
        parts = None if end > self.head["tree_size"] else list(subtrees(run["first_leaf"], end))
        self.absent += run["leaves"]
        self.pruned += run["leaves"] if run["pruned"] else 0
        if parts is None:
            raise Wrong("the run ends beyond the tree")
        if run["first_leaf"] < self.absent_to:
            raise Wrong("the run is out of order")
        self.absent_to = end
        if len(parts) != len(run["subtrees"]):
            raise Wrong(f"the run has {len(parts)} subtrees, not {len(run['subtrees'])}")
        for (level, index), hash in zip(parts, run["subtrees"]):
            self.tree.add(level, index, hash)
        if self.of_all and not run["pruned"]:
            raise Wrong(f"leaves {run['first_leaf']} to {end - 1} are missing: the export is of all events, "
                        "and they are not pruned")

    def conclude(self, allow_unsealed, whole):
        """Does the checks that need all lines. Returns what was looked at, as a sentence."""
        size, root = self.head["tree_size"], self.head["root_hash"]
        said = f"of {self.of_what}: {self.events} events, {self.events - self.unsealed} of them sealed, " \
               f"of a tree of {size} leaves"
        proofs = [proof for of_leaf in self.proofs.values() for proof in of_leaf]
        roots, sizes = {size: root}, {root: size}
        for other, its_root in [*self.checkpoints, *((proof["tree_size"], proof["root_hash"]) for proof in proofs)]:
            if roots.setdefault(other, its_root) != its_root:
                self.say(f"there are two roots of a tree of {other} leaves")
            if sizes.setdefault(its_root, other) != other:
                self.say(f"trees of {other} and of {sizes[its_root]} leaves have one root")
        if self.tree.any_twice():
            self.say("a leaf is there twice")
        recomputed = self.tree.root(size)
        if recomputed is not None and recomputed != root:
            self.say(f"the root of {size} leaves, recomputed, is not that of the first line")
        covered = max((self.compare(*checkpoint, proofs) for checkpoint in self.checkpoints), default=0)
        if recomputed is None:
            covered = 0
        if self.bare >= covered:
            self.say(f"events are covered neither by a checkpoint's root nor by a proof each: "
                     f"leaf {self.bare}, for one")
        if not proofs and not covered and (size or not self.checkpoints):
            self.say("nothing was given that covers the tree: it takes a checkpoint of its size, "
                     "or a proof for each event")
        if whole and not self.of_all:
            self.say(f"the export is not whole: it is of {self.of_what}")
        if whole and covered < size:
            self.say("that nothing is missing is not shown: it takes a checkpoint of the export's tree")
        for era, place in self.first_unsealed.items():
            if era in self.last_sealed and place <= self.last_sealed[era]:
                self.say(f"event {place[1]} is not sealed, and lies where all is: it was changed or added")
        if any(id in self.unsealed_ids for id in self.sealed_ids):
            self.say("an event is there both sealed and not sealed")
        for index in sorted(self.proofs.keys() - self.seen):
            self.say(f"there is no event of leaf {index}, which a proof is of")
        if proofs and not self.checkpoints:
            trees = {(proof["tree_size"], proof["root_hash"]) for proof in proofs}
            if len(trees) > 1:
                self.say("the proofs are of several trees, and there is no checkpoint to tell which is right")
            for of_size, of_root in sorted(trees):
                said += f"; the proofs are of a tree of {of_size} leaves with the root " \
                        f"{base64.b64encode(of_root).decode()}: trust it or not"
        if self.unsealed:
            said += f"; {self.unsealed} events are not sealed: nothing covers them"
            if not allow_unsealed:
                self.say(f"{self.unsealed} events are not sealed, and covered by nothing "
                         "(--allow-unsealed lets them pass)")
        if self.redacted:
            said += f"; {self.redacted} are redacted"
        if self.absent:
            said += f"; {self.absent} leaves of the tree are not in the export, {self.pruned} of them said to be pruned"
        return said + "".join(f"; the root of the checkpoint of {checkpoint[0]} leaves is that of the events"
                              for checkpoint in self.checkpoints if not self.wrongs
                              and self.root_of(checkpoint[0]) == checkpoint[1])

    def root_of(self, size):
        return self.tree.root(size) if size <= self.head["tree_size"] else None

    def compare(self, size, root, proofs):
        """Returns the number of leaves that the checkpoint covers."""
        recomputed = self.root_of(size)
        if recomputed is None:
            if not any((proof["tree_size"], proof["root_hash"]) == (size, root) for proof in proofs):
                self.say(f"the checkpoint of {size} leaves was compared with nothing: its root cannot be recomputed "
                         f"from the export of a tree of {self.head['tree_size']} leaves, and no proof is of it")
            return 0
        if recomputed != root:
            self.say(f"the checkpoint of {size} leaves has another root than the events")
            return 0
        return size


def verify(export, checkpoints=(), proofs=(), allow_unsealed=False, whole=False):
    """export yields lines of bytes. Returns what is wrong, as a list of sentences, and what was looked at."""
    now = Verification(list(checkpoints), proofs)
    now.read(export)
    said = now.conclude(allow_unsealed, whole) if now.head else "nothing was looked at"
    if now.wrongs > len(now.wrong):
        now.wrong.append(f"and {now.wrongs - len(now.wrong)} more")
    return now.wrong, said


def main():
    parser = argparse.ArgumentParser(description="Verifies an export of Stead's audit trail.")
    parser.add_argument("export")
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--proof", action="append", default=[])
    parser.add_argument("--allow-unsealed", action="store_true")
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    try:
        read = {}
        for paths, reader in ((given.checkpoint, read_checkpoint), (given.proof, read_proof)):
            for path in paths:
                with open(path, "rb") as file:
                    try:
                        read.setdefault(reader, []).append(reader(file.read()))
                    except Wrong as wrong:
                        print(f"{path}: {wrong}")
                        return 1
        with open(given.export, "rb") as export:
            wrong, said = verify(export, read.get(read_checkpoint, ()), read.get(read_proof, ()), given.allow_unsealed,
                                 given.whole)
    except OSError as error:
        print(error)
        return 2
    for sentence in wrong:
        print(sentence)
    print(said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
