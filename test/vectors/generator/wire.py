"""request-headers, requests, responses and names."""

import struct

from generator.primitives import crc_variants, derived, encrypt, zlib_crc

CLIENT_ID = bytes.fromhex("a1b2c3d4e5f647189a8b7c6d5e4f3a2b")
DOCUMENT_ID = bytes.fromhex("00112233445566778899aabbccddeeff")
FACTS_KEY = bytes.fromhex("dd73379622c502005add84ce28423aa0")
FACTS_PLAINTEXT = b"hello, wire facts!\n"
FACTS_CIPHERTEXT = bytes.fromhex("115b9c318b98819f9979fd4d67afee3ba23b0a864e11d9ae1d9d9701505fce55")
VERSIONS = [1, 2, 3, 24]
FIXED = [1025, 1027, 1029, 1030, 1031]
TYPES = {1025: "register", 1026: "public-key", 1027: "reconnect", 1028: "file",
         1029: "crc-ok", 1030: "crc-wrong", 1031: "crc-give-up"}
LARGEST = 4294967283


def header(code, size, version=3, client=CLIENT_ID):
    return client + struct.pack("<BHI", version, code, size)


def field(name, rest=b""):
    data = name if isinstance(name, bytes) else name.encode()
    return (data + b"\x00" + rest).ljust(255, b"\x00")


def garbage(name):
    return field(name, derived("garbage", 255 - len(name.encode()) - 1))


def ok(title, **values):
    return {"name": title, "expect": "ok", **values}


def bad(title, failure, **values):
    return {"name": title, "expect": failure, **values}


def request_headers():
    def good(title, code, size, version=3, client=CLIENT_ID):
        return ok(title, hex=header(code, size, version, client).hex(), client_id=client.hex(),
                  version=version, code=code, payload_size=size)

    sizes = {code: 255 for code in FIXED} | {1026: 415, 1028: 291}
    yield good("the example of docs/PROTOCOL.md", 1027, 255, client=DOCUMENT_ID)
    for code in sorted(sizes):
        for version in VERSIONS:
            yield good(f"{code}, version {version}", code, sizes[code], version)
    for code, size in [(1026, 416), (1026, 417), (1026, 549), (1026, 1279), (1028, 259), (1028, 260),
                       (1028, 275), (1028, 0x80000000), (1028, LARGEST)]:
        yield good(f"{code}, payload size {size}", code, size)
    for client in [bytes(16), b"\xff" * 16]:
        yield good(f"client id of {client[:1].hex()} bytes", 1025, 255, client=client)

    whole = header(1025, 255)
    for size in range(23):
        yield bad(f"{size} of 23 bytes", "truncated", hex=whole[:size].hex())
    for version in [0, 5, 23, 25, 255]:
        yield bad(f"version {version}", "unknown-version", hex=header(1025, 255, version).hex())
    for code in [0, 1, 1024, 1032, 2100, 2103, 0x0104, 65535]:
        yield bad(f"code {code}", "unknown-code", hex=header(code, 255).hex())
    wrong = {code: [0, 254, 256, 0x80000000, 0xFFFFFFFF] for code in FIXED}
    wrong |= {1026: [0, 255, 414, 1280, 0x80000000, 0xFFFFFFFF], 1028: [0, 258, LARGEST + 1, 0xFFFFFFFF]}
    for code in sorted(wrong):
        for size in wrong[code]:
            yield bad(f"{code}, payload size {size}", "bad-payload-size", hex=header(code, size).hex())


