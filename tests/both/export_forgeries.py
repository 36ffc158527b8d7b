#!/usr/bin/env python3
"""export_forgeries.py VERIFIER READER DIRECTORY LABEL - forges exports, and has both readers of the format refuse them.

DIRECTORY holds honest exports of one database, which tests/postgresql/export makes: whole, range, filter and pruned,
each with its checkpoint NAME.checkpoint. It also holds proofs of events in whole: whole.proof.1 and so on. VERIFIER is
docs/verify_export.py, READER is the program compiled from tests/both/export_reader.c. Prints ok or not ok for each
case. STEAD_OLD_VERIFIER names a verifier of format 1. If it is set, the test says for each forgery whether that one
accepted it.
"""
import base64
import contextlib
import copy
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys

verifier_path, reader_path, directory, label = sys.argv[1:]
old_path = os.environ.get("STEAD_OLD_VERIFIER")
spec = importlib.util.spec_from_file_location("verify_export", verifier_path)
sys.dont_write_bytecode = True
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)
SCRATCH = os.path.join(directory, "forged")


def load(name):
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


def run_verifier(arguments):
    said = io.StringIO()
    before, sys.argv = sys.argv, ["verify_export.py", *arguments]
    try:
        with contextlib.redirect_stdout(said):
            status = verifier.main()
    except BaseException as error:  # a script that stumbles has not verified
        return f"an exception: {error!r}", said.getvalue()
    finally:
        sys.argv = before
    return status, said.getvalue()


def run_reader(arguments):
    done = subprocess.run([reader_path, *arguments], capture_output=True)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def try_out(data, beside, options=()):
    """beside: pairs of an option and the bytes of its file."""
    arguments = [SCRATCH]
    with open(SCRATCH, "wb") as file:
        file.write(data)
    for i, (option, of) in enumerate(beside):
        path = f"{SCRATCH}.{i}"
        with open(path, "wb") as file:
            file.write(of)
        arguments += [option, path]
    arguments += options
    return arguments, run_verifier(arguments), run_reader(arguments)


def check(name, expected, data, beside, options=()):
    arguments, (status, said), (other, other_said) = try_out(data, beside, options)
    good = status == expected and other == expected
    print(f"{'ok' if good else 'not ok'} pg_export: {label}: {name}")
    if not good:
        print(f"#   wanted status {expected}; verify_export.py: {status}: {said[:300]}\n"
              f"#   export_reader: {other}: {other_said[:300]}".rstrip())
    if old_path and expected:
        ask_old(name, data, arguments)


def ask_old(name, data, arguments):
    with open(SCRATCH, "wb") as file:  # the lines of events, as format 1 had them alone
        file.writelines(line for line in data.splitlines(True) if b'"action"' in line)
    done = subprocess.run([sys.executable, old_path, *(a for a in arguments if a != "--allow-unsealed")],
                          capture_output=True)
    print(f"# old: {'ACCEPTED' if done.returncode == 0 else 'refused'}: {name}")


# ---- Lines -----------------------------------------------------------------------------------------------------------


def dump(lines):
    return b"".join(line if type(line) is bytes else json.dumps(line, ensure_ascii=False,
                                                                separators=(",", ":")).encode() + b"\n"
                    for line in lines)


def parse(data):
    return [json.loads(line) for line in data.splitlines()]


def unhash(text):
    return base64.b64decode(text)


def rehash(event):
    """Gives the line the hash that it now has."""
    read = verifier.read_members(event | {"redacted": event["redacted"]}, verifier.EVENT)
    event["leaf_hash"] = base64.b64encode(verifier.leaf_hash(read)).decode()


def personal_hash(event):
    nonce = None if event["nonce"] is None else unhash(event["nonce"])
    return base64.b64encode(hashlib.sha256(b"\2" + verifier.field(nonce) + b"".join(
        verifier.field(event[name]) for name in verifier.PERSONAL)).digest()).decode()


