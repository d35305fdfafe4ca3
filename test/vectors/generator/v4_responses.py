"""Version 4: responses."""

import struct

from generator.primitives import derived
from generator.v4_wire import DATA, EARLIEST, HASH, HIGHEST, LATEST, MTIME, i64, u16, u32, u64
from generator.wire import CLIENT_ID, bad, ok

KEY = derived("v4 receipt key", 32)
KNOCK_KEY = derived("v4 knock key", 32)
RECEIPT = b'{"type":"sesame-receipt/1"}'
SIGNATURE = derived("v4 signature", 184)
NAMES = {2201: "welcome", 2202: "refused", 2203: "opened", 2204: "window", 2205: "receipt", 2206: "done", 2207: "listing",
         2208: "file", 2209: "content", 2210: "knock-key"}
ERRORS = ["malformed", "unknown-code", "wrong-client-id", "not-joined", "token-refused", "name-taken", "bad-name", "join-refused",
          "revoked", "busy", "draining", "bad-path", "path-conflict", "too-large", "disk-full", "storage-failed", "superseded",
          "bad-stream", "bad-offset", "wrong-size", "wrong-hash", "not-found", "write-only", "exists", "window-exceeded", "internal",
          "blocked", "awaiting-approval", "over-quota", "append-only"]


def frame(code, payload, size=None, version=4):
    return struct.pack("<BHI", version, code, len(payload) if size is None else size) + payload


def welcome(flags=0, seq=3, name="alice", minor=0, window=1 << 24, head=HASH):
    data = name if isinstance(name, bytes) else name.encode()
    return u16(minor) + u16(flags) + CLIENT_ID + u32(window) + KEY + u64(seq) + head + data


def refused(number, message="", stream=7):
    return u32(stream) + u16(number) + (message if isinstance(message, bytes) else message.encode())


def opened(state=0, offset=0, sha256=bytes(32)):
    return u32(7) + bytes([state]) + u64(offset) + sha256


def receipt(flags=0, receipt_bytes=RECEIPT, signature=SIGNATURE, length=None):
    size = len(receipt_bytes) if length is None else length
    return u32(7) + bytes([flags]) + u32(size) + receipt_bytes + signature


def entry(path, type_=0, size=5, mtime=MTIME, mode=0o644, sha256=HASH, seq=9, length=None):
    data = path if isinstance(path, bytes) else path.encode()
    return (bytes([type_]) + u64(size) + i64(mtime) + u32(mode) + sha256 + u64(seq)
            + u16(len(data) if length is None else length) + data)


def listing(*entries, flags=0, count=None):
    return u32(7) + bytes([flags]) + u32(len(entries) if count is None else count) + b"".join(entries)


def file(size=5, mtime=MTIME, mode=0o644, seq=9):
    return u32(7) + u64(size) + i64(mtime) + u32(mode) + HASH + u64(seq)


def knock_key(port=6257):
    return u32(7) + u16(port) + KNOCK_KEY