def requests(keys):
    def frame(code, payload, version=3, client=CLIENT_ID, size=None):
        return (header(code, len(payload) if size is None else size, version, client) + payload).hex()

    def good(title, code, payload, version=3, client=CLIENT_ID, size=None, canonical=True, **values):
        return ok(title, hex=frame(code, payload, version, client, size), client_id=client.hex(), version=version,
                  type=TYPES[code], canonical=canonical, **values)

    def named(code):
        return "client_name" if code < 1028 else "file_name"

    for code in FIXED:
        for title, name in [("ASCII", "report.txt"), ("non-ASCII", "Größe 漢字 🎈"), ("254 bytes", "n" * 254)]:
            yield good(f"{TYPES[code]}, {title} name", code, field(name), **{named(code): name})
        yield good(f"{TYPES[code]}, garbage after the NUL", code, garbage("report.txt"), canonical=False,
                   **{named(code): "report.txt"})
        yield bad(f"{TYPES[code]}, one byte short", "truncated", hex=frame(code, field("x"))[:-2])
        yield bad(f"{TYPES[code]}, header only", "truncated", hex=header(code, 255).hex())
    for version in VERSIONS:
        yield good(f"register, version {version}, id of zeros", 1025, field("alice"), version, bytes(16),
                   client_name="alice")
    yield good("register, filler in the id", 1025, field("alice"), 3, b"\xcc" * 16, client_name="alice")
    yield good("reconnect, name without a NUL, which is ignored", 1027, b"A" * 255, canonical=False)

    for key in keys:
        title = f"public-key, RSA-{key.bits} with e = {key.e}"
        yield good(title, 1026, field("alice") + key.spki, client_name="alice", key_hex=key.spki.hex())
    classic = keys[0].spki
    yield good("public-key, name of FF bytes, which is ignored", 1026, b"\xff" * 255 + classic, canonical=False,
               key_hex=classic.hex())
    yield bad("public-key, one byte short", "truncated", hex=frame(1026, field("alice") + classic)[:-2])

    for title, name, name_field in [
        ("the wire facts", "facts.txt", field("facts.txt")),
        ("a local path", "C:\\data\\facts.txt", field("C:\\data\\facts.txt")),
        ("garbage after the NUL", "facts.txt", garbage("facts.txt")),
    ]:
        values = {"file_name": name, "name_field_hex": name_field.hex(), "content_size": 32,
                  "content_hex": FACTS_CIPHERTEXT.hex()}
        start, simple = struct.pack("<I", 32) + name_field, name_field == field(name)
        yield good(f"file, {title}, content inside", 1028, start + FACTS_CIPHERTEXT, canonical=simple,
                   content="inside", **values)
        yield good(f"file, {title}, content outside", 1028, start + FACTS_CIPHERTEXT, size=259, canonical=False,
                   content="outside", **values)
    name_field = field("facts.txt")
    block = encrypt(FACTS_KEY, b"")
    yield good("file, empty: one block", 1028, struct.pack("<I", 16) + name_field + block, file_name="facts.txt",
               name_field_hex=name_field.hex(), content_size=16, content_hex=block.hex(), content="inside")

    for size in [0, 16, 31, 33, 259, 291, 0xFFFFFFFF]:
        payload = struct.pack("<I", size) + name_field + FACTS_CIPHERTEXT
        yield bad(f"file, payload size 291, content size {size}", "bad-content-size", hex=frame(1028, payload))
    yield bad("file, payload size 260, content size 0", "bad-content-size", hex=frame(1028, bytes(4) + name_field + b"x"))
    payload = struct.pack("<I", 32) + name_field + FACTS_CIPHERTEXT
    yield bad("file, content inside, one byte short", "truncated", hex=frame(1028, payload)[:-2])
    yield bad("file, content outside, one byte short", "truncated", hex=frame(1028, payload, size=259)[:-2])
    yield bad("file, content outside, none of it", "truncated", hex=frame(1028, payload[:259], size=259))
    yield bad("file, 258 of the 259 bytes before the content", "truncated", hex=frame(1028, payload[:258], size=291))
    for title, data in [("without a NUL", b"A" * 255), ("empty", bytes(255)), ("not UTF-8", field(b"\xff"))]:
        yield bad(f"register, name {title}", "bad-name", hex=frame(1025, data))
        yield bad(f"file, name {title}", "bad-name", hex=frame(1028, struct.pack("<I", 32) + data + FACTS_CIPHERTEXT))
        yield bad(f"crc-ok, name {title}", "bad-name", hex=frame(1029, data))