whole = parse(load("whole"))
checkpoint = load("whole.checkpoint").rstrip() + b"\n"  # psql ends what ends with a line feed with another one
proofs = [load(f"whole.proof.{i}") for i in (1, 2)]
first_events = [json.loads(proof)["leaf_index"] for proof in proofs]
GIVEN = [("--checkpoint", checkpoint)]
UNSEALED = ("--allow-unsealed",)
WHOLE = ("--allow-unsealed", "--whole")
sealed = [i for i, line in enumerate(whole) if line.get("leaf_index") is not None]
AT = next(i for i in sealed if whole[i]["nonce"] and whole[i]["redacted"] is None and whole[i]["actor_name"]
          and whole[i]["success"])
REDACTED = next(i for i in sealed if whole[i]["redacted"])
SIZE = whole[0]["tree_size"]


def forge(name, change, beside=GIVEN, options=UNSEALED, of=whole):
    lines = copy.deepcopy(of)
    changed = change(lines)
    check(name, 1, changed if type(changed) is bytes else dump(changed or lines), beside, options)


def at(name, change, **given):
    """change works on one sealed event."""
    def work(lines):
        change(lines[AT])
    forge(name, work, **given)


def put(member, value, index=None):
    def work(lines):
        lines[AT if index is None else index % len(lines)][member] = value
    return work


def spelled(member, text):
    """Writes the member of an event's line with that very text."""
    def work(lines):
        whole_line = json.dumps(lines[AT], ensure_ascii=False, separators=(",", ":"))
        was = json.dumps({member: lines[AT][member]}, ensure_ascii=False, separators=(",", ":"))[1:-1]
        assert was in whole_line
        now = f'"{member}":{text}'
        lines[AT] = whole_line.replace(was, now).encode("utf-8", "surrogatepass") + b"\n"
    return work


def raw(change):
    """change works on the bytes of one sealed event's line, line feed included."""
    def work(lines):
        lines[AT] = change(dump([lines[AT]]))
    return work


# ---- What is right ---------------------------------------------------------------------------------------------------

for kind in ("whole", "range", "filter", "pruned"):
    its = [("--checkpoint", load(kind + ".checkpoint"))]
    has_unsealed = parse(load(kind))[-1]["unsealed_events"] > 0
    check(f"the {kind} export is right", 0, load(kind), its, UNSEALED)
    check(f"the {kind} export has unsealed events, or is right", int(has_unsealed), load(kind), its)
    check(f"the {kind} export is whole, or refused as one", int(kind != "whole"), load(kind), its, WHOLE)
check("white space, escapes and the order of members do not matter", 0,
      b"".join(json.dumps(dict(reversed(line.items()))).encode() + b" \r\n" for line in whole), GIVEN, UNSEALED)
check("the last line feed may be missing", 0, load("whole")[:-1], GIVEN, UNSEALED)
check("proofs beside a checkpoint", 0, load("whole"), GIVEN + [("--proof", proof) for proof in proofs], UNSEALED)
two = [whole[0], *(whole[i] for i in sealed if whole[i]["leaf_index"] in first_events),
       {"events": 2, "unsealed_events": 0, "absent_leaves": 0}]
check("two events with a proof each", 0, dump(two), [("--proof", proof) for proof in proofs])
check("two events with a proof each, of the checkpoint", 0, dump(two), GIVEN + [("--proof", proof) for proof in proofs])
leaves = {whole[i]["leaf_index"]: unhash(whole[i]["leaf_hash"]) for i in sealed}


def root_of(size, of):
    tree = verifier.Tree([size])
    for index, hash in of.items():
        tree.add(0, index, hash)
    return base64.b64encode(tree.root(size)).decode()


def checkpoint_of(size, root):
    return ("--checkpoint", f"other\n{size}\n{root}\n".encode())


check("two events with a proof each are no whole", 1, dump(two), GIVEN + [("--proof", proof) for proof in proofs],
      WHOLE)
old_checkpoint = checkpoint_of(SIZE - 2, root_of(SIZE - 2, leaves))
check("an older checkpoint beside the one of its size", 0, load("whole"), GIVEN + [old_checkpoint], UNSEALED)
check("a signed note", 0, load("whole"), [("--checkpoint", checkpoint + "ext\n\n— o Az3grlgtzPICa5OS\n".encode())],
      UNSEALED)