def responses():
    def good(title, code, payload, **values):
        return ok(f"{NAMES[code]}{title}", hex=frame(code, payload).hex(), type=NAMES[code], **values)

    def wrong(title, code, payload, failure="malformed"):
        return bad(f"{NAMES[code]}{title}", failure, hex=frame(code, payload).hex())

    facts = {"minor": 0, "write_only": False, "client_id": CLIENT_ID.hex(), "window": 1 << 24, "receipt_key_hex": KEY.hex(),
             "seq": 3, "head": HASH.hex(), "client_name": "alice", "has_knock_keys": False,
             "takes_waiting": False}
    yield good("", 2201, welcome(), **facts)
    yield good(", write-only", 2201, welcome(1), **(facts | {"write_only": True}))
    yield good(", answers 1111", 2201, welcome(2), **(facts | {"has_knock_keys": True}))
    yield good(", write-only, answers 1111", 2201, welcome(3), **(facts | {"write_only": True, "has_knock_keys": True}))
    yield good(", takes 1112", 2201, welcome(4), **(facts | {"takes_waiting": True}))
    yield good(", answers 1111, takes 1112", 2201, welcome(6), **(facts | {"has_knock_keys": True, "takes_waiting": True}))
    for flags in [8, 0x8000, 0xFFF8]:
        yield good(f", unknown flags {flags:04x}", 2201, welcome(flags), **facts, canonical=False)
    yield good(", all flags", 2201, welcome(0xFFFF), **(facts | {"write_only": True, "has_knock_keys": True, "takes_waiting": True}), canonical=False)
    yield good(", no receipts", 2201, welcome(seq=0, head=bytes(32)), **(facts | {"seq": 0, "head": bytes(32).hex()}))
    yield good(", highest sequence number", 2201, welcome(seq=HIGHEST), **(facts | {"seq": HIGHEST}))
    yield good(", largest window", 2201, welcome(window=0xFFFFFFFF), **(facts | {"window": 0xFFFFFFFF}))
    for name in ["a", "🎈" * 100, "Größe 漢字"]:
        yield good(f", name of {len(name.encode())} bytes", 2201, welcome(name=name), **(facts | {"client_name": name}))
    yield wrong(", sequence number above 2^53 - 1", 2201, welcome(seq=HIGHEST + 1))
    yield wrong(", name not UTF-8", 2201, welcome(name=b"\xff"))
    yield wrong(", name with a NUL", 2201, welcome(name="a\x00b"))

    for number, error in enumerate(ERRORS, 1):
        yield good(f": {error}", 2202, refused(number, error), stream=7, number=number, error=error, message=error)
    yield good(", the connection", 2202, refused(1, "no", 0), stream=0, number=1, error="malformed", message="no")
    yield good(", no message", 2202, refused(21), stream=7, number=21, error="wrong-hash", message="")
    yield good(", longest message", 2202, refused(21, "é" * 512), stream=7, number=21, error="wrong-hash", message="é" * 512)
    yield wrong(", message not UTF-8", 2202, refused(21, b"\xff"))
    yield wrong(", message with a NUL", 2202, refused(21, "a\x00b"))

    for state, title, offset, sha256 in [(0, "new", 0, bytes(32)), (1, "resumed", 5, bytes(32)), (1, "resumed", HIGHEST, bytes(32)),
                                         (2, "stored", 5, HASH)]:
        yield good(f", {title}, offset {offset}", 2203, opened(state, offset, sha256), stream=7, state=title, offset=offset,
                   sha256=sha256.hex())
    for state in [3, 255]:
        yield wrong(f", state {state}", 2203, opened(state))
    yield wrong(", offset above 2^53 - 1", 2203, opened(1, HIGHEST + 1))

    for taken in [0, 1, 1 << 32, HIGHEST]:
        yield good(f", {taken}", 2204, u64(taken), taken=taken)
    yield wrong(", above 2^53 - 1", 2204, u64(HIGHEST + 1))

    for flags in [0, 1]:
        yield good(f", flags {flags}", 2205, receipt(flags), stream=7, there_already=flags == 1, receipt_hex=RECEIPT.hex(),
                   signature_hex=SIGNATURE.hex())
    longest = RECEIPT[:-1] + b" " * (32_768 - len(RECEIPT)) + b"}"
    yield good(", of 32 KiB", 2205, receipt(receipt_bytes=longest), stream=7, there_already=False, receipt_hex=longest.hex(),
               signature_hex=SIGNATURE.hex())
    yield wrong(", flags 2", 2205, receipt(2))
    yield wrong(", one byte more than 32 KiB", 2205, receipt(receipt_bytes=longest + b" "))
    for length in [len(RECEIPT + SIGNATURE) + 1, 0xFFFFFFFF]:
        yield wrong(f", length {length} where {len(RECEIPT + SIGNATURE)} bytes are left", 2205, receipt(length=length))

    yield good("", 2206, u32(7), stream=7)

    shown = {"type": "file", "size": 5, "mtime": str(MTIME), "mode": 0o644, "sha256": HASH.hex(), "seq": 9}
    made = {"type": "folder", "size": 0, "mtime": str(MTIME), "mode": 0o755, "sha256": bytes(32).hex(), "seq": 0}
    dir_ = entry("dir", 1, 0, mode=0o755, sha256=bytes(32), seq=0)
    yield good(", empty", 2207, listing(), stream=7, more=False, entries=[])
    yield good(", a folder and two files, more follow", 2207, listing(dir_, entry("dir/a"), entry("Größe/漢字"), flags=1), stream=7,
               more=True, entries=[made | {"path": "dir"}, shown | {"path": "dir/a"}, shown | {"path": "Größe/漢字"}])
    yield good(", by v3", 2207, listing(entry("a", sha256=bytes(32), seq=0)), stream=7, more=False,
               entries=[shown | {"path": "a", "sha256": bytes(32).hex(), "seq": 0}])
    for mtime in [EARLIEST, -1, LATEST]:
        yield good(f", mtime {mtime}", 2207, listing(entry("a", size=HIGHEST, mtime=mtime, seq=HIGHEST)), stream=7, more=False,
                   entries=[shown | {"path": "a", "size": HIGHEST, "mtime": str(mtime), "seq": HIGHEST}])
    yield wrong(", flags 2", 2207, listing(flags=2))
    yield wrong(", one entry announced, none there", 2207, listing(count=1))
    yield wrong(", none announced, one there", 2207, listing(entry("a"), count=0))
    yield wrong(", two announced, one there", 2207, listing(entry("a"), count=2))
    yield wrong(", 4294967295 announced, one there", 2207, listing(entry("a"), count=0xFFFFFFFF))
    yield wrong(", entry cut by a byte", 2207, listing(entry("abc")[:-1], count=1))
    yield wrong(", a byte behind the last entry", 2207, listing(entry("abc") + b"\x00", count=1))
    yield wrong(", entry of type 2", 2207, listing(entry("a", 2)))
    yield wrong(", path length 65535", 2207, listing(entry("abc", length=65535)))
    yield wrong(", size above 2^53 - 1", 2207, listing(entry("a", size=HIGHEST + 1)))
    yield wrong(", sequence number above 2^53 - 1", 2207, listing(entry("a", seq=HIGHEST + 1)))
    for title, path in [("empty", ""), ("parent", "../a"), ("absolute", "/a"), ("not UTF-8", b"\xff")]:
        yield wrong(f", path: {title}", 2207, listing(entry(path)), "bad-path")

    yield good("", 2208, file(), stream=7, size=5, mtime=str(MTIME), mode=0o644, sha256=HASH.hex(), seq=9)
    yield good(", the highest numbers", 2208, file(HIGHEST, LATEST, 0o7777, HIGHEST), stream=7, size=HIGHEST, mtime=str(LATEST),
               mode=0o7777, sha256=HASH.hex(), seq=HIGHEST)
    yield wrong(", size above 2^53 - 1", 2208, file(HIGHEST + 1))
    yield wrong(", sequence number above 2^53 - 1", 2208, file(seq=HIGHEST + 1))

    content = u32(7) + u64(0)
    yield good("", 2209, content + b"hello", stream=7, offset=0, content_hex=b"hello".hex())
    rest = {"hex": "a5", "times": DATA}
    yield ok(f"content, {DATA} bytes", hex=frame(2209, content, 12 + DATA).hex(), rest_repeat=rest, type="content", stream=7,
             offset=0, content_repeat=rest)
    yield bad(f"content, {DATA + 1} bytes", "bad-payload-size", hex=frame(2209, content, 13 + DATA).hex(),
              rest_repeat={"hex": "a5", "times": DATA + 1})
    yield wrong(", offset above 2^53 - 1", 2209, u32(7) + u64(HIGHEST + 1) + b"x")

    for port in [6257, 0, 1, 65535]:
        yield good(f", port {port}", 2210, knock_key(port), stream=7, port=port, key_hex=KNOCK_KEY.hex())
    for code, payload in {2203: opened(), 2206: u32(7), 2208: file(), 2209: content + b"x", 2205: receipt(), 2207: listing(),
                          2210: knock_key()}.items():
        yield wrong(", stream 0", code, bytes(4) + payload[4:], "bad-stream")

    whole = frame(2203, opened())
    for size in [0, 1, 6, 7, 8, len(whole) - 1]:
        yield bad(f"{size} bytes of an opened", "truncated", hex=whole[:size].hex())
    for version in [0, 3, 5, 255]:
        yield bad(f"version {version}", "unknown-version", hex=frame(2206, u32(7), version=version).hex())
    for code in [0, 1101, 1105, 2100, 2107, 2200, 2211, 65535]:
        yield bad(f"code {code}", "unknown-code", hex=frame(code, u32(7)).hex())
    sizes = {2201: [96, 497], 2202: [5, 1031], 2203: [44, 46], 2204: [7, 9], 2205: [8], 2206: [3, 5], 2207: [8], 2208: [63, 65],
             2209: [12], 2210: [37, 39]}
    for code, wrong_sizes in sizes.items():
        for size in [0, *wrong_sizes]:
            payload = b"\x01" * size
            yield bad(f"{NAMES[code]} of {size} bytes", "bad-payload-size", hex=frame(code, payload).hex())
        yield bad(f"{NAMES[code]} of 4294967295 bytes", "bad-payload-size", hex=frame(code, b"", 0xFFFFFFFF).hex())
    for code, size in [(2207, 1_048_577), (2209, 262_157)]:
        yield bad(f"{NAMES[code]} of {size} bytes, header alone", "bad-payload-size", hex=frame(code, b"", size).hex())