def responses(wrapped_keys):
    def frame(code, payload, version=3, size=None):
        return (struct.pack("<BHI", version, code, len(payload) if size is None else size) + payload).hex()

    def good(title, code, payload, **values):
        return ok(title, hex=frame(code, payload), code=code, **values)

    def received(name_field, crc):
        return CLIENT_ID + struct.pack("<I", 32) + name_field + crc

    me = {"client_id": CLIENT_ID.hex()}
    yield good("registered", 2100, CLIENT_ID, **me)
    yield good("registration refused", 2101, b"")
    for code, title in [(2102, "AES key"), (2105, "reconnected, AES key")]:
        for wrapped in wrapped_keys:
            yield good(f"{title}, {len(wrapped)} bytes of wrapped key", code, CLIENT_ID + wrapped, **me,
                       wrapped_key_hex=wrapped.hex())
    for variant, crc in crc_variants(FACTS_PLAINTEXT, FACTS_CIPHERTEXT).items():
        name_field = field("facts.txt")
        yield good(f"file received, {variant}", 2103, received(name_field, bytes.fromhex(crc)), **me, content_size=32,
                   file_name="facts.txt", name_field_hex=name_field.hex(), crc_hex=crc, crc_variant=variant)
    crc = zlib_crc(FACTS_CIPHERTEXT).to_bytes(4, "little")
    name_field = garbage("facts.txt")
    yield good("file received, garbage after the NUL echoed", 2103, received(name_field, crc), **me, content_size=32,
               file_name="facts.txt", name_field_hex=name_field.hex(), crc_hex=crc.hex(), crc_variant="zlib-ciphertext")
    for code, title in [(2104, "acknowledged"), (2106, "reconnect refused")]:
        yield good(f"{title}, 16 bytes", code, CLIENT_ID, **me)
        yield good(f"{title}, 0 bytes", code, b"")
    yield good("general error", 2107, b"")

    whole = frame(2100, CLIENT_ID)
    for size in [0, 1, 6, 7, 22]:
        yield bad(f"{size} bytes of a 2100", "truncated", hex=whole[:2 * size])
    whole = frame(2103, received(field("facts.txt"), crc))
    for size in [7, 23, 285]:
        yield bad(f"{size} bytes of a 2103", "truncated", hex=whole[:2 * size])
    for version in [0, 5, 255]:
        yield bad(f"version {version}", "unknown-version", hex=frame(2100, CLIENT_ID, version))
    for code in [0, 1025, 1028, 2099, 2108, 65535]:
        yield bad(f"code {code}", "unknown-code", hex=frame(code, CLIENT_ID))
    wrong = {2100: [0, 15, 17], 2101: [1, 16], 2102: [0, 16, 143, 529], 2103: [0, 278, 280], 2104: [1, 15, 17],
             2105: [0, 16, 143, 529], 2106: [1, 15, 17], 2107: [1, 16]}
    for code, sizes in wrong.items():
        for size in sizes:
            yield bad(f"{code} of {size} bytes", "bad-payload-size", hex=frame(code, derived("response", size)))
        yield bad(f"{code} of 4294967295 bytes", "bad-payload-size", hex=frame(code, b"", size=0xFFFFFFFF))


def names():
    good = {
        "ASCII": "report.txt", "one character": "x", "spaces": " a b ", "254 bytes": "n" * 254,
        "254 bytes, the last character of four": "n" * 250 + "🎈", "non-ASCII": "Größe.txt", "decomposed": "Gro\u0308ße",
        "three-byte characters": "漢字", "astral": "🎈𝒳", "highest code point": "\U0010ffff",
        "around the surrogates": "\ud7ff\ue000", "byte order mark": "\ufeffreport", "replacement character": "\ufffd",
        "noncharacter": "\uffff", "escape sequence": "\x1b[31mred", "CSI as one character": "\u009b31m",
        "line ends": "a\r\nb", "tab, bell, delete": "\t\a\x7f", "bidirectional": "abc\u202etxt.exe",
        "zero width": "a\u200bb", "a path": "C:\\data\\..\\x", "shell": "$(id);`id`|&", "dash": "-rf",
    }
    for title, name in good.items():
        yield ok(title, field_hex=field(name).hex(), value=name)
    for title, rest in [("text", b"left over"), ("a second name", b"other.txt\x00"), ("bytes that are not UTF-8", b"\xff" * 244)]:
        yield ok(f"{title} after the NUL", field_hex=field("report.txt", rest).hex(), value="report.txt")
    wrong = {
        "255 bytes without a NUL": b"n" * 255, "empty": bytes(255), "empty, text after the NUL": b"\x00report.txt".ljust(255, b"\x00"),
        "FF": b"\xff", "lone continuation": b"a\x80b", "start byte at the end": b"abc\xc3", "three of four bytes": b"\xf0\x9f\x8e",
        "overlong slash in two bytes": b"\xc0\xaf", "overlong slash in three bytes": b"\xe0\x80\xaf",
        "overlong in four bytes": b"\xf0\x80\x80\xaf", "overlong NUL": b"a\xc0\x80b", "high surrogate": b"\xed\xa0\x80",
        "low surrogate": b"\xed\xb0\x80", "surrogate pair as six bytes": b"\xed\xa0\xbd\xed\xb8\x80",
        "above the highest code point": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "Latin-1": b"Gr\xf6\xdfe",
        "UTF-16 byte order mark": b"\xff\xfea",
    }
    for title, data in wrong.items():
        yield bad(title, "bad-name", field_hex=data.ljust(255, b"\x00").hex())