# ---- Redaction and coverage ------------------------------------------------------------------------------------------


def pretend_redacted(event):
    event["redacted"] = personal_hash(event)
    event["actor_name"] = "mallory"


at("a redacted event with personal fields beside it", pretend_redacted)
forge("a redacted event that was written to", put("actor_name", "mallory", REDACTED))
forge("a redacted event with a nonce", put("nonce", "AAAAAAAAAAAAAAAAAAAAAA==", REDACTED))
for text in ("", base64.b64encode(bytes(31)).decode()):
    forge(f"redacted of {len(unhash(text))} bytes", put("redacted", text))
forge("a leaf hash that is null", put("leaf_hash", None))


def unnumber(lines):
    for line in lines:
        if "leaf_index" in line:
            line["leaf_index"] = None
    lines[-1]["unsealed_events"] = lines[-1]["events"]


forge("every leaf index null", unnumber)
forge("every leaf index null, beside nothing", unnumber, beside=[])
forge("every leaf index null, beside the checkpoint of no leaves", unnumber, beside=[checkpoint_of(0, root_of(0, {}))])
forge("unsealed events that are not allowed", lambda lines: None, options=())


def forged_event(lines, index):
    event = copy.deepcopy(lines[sealed[-1]])
    event.update(id=1 << 40, action="forged", leaf_index=index, occurred_at=lines[-2]["occurred_at"])
    rehash(event)
    lines.insert(-1, event)
    lines[-1]["events"] += 1
    return event


def beyond(lines):
    forged_event(lines, SIZE)


def beyond_larger(lines):
    event = forged_event(lines, SIZE)
    lines[0].update(tree_size=SIZE + 1, root_hash=root_of(SIZE + 1, leaves | {SIZE: unhash(event["leaf_hash"])}))


forge("a leaf beyond the checkpoint", beyond)
forge("a leaf beyond the checkpoint, in a larger tree", beyond_larger)
forge("a leaf far beyond the checkpoint", lambda lines: forged_event(lines, (1 << 63) - 1) and None)
forge("leaves beyond an older checkpoint", lambda lines: None, beside=[old_checkpoint])
forge("a checkpoint of size 0 beside sealed events", lambda lines: None, beside=[checkpoint_of(0, root_of(0, {}))])
forge("a checkpoint of size 0 with another root", lambda lines: None,
      beside=GIVEN + [checkpoint_of(0, root_of(1, leaves))])
forge("a checkpoint of a larger tree", lambda lines: None, beside=[checkpoint_of(SIZE + 1, root_of(SIZE, leaves))])
forge("a checkpoint of another root", lambda lines: None, beside=[checkpoint_of(SIZE, root_of(SIZE - 1, leaves))])
forge("two checkpoints of one size", lambda lines: None,
      beside=GIVEN + [checkpoint_of(SIZE, root_of(SIZE - 1, leaves))])
forge("neither checkpoint nor proof", lambda lines: None, beside=[])
one_proof = [("--proof", proofs[0])]
forge("one proof beside many events", lambda lines: None, beside=one_proof)
forge("one proof beside two events", lambda lines: None, beside=one_proof, of=two)
forge("the line of a proof left out", lambda lines: [line for line in lines
                                                     if line.get("leaf_index") != first_events[0]],
      beside=[("--proof", proof) for proof in proofs], of=two)
forge("the line of the only proof left out, the rest not sealed",
      lambda lines: [lines[0]] + [l for l in lines if l.get("leaf_index", 0) is None]
      + [lines[-1] | {"events": lines[-1]["unsealed_events"]}],
      beside=one_proof)
forge("nothing but an empty file", lambda lines: b"")
forge("an empty export beside the checkpoint", lambda lines: [lines[0],
                                                              {"events": 0, "unsealed_events": 0, "absent_leaves": 0}])
forge("no event, beside the checkpoint of no leaves",
      lambda lines: [lines[0], {"events": 0, "unsealed_events": 0, "absent_leaves": 0}],
      beside=[checkpoint_of(0, root_of(0, {}))])

