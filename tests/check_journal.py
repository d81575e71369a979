"""Checks a journal written by `hongling audit DIR export`, without Hongling.

    python3 check_journal.py FILE [SEQ:SEAL …]

A seal is SHA-256 over "hongling seal 1\\n", the seal of the row before (32 zero bytes before the
first), and each field: its length in 4 bytes, highest first, then its text; ffffffff for none.
What was booked is bound by SHA-256 over "hongling transfers 1\\n" and each field of each transfer.
"""
import hashlib, json, sys


def fields(names, of):
    texts = [None if of.get(name) is None else str(of[name]).encode() for name in names]
    return b"".join(b"\xff\xff\xff\xff" if text is None else len(text).to_bytes(4, "big") + text for text in texts)


def check(path, heads):
    lines = open(path, encoding="utf-8")
    names, last, seals = json.loads(next(lines)), bytes(32), {}
    for line in lines:
        row = json.loads(line)
        if "end" in row:
            whole = row["end"] == len(seals) and row["seal"] == last.hex() and not lines.read()
            lost = [head for head in heads if seals.get(int(head.split(":")[0])) != head.split(":")[1]]
            return f"does not fit the head {lost[0]}" if lost else None if whole else "is cut off at its end"
        here, order = f"row {len(seals) + 1}: ", ["row", *names[row["row"]]]
        seal = hashlib.sha256(b"hongling seal 1\n" + last + fields(order, row)).digest()
        more = set(row) - {"seal", "salt", "body", "transfers", *order}
        if more or row["seq"] != len(seals) + 1 or row["seal"] != seal.hex():
            return here + "does not fit its seal"
        if "body" in row and hashlib.sha256(bytes.fromhex(row["salt"]) + row["body"].encode()).hexdigest() != row["commitment"]:
            return here + "its words are not those that were written"
        moved = b"".join(fields(names["transfer"], transfer) for transfer in row.get("transfers", []))
        if moved and hashlib.sha256(b"hongling transfers 1\n" + moved).hexdigest() != row.get("booked"):
            return here + "what was booked in it is not what was sealed"
        seals[len(seals) + 1], last = row["seal"], seal
    return "has no last line"


sys.exit(check(sys.argv[1], sys.argv[2:]))