# ---- Events ----------------------------------------------------------------------------------------------------------

forge("a changed event", put("action", "changed"))


def changed_with_hash(lines):
    lines[AT]["action"] = "changed"
    rehash(lines[AT])


forge("a changed event with its hash", changed_with_hash)


def without(index):
    def work(lines):
        del lines[index]
        lines[-1]["events"] -= 1
    return work


def twice(lines):
    lines.insert(AT, copy.deepcopy(lines[AT]))
    lines[-1]["events"] += 1


def other_twice(lines):
    lines[sealed[0]]["leaf_index"] = lines[sealed[1]]["leaf_index"]


def out_of_order(lines):
    lines[AT], lines[AT + 1] = lines[AT + 1], lines[AT]


forge("a missing event", without(AT))
forge("a missing event, the count as it was", lambda lines: lines.pop(AT) and None)
forge("an event twice", twice)
forge("a leaf twice", other_twice)
forge("events out of order", out_of_order)
forge("two leaves exchanged", lambda lines: (put("leaf_index", lines[sealed[0]]["leaf_index"], sealed[1])(lines),
                                             put("leaf_index", whole[sealed[1]]["leaf_index"], sealed[0])(lines))
                                             and None)

# ---- What is left out, or put in beside the tree ---------------------------------------------------------------------


def absent(pruned):
    """An event's line is gone, its leaf is said to be absent."""
    def work(lines):
        gone = lines.pop(AT)
        runs = [line for line in lines if "first_leaf" in line]
        runs.append({"first_leaf": gone["leaf_index"], "leaves": 1, "pruned": pruned, "subtrees": [gone["leaf_hash"]]})
        rest = [line for line in lines[:-1] if "first_leaf" not in line]
        end = lines[-1] | {"events": lines[-1]["events"] - 1, "absent_leaves": lines[-1]["absent_leaves"] + 1}
        return rest + sorted(runs, key=lambda line: line["first_leaf"]) + [end]
    return work


def unsealed_instead(change):
    """Its leaf is said to be pruned, and another line to be of an event that is not sealed yet."""
    def work(lines):
        other = copy.deepcopy(lines[AT])
        lines = absent(True)(lines)
        other.update(leaf_index=None, action="forged")
        change(other)
        rehash(other)
        lines.insert(AT, other)
        lines[-1]["events"] += 1
        lines[-1]["unsealed_events"] += 1
        return lines
    return work


def unsealed_too(lines):
    """The event again, as one that is not sealed yet, of a later time and transaction."""
    other = copy.deepcopy(lines[AT])
    events = [i for i, line in enumerate(lines) if "leaf_index" in line]
    other.update(leaf_index=None, action="forged", occurred_at="9999-12-31T00:00:00.000000Z",
                 transaction_id=str((1 << 63) - 1))
    rehash(other)
    lines.insert(events[-1] + 1, other)
    lines[-1]["events"] += 1
    lines[-1]["unsealed_events"] += 1


forge("an event absent that is not pruned, of a whole export", absent(False))
check("one that is said to be pruned is counted", 0, dump(absent(True)(copy.deepcopy(whole))), GIVEN, WHOLE)
forge("a changed event as one that is not sealed", unsealed_instead(lambda other: None))
forge("an event put in before sealed ones, as one that is not sealed",
      unsealed_instead(lambda other: other.update(id=other["id"] - 1 if whole[AT - 1].get("id") != other["id"] - 1
                                                  else other["id"])))
forge("a sealed event again, as one that is not sealed", unsealed_too)

# ---- Forms: each stands for the same value, or for one that a careless reader takes for it ---------------------------

event = whole[AT]
for text in (f"{event['id']}.9", f"{event['id']}.0", f"{event['id']}e0", f'"{event["id"]}"', f"0{event['id']}",
             f"+{event['id']}",
             str(event["id"] + (1 << 64)), "true", "null", "[]", "1" * 5000, "NaN"):
    forge(f"an id of {text[:30]}", spelled("id", text))
for text in ('"false"', '"true"', "1", "1.0", "null", "[0]", "{}"):
    forge(f"success of {text}", spelled("success", text))
for member in ("occurred_at", "recorded_at"):
    t = event[member]
    for text in (t.replace("T", " "), t.replace("Z", "+00:00"), t.lower(), t[:-1], t[:-1] + "0Z", t + " ", " " + t,
                 t.replace("-0", "-", 1), t[:19] + "." + t[20:26].rstrip("0") + "Z", t[:19] + "Z",
                 t[:20] + "%6dZ" % int(t[20:26]),
                 t[0:3] + chr(0x660 + int(t[3])) + t[4:], t[:11] + "24" + t[13:], t[:17] + "60" + t[19:],
                 t[:5] + "02-30" + t[10:],
                 "0000" + t[4:], t + "\n", t[:26] + "\u2028Z", ""):
        if text != t:
            forge(f"{member} of {ascii(text)}", put(member, text))
    forge(f"{member} that is a number", put(member, 1767225600000000))
    forge(f"{member} that is null", put(member, None))
for member in ("era", "transaction_id"):
    d = event[member]
    for text in ("0" + d, "+" + d, " " + d, d + " ", d + ".0", "-0" if d == "0" else "-00" + d, "0_" + d,
                 "".join(chr(0x660 + int(c)) for c in d),
                 "", str((1 << 64) + int(d)), str(1 << 63)):
        forge(f"{member} of {ascii(text)}", put(member, text))
    forge(f"{member} that is a number", put(member, int(d)))
    forge(f"{member} that is null", put(member, None))
for member in ("resource_type", "actor_id", "details", "error"):
    for value in (7, True, ["x"], {"n": 1}):
        forge(f"{member} of {value!r}", put(member, value))
forge("an action that is null", put("action", None))
for value in (str(event["leaf_index"]), event["leaf_index"] + 0.0, -1, True, [event["leaf_index"]]):
    forge(f"a leaf index of {value!r}", put("leaf_index", value))


def other_bits(text):
    """The same bytes in base64, with bits left over that are not 0."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    i = len(text.rstrip("=")) - 1
    return text[:i] + letters[letters.index(text[i]) + 1] + text[i + 1:]


for member in ("nonce", "leaf_hash"):
    b = event[member]
    for text in (other_bits(b), b.rstrip("="), b + "=", b + "\n", " " + b, b[:8] + "\n" + b[8:], b[:-4],
                 base64.b64encode(unhash(b) + b"\0").decode(), unhash(b).hex(), "", b + "AAAA"):
        forge(f"{member} of {ascii(text)}", put(member, text))
    forge(f"{member} that is false", put(member, False))
forge("redacted that is false", put("redacted", False))
forge("a member twice, the right one last",
      raw(lambda line: line.replace(b'"actor_name":', b'"actor_name":"mallory","actor_name":')))
forge("a member twice, one name escaped",
      raw(lambda line: line.replace(b'"actor_name":', b'"\\u0061ctor_name":"mallory","actor_name":')))
forge("a member twice, the same", raw(lambda line: b'{"id":%d,' % event["id"] + line[1:]))
forge("an unknown member", put("note", "approved"))
forge("a member missing", lambda lines: lines[AT].pop("error", 1) and None)
forge("a line of an event with a member of the end", put("events", 7))
for what, text in (("text", b" x"), ("an object", b"{}"), ("a comma", b","), ("NUL", b"\0"), ("a comment", b"// x"),
                   ("a bracket", b"}")):
    forge(f"{what} after a line", raw(lambda line, text=text: line[:-1] + text + b"\n"))
forge("an empty line", raw(lambda line: line + b"\n"))
forge("an empty line at the end", lambda lines: dump(lines) + b"\n")
forge("a line after the last", lambda lines: dump(lines) + dump([lines[AT]]))
forge("a byte order mark", lambda lines: b"\xef\xbb\xbf" + dump(lines))
forge("UTF-16", lambda lines: dump(lines).decode().encode("utf-16"))
forge("a byte that is not UTF-8", raw(lambda line: line.replace(b'"action":"', b'"action":"\xff')))
forge("an overlong byte sequence", raw(lambda line: line.replace(b'"action":"', b'"action":"\xc1\xa1')))
forge("a surrogate in UTF-8", raw(lambda line: line.replace(b'"action":"', b'"action":"\xed\xa0\x80')))
forge("a lone surrogate", raw(lambda line: line.replace(b'"action":"', b'"action":"\\ud800')))
forge("U+0000", raw(lambda line: line.replace(b'"action":"', b'"action":"\\u0000')))
forge("a control character in a string", raw(lambda line: line.replace(b'"action":"', b'"action":"\x01')))
forge("single quotes", raw(lambda line: line.replace(b'"', b"'")))
forge("a trailing comma", raw(lambda line: line[:-2] + b",}\n"))
forge("an array around a line", raw(lambda line: b"[" + line[:-1] + b"]\n"))
forge("deep nesting", raw(lambda line: b"[" * 100000 + b"\n"))
forge("a line that is cut", raw(lambda line: line[:-20] + b"\n"))

# ---- The other lines -------------------------------------------------------------------------------------------------

forge("no head", lambda lines: lines[1:])
forge("two heads", lambda lines: lines[:1] + lines)
forge("no end", lambda lines: lines[:-1])
forge("two ends", lambda lines: lines + lines[-1:])
for value in (1, 3, "2", 2.0, None):
    forge(f"format {value!r}", put("stead_audit_export", value, 0))
for member, value in (("tree_size", -1), ("tree_size", SIZE - 1), ("tree_size", SIZE + 1), ("tree_size", str(SIZE)),
                      ("tree_size", None),
                      ("tree_size", 0), ("root_hash", root_of(SIZE - 1, leaves)), ("root_hash", None), ("filter", 7),
                      ("since", whole[-2]["occurred_at"]), ("until", whole[AT]["occurred_at"]), ("since", "2026"),
                      ("since", False)):
    forge(f"a head with {member} {value!r}", put(member, value, 0))
for member in ("events", "unsealed_events", "absent_leaves"):
    forge(f"an end with one more of {member}", put(member, whole[-1][member] + 1, -1))
    forge(f"an end with {member} as a string", put(member, str(whole[-1][member]), -1))

for kind in ("range", "filter", "pruned"):
    honest = parse(load(kind))
    its = [("--checkpoint", load(kind + ".checkpoint"))]
    run = next(i for i, line in enumerate(honest) if "first_leaf" in line)
    again = honest[run]

    def forge_run(name, change, honest=honest, its=its, kind=kind):
        forge(f"{kind}: {name}", change, beside=its, of=honest)

    def as_many(lines, leaves):
        lines[run]["leaves"] += leaves
        lines[-1]["absent_leaves"] += leaves

    def drop_run(lines):
        del lines[run]
        lines[-1]["absent_leaves"] -= again["leaves"]

    def other_hash(lines):
        lines[run]["subtrees"][0] = base64.b64encode(bytes(32)).decode()

    def double(lines):
        lines.insert(run, lines[run])
        lines[-1]["absent_leaves"] += again["leaves"]

    def cover_event(lines):  # an event's own leaf once more, as an absent one
        index, hash = next((line["leaf_index"], line["leaf_hash"]) for line in lines
                           if line.get("leaf_index") is not None)
        runs = [line for line in lines if "first_leaf" in line] + [{"first_leaf": index, "leaves": 1, "pruned": False,
                                                                    "subtrees": [hash]}]
        lines[run:-1] = sorted(runs, key=lambda line: line["first_leaf"])
        lines[-1]["absent_leaves"] += 1

    forge_run("absent leaves left out", drop_run)
    forge_run("the hash of a subtree changed", other_hash)
    forge_run("one subtree more", lambda lines: lines[run]["subtrees"].append(lines[run]["subtrees"][0]))
    forge_run("one subtree less", lambda lines: lines[run]["subtrees"].pop() and None)
    forge_run("one leaf more", lambda lines: as_many(lines, 1))
    forge_run("as many leaves as there are numbers", lambda lines: as_many(lines, (1 << 63) - 1 - again["leaves"]))
    forge_run("no leaf", lambda lines: as_many(lines, -again["leaves"]))
    forge_run("a run twice", double)
    forge_run("a leaf both absent and there", cover_event)
    forge_run("runs before the events", lambda lines: lines[:1] + lines[run:-1] + lines[1:run] + lines[-1:] if run > 1
              else lines[1:])
    for member, value in (("first_leaf", -1), ("first_leaf", 0.0), ("leaves", "1"), ("pruned", 1), ("pruned", None),
                          ("subtrees", None),
                          ("subtrees", {}), ("subtrees", [None]), ("subtrees", [7]), ("note", 1)):
        forge_run(f"{member} of {value!r}", put(member, value, run))

# ---- Proofs and checkpoints ------------------------------------------------------------------------------------------

proof = json.loads(proofs[0])


def with_proof(name, change, of=whole, beside=GIVEN, options=UNSEALED):
    changed = copy.deepcopy(proof)
    text = change(changed)
    check(f"a proof: {name}", 1, dump(of),
          beside + [("--proof", text if type(text) is bytes else json.dumps(changed).encode()),
                                                     ("--proof", proofs[1])], options)


for member, value in (("leaf_index", proof["leaf_index"] + 0.0), ("leaf_index", proof["leaf_index"] + 1),
                      ("leaf_index", True), ("leaf_index", -1),
                      ("tree_size", proof["tree_size"] + 1), ("tree_size", str(proof["tree_size"])), ("tree_size", 0),
                      ("leaf_hash", root_of(0, {})),
                      ("leaf_hash", None), ("root_hash", root_of(0, {})), ("root_hash", proof["root_hash"][:-1]),
                      ("inclusion_path", []),
                      ("inclusion_path", proof["inclusion_path"][:-1]),
                      ("inclusion_path", proof["inclusion_path"] + [proof["root_hash"]]),
                      ("inclusion_path", proof["inclusion_path"][:-1] + [proof["inclusion_path"][-1] + "AAAA"]),
                      ("note", 1)):
    with_proof(f"{member} of {str(value)[:30]}", lambda p, member=member, value=value: p.update({member: value}))
with_proof("a member twice", lambda p: b'{"leaf_index":0,' + json.dumps(p).encode()[1:])
with_proof("something after it", lambda p: json.dumps(p).encode() + b" x")
with_proof("nothing", lambda p: b"")


def one_leaf(p):
    p.update(tree_size=1, leaf_index=0, root_hash=p["leaf_hash"], inclusion_path=[])


with_proof("of a tree of its own", one_leaf, of=two, beside=[], options=())
with_proof("of a tree of its own, beside the checkpoint", one_leaf, of=two, options=())
check("a proof of another event", 1, dump(two), GIVEN + [("--proof", json.dumps(
    json.loads(proofs[0]) | {"leaf_index": first_events[1]}).encode()), ("--proof", proofs[1])])
root = checkpoint.split(b"\n")[2]
for name, text in (("a plus sign", b"o\n+%d\n" % SIZE), ("a leading zero", b"o\n0%d\n" % SIZE),
                   ("a minus sign", b"o\n-%d\n" % SIZE),
                   ("digits of others", "o\n{}\n".format("".join(chr(0xff10 + int(c)) for c in str(SIZE))).encode()),
                   ("a space", b"o\n%d \n" % SIZE),
                   ("no size", b"o\n\n"), ("no origin", b"\n%d\n" % SIZE),
                   ("a size beyond 64 bits", b"o\n%d\n" % (SIZE + (1 << 64)))):
    forge(f"a checkpoint with {name}", lambda lines: None, beside=[("--checkpoint", text + root + b"\n")])
for name, text in (("no root", b""), ("half a root", root[:20]), ("bits left over", other_bits(root.decode()).encode()),
                   ("a space", root + b" "),
                   ("a carriage return", root + b"\r"), ("something after its end", root + b"\n\nx\n"),
                   ("bytes that are not UTF-8", root + b"\n\xff\n")):
    forge(f"a checkpoint with {name}", lambda lines: None, beside=[("--checkpoint", b"o\n%d\n" % SIZE + text + b"\n")])
