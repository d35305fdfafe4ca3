"""Version 4: request-headers, requests, first-bytes."""

import struct

from generator.primitives import derived
from generator.v4_paths import BAD as BAD_PATHS, GOOD as GOOD_PATHS
from generator.wire import CLIENT_ID, DOCUMENT_ID, bad, field, header, ok

HIGHEST = (1 << 53) - 1
EARLIEST = -(1 << 63)
LATEST = (1 << 63) - 1
MTIME = 1767323045678901234
DATA = 262_144
PUT = 65_536
WHY = 512

# code: name, least and most bytes of payload (docs/PROTOCOL.md, 2.2)
REQUESTS = {
    1101: ("hello", 4, 204), 1102: ("join", 288, 288), 1103: ("open", 28, 4_123), 1104: ("data", 13, 262_156),
    1105: ("commit", 44, 44), 1106: ("put", 55, 69_686), 1107: ("cancel", 5, 5), 1108: ("folder", 19, 4_114),
    1109: ("list", 8, 8_200), 1110: ("fetch", 15, 4_110),
    1111: ("knock-key", 4, 4), 1112: ("waiting", 36, 548),
}
HASH = derived("v4 hash", 32)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def i64(value):
    return struct.pack("<q", value)


def text(path):
    return path if isinstance(path, bytes) else path.encode()


def frame(code, payload, client=CLIENT_ID, size=None, version=4):
    return header(code, len(payload) if size is None else size, version, client) + payload


def open_(stream=7, flags=1, size=5, mtime=MTIME, mode=0o644, path="dir/a.txt", length=None):
    data = text(path)
    return (u32(stream) + bytes([flags]) + u64(size) + i64(mtime) + u32(mode)
            + u16(len(data) if length is None else length) + data)


def put(stream=7, content=b"hello", mtime=MTIME, mode=0o644, path="dir/a.txt", sha256=HASH, length=None, size=None):
    data = text(path)
    return (u32(stream) + sha256 + u32(len(content) if size is None else size) + i64(mtime) + u32(mode)
            + u16(len(data) if length is None else length) + data + content)


def folder(stream=7, mtime=MTIME, mode=0o755, path="dir", length=None):
    data = text(path)
    return u32(stream) + i64(mtime) + u32(mode) + u16(len(data) if length is None else length) + data


def list_(stream=7, path="", after="", length=None, after_length=None):
    data, behind = text(path), text(after)
    return (u32(stream) + u16(len(data) if length is None else length) + data
            + u16(len(behind) if after_length is None else after_length) + behind)


def fetch(stream=7, offset=0, path="dir/a.txt", length=None):
    data = text(path)
    return u32(stream) + u64(offset) + u16(len(data) if length is None else length) + data


def waiting(stream=7, files=3, bytes_=4096, failing=1, oldest=MTIME, why="over-quota: 40 MiB left"):
    return u32(stream) + u64(files) + u64(bytes_) + u64(failing) + i64(oldest) + text(why)


def data_(stream=7, offset=0, content=b"hello"):
    return u32(stream) + u64(offset) + content


def commit(stream=7, size=5, sha256=HASH):
    return u32(stream) + u64(size) + sha256


def hello(agent="sesame/1.0", minor=0, flags=0):
    return u16(minor) + u16(flags) + text(agent)


def join(way=0, token=bytes(32), name=field("alice")):
    return bytes([way]) + token + name


def request_headers():
    def good(title, code, size, client=CLIENT_ID):
        return ok(title, hex=header(code, size, 4, client).hex(), client_id=client.hex(), version=4, code=code,
                  payload_size=size)

    yield good("the example of docs/PROTOCOL.md", 1105, 44, DOCUMENT_ID)
    for code, (_, least, most) in REQUESTS.items():
        for size in sorted({least, most}):
            yield good(f"{code}, payload size {size}", code, size)
    for client in [bytes(16), b"\xff" * 16]:
        yield good(f"client id of {client[:1].hex()} bytes", 1101, 4, client)

    whole = header(1101, 14, 4)
    for size in range(23):
        yield bad(f"{size} of 23 bytes", "truncated", hex=whole[:size].hex())
    for version in [0, 1, 2, 3, 5, 24, 68, 132, 255]:
        yield bad(f"version {version}", "unknown-version", hex=header(1101, 14, version).hex())
    for code in [0, 1, 1024, *range(1025, 1032), 1100, 1113, 2101, 2201, 2205, 0x4D04, 65535]:
        yield bad(f"code {code}", "unknown-code", hex=header(code, 44, 4).hex())
    for code, (_, least, most) in REQUESTS.items():
        for size in sorted({0, least - 1, most + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}):
            yield bad(f"{code}, payload size {size}", "bad-payload-size", hex=header(code, size, 4).hex())


def requests():
    def good(title, code, payload, client=CLIENT_ID, **values):
        return ok(title, hex=frame(code, payload, client).hex(), client_id=client.hex(), type=REQUESTS[code][0], **values)

    def long(title, code, head, content, **values):
        """A frame that ends in many bytes of one kind."""
        rest = {"hex": content[:1].hex(), "times": len(content)}
        return ok(title, hex=frame(code, head, size=len(head) + len(content)).hex(), rest_repeat=rest,
                  client_id=CLIENT_ID.hex(), type=REQUESTS[code][0], **values, content_repeat=rest)

    def wrong(title, failure, code, payload):
        return bad(title, failure, hex=frame(code, payload).hex())

    yield from hellos(good, wrong)
    yield from joins(good, wrong)
    yield from opens(good, wrong)
    yield from datas(good, long, wrong)
    yield from commits(good, wrong)
    yield from puts(good, long, wrong)
    yield from cancels(good, wrong)
    yield from folders(good, wrong)
    yield from lists(good, wrong)
    yield from fetches(good, wrong)
    yield from knock_keys(good, wrong)
    yield from waitings(good, wrong)
    for code, payload in EXAMPLES.items():
        name = REQUESTS[code][0]
        whole = frame(code, payload)
        yield bad(f"{name}, header only", "truncated", hex=whole[:23].hex())
        yield bad(f"{name}, one byte short", "truncated", hex=whole[:-1].hex())
    for code in range(1103, 1113):
        yield wrong(f"{REQUESTS[code][0]}, stream 0", "bad-stream", code, bytes(4) + EXAMPLES[code][4:])
    for code, make in PATHS.items():
        for title in ["non-ASCII", "255 bytes in a segment", "4,096 bytes"]:
            path = GOOD_PATHS[title]
            values = PATH_VALUES[code] | {"path": path}
            yield good(f"{REQUESTS[code][0]}, path: {title}", code, make(path), stream=7, **values)
        for title in ["parent", "absolute", "not UTF-8", "NUL", "trailing slash", "drive"]:
            yield wrong(f"{REQUESTS[code][0]}, path: {title}", "bad-path", code, make(BAD_PATHS[title]))
    yield wrong("put, path: empty", "bad-path", 1106, put(path=""))
    yield wrong("list, after: parent", "bad-path", 1109, list_(after="../a"))
    yield wrong("list, after: not UTF-8", "bad-path", 1109, list_(after=b"\xff"))
    for code, make in [(1106, lambda path: put(path=path)), (1109, lambda path: list_(path=path))]:
        yield wrong(f"{REQUESTS[code][0]}, path: 4,097 bytes", "bad-path", code, make(BAD_PATHS["4,097 bytes"]))


def hellos(good, wrong):
    yield good("hello", 1101, hello(), minor=0, flags=0, agent="sesame/1.0")
    yield good("hello, id of zeros", 1101, hello(), bytes(16), minor=0, flags=0, agent="sesame/1.0")
    yield good("hello, no agent", 1101, hello(""), minor=0, flags=0, agent="")
    yield good("hello, agent of 200 bytes, non-ASCII", 1101, hello("é" * 100), minor=0, flags=0, agent="é" * 100)
    yield wrong("hello, agent not UTF-8", "malformed", 1101, hello(b"sesame/\xff"))
    yield wrong("hello, agent with a NUL", "malformed", 1101, hello("sesame\x00/1.0"))


def joins(good, wrong):
    token = derived("v4 token", 32)
    for client in [CLIENT_ID, bytes(16)]:
        yield good(f"join, open, id {client[:1].hex()}…", 1102, join(), client, way=0, token_hex=bytes(32).hex(),
                   client_name="alice")
    yield good("join, open, non-ASCII name", 1102, join(name=field("Größe 漢字")), way=0, token_hex=bytes(32).hex(),
               client_name="Größe 漢字")
    yield good("join, token", 1102, join(1, token), way=1, token_hex=token.hex(), client_name="alice")
    # With a token of one machine the name has no meaning, whatever it is.
    for title, data in [("empty", bytes(255)), ("without a NUL", b"A" * 255), ("not UTF-8", field(b"\xff"))]:
        yield good(f"join, token, name {title}", 1102, join(1, token, data), way=1, token_hex=token.hex())
        yield wrong(f"join, open, name {title}", "bad-name", 1102, join(name=data))
    for way in [2, 255]:
        yield wrong(f"join, way {way}", "malformed", 1102, join(way, token))
    yield wrong("join, open with a token", "malformed", 1102, join(0, token))


def opens(good, wrong):
    facts = {"size_known": True, "start_over": False, "size": 5, "mtime": str(MTIME), "mode": 0o644, "path": "dir/a.txt"}

    def opened(title, **values):
        sent = {"flags": values.get("size_known", True) * 1 + values.get("start_over", False) * 2}
        sent |= {name: value for name, value in values.items() if name in ("size", "mode", "path", "stream")}
        sent |= {"mtime": int(values["mtime"])} if "mtime" in values else {}
        return good(f"open, {title}", 1103, open_(**sent), stream=values.pop("stream", 7), **(facts | values))

    yield opened("size known")
    yield opened("start over", start_over=True)
    yield opened("size not known", size_known=False, size=0)
    yield opened("size not known, start over", size_known=False, start_over=True, size=0)
    for size in [0, 1, 0xFFFFFFFF, 1 << 32, HIGHEST]:
        yield opened(f"size {size}", size=size)
    for mtime in [0, -1, 1, EARLIEST, LATEST, HIGHEST + 1]:
        yield opened(f"mtime {mtime}", mtime=str(mtime))
    for mode in [0, 0o7777]:
        yield opened(f"mode {mode:o}", mode=mode)
    for stream in [1, 0x80000000, 0xFFFFFFFF]:
        yield opened(f"stream {stream}", stream=stream)
    yield opened("path of one byte", path="a")

    for size in [HIGHEST + 1, 1 << 63, (1 << 64) - 1]:
        yield wrong(f"open, size {size}", "malformed", 1103, open_(size=size))
    for flags in [4, 5, 128, 255]:
        yield wrong(f"open, flags {flags}", "malformed", 1103, open_(flags=flags))
    for mode in [0o10000, 0o100644, 0xFFFFFFFF]:
        yield wrong(f"open, mode {mode:o}", "malformed", 1103, open_(mode=mode))
    for length in [8, 10, 65535]:
        yield wrong(f"open, path of 9 bytes, length {length}", "malformed", 1103, open_(length=length))


def datas(good, long, wrong):
    yield good("data", 1104, data_(), stream=7, offset=0, content_hex=b"hello".hex())
    yield good("data, one byte", 1104, data_(content=b"\x00"), stream=7, offset=0, content_hex="00")
    for offset in [1, 0xFFFFFFFF, 1 << 32, HIGHEST - 5]:
        yield good(f"data, offset {offset}", 1104, data_(offset=offset), stream=7, offset=offset, content_hex=b"hello".hex())
    for size in [DATA - 1, DATA]:
        yield long(f"data, {size} bytes", 1104, data_(content=b""), b"\xa5" * size, stream=7, offset=0)
    for offset in [HIGHEST + 1, 1 << 63, (1 << 64) - 1]:
        yield wrong(f"data, offset {offset}", "malformed", 1104, data_(offset=offset))
    yield wrong("data, no content", "bad-payload-size", 1104, data_(content=b""))
    head = data_(content=b"")
    yield bad(f"data, {DATA + 1} bytes", "bad-payload-size", hex=frame(1104, head, size=len(head) + DATA + 1).hex(),
              rest_repeat={"hex": "a5", "times": DATA + 1})
    yield bad(f"data, {DATA} bytes, one short", "truncated", hex=frame(1104, head, size=len(head) + DATA).hex(),
              rest_repeat={"hex": "a5", "times": DATA - 1})


def commits(good, wrong):
    example = bytes.fromhex("070000000500000000000000"
                            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    yield good("commit, the example of docs/PROTOCOL.md", 1105, example, DOCUMENT_ID, stream=7, size=5,
               sha256=example[12:].hex())
    for size in [0, HIGHEST]:
        yield good(f"commit, size {size}", 1105, commit(size=size), stream=7, size=size, sha256=HASH.hex())
    for size in [HIGHEST + 1, (1 << 64) - 1]:
        yield wrong(f"commit, size {size}", "malformed", 1105, commit(size=size))
    for delta in [-1, 1]:
        yield wrong(f"commit of {44 + delta} bytes", "bad-payload-size", 1105, (commit() + b"\x00")[:44 + delta])


def puts(good, long, wrong):
    facts = {"sha256": HASH.hex(), "mtime": str(MTIME), "mode": 0o644, "path": "dir/a.txt"}

    def placed(title, content=b"hello", **values):
        sent = {name: value for name, value in values.items() if name in ("mode", "path")}
        sent |= {"mtime": int(values["mtime"])} if "mtime" in values else {}
        return good(f"put, {title}", 1106, put(content=content, **sent), stream=7, content_hex=content.hex(),
                    **(facts | values))

    yield placed("five bytes")
    yield placed("one byte", b"\xff")
    yield placed("empty", b"")
    yield placed("empty, path of one byte", b"", path="a")
    yield placed("mtime before 1970", mtime=str(EARLIEST))
    yield placed("mode 7777", mode=0o7777)
    for size in [PUT - 1, PUT]:
        yield long(f"put, {size} bytes", 1106, put(content=b"", size=size), b"\xa5" * size, stream=7, **facts)
    path = GOOD_PATHS["4,096 bytes"]
    yield long(f"put, {PUT} bytes, path of 4,096", 1106, put(content=b"", size=PUT, path=path), b"\xa5" * PUT, stream=7,
               **(facts | {"path": path}))

    head = put(content=b"", size=PUT + 1)
    yield bad(f"put, {PUT + 1} bytes", "malformed", hex=frame(1106, head, size=len(head) + PUT + 1).hex(),
              rest_repeat={"hex": "a5", "times": PUT + 1})
    for size in [0, 4, 6, PUT, 0xFFFFFFFF]:
        yield wrong(f"put, content of 5 bytes, size {size}", "malformed", 1106, put(size=size))
    for length in [8, 10, 14, 65535]:
        yield wrong(f"put, path of 9 bytes, length {length}", "malformed", 1106, put(length=length))
    yield wrong("put, mode 10000", "malformed", 1106, put(mode=0o10000))


def cancels(good, wrong):
    for what, title in [(0, "keep"), (1, "drop")]:
        yield good(f"cancel, {title}", 1107, u32(7) + bytes([what]), stream=7, what=title)
    for what in [2, 255]:
        yield wrong(f"cancel, {what}", "malformed", 1107, u32(7) + bytes([what]))
    for size in [4, 6]:
        yield wrong(f"cancel of {size} bytes", "bad-payload-size", 1107, (u32(7) + bytes(2))[:size])


def folders(good, wrong):
    facts = {"mtime": str(MTIME), "mode": 0o755, "path": "dir"}
    yield good("folder", 1108, folder(), stream=7, **facts)
    yield good("folder, mtime before 1970", 1108, folder(mtime=-1), stream=7, **(facts | {"mtime": "-1"}))
    yield good("folder, mode 1777", 1108, folder(mode=0o1777), stream=7, **(facts | {"mode": 0o1777}))
    for length in [2, 4, 65535]:
        yield wrong(f"folder, path of 3 bytes, length {length}", "malformed", 1108, folder(length=length))
    yield wrong("folder, mode 40755", "malformed", 1108, folder(mode=0o40755))


def lists(good, wrong):
    for path, after in [("", ""), ("dir", ""), ("", "dir/a.txt"), ("dir", "dir/a.txt"),
                        (GOOD_PATHS["4,096 bytes"], GOOD_PATHS["4,096 bytes"])]:
        yield good(f"list, {len(path)} bytes, after {len(after)} bytes", 1109, list_(path=path, after=after), stream=7,
                   path=path, after=after)
    for length in [0, 2, 4, 5, 65535]:
        yield wrong(f"list, path of 3 bytes, length {length}", "malformed", 1109, list_(path="dir", length=length))
    for length in [0, 2, 4, 65535]:
        yield wrong(f"list, after of 3 bytes, length {length}", "malformed", 1109,
                    list_(path="dir", after="abc", after_length=length))
    yield wrong("list, no path, length 2, which takes the other's", "malformed", 1109, list_(length=2))


def fetches(good, wrong):
    for offset in [0, 1, HIGHEST]:
        yield good(f"fetch, offset {offset}", 1110, fetch(offset=offset), stream=7, offset=offset, path="dir/a.txt")
    for offset in [HIGHEST + 1, 1 << 63, (1 << 64) - 1]:
        yield wrong(f"fetch, offset {offset}", "malformed", 1110, fetch(offset=offset))
    for length in [8, 10, 65535]:
        yield wrong(f"fetch, path of 9 bytes, length {length}", "malformed", 1110, fetch(length=length))


def knock_keys(good, wrong):
    for stream in [7, 1, 0xFFFFFFFF]:
        yield good(f"knock-key, stream {stream}", 1111, u32(stream), stream=stream)
    for size in [3, 5]:
        yield wrong(f"knock-key of {size} bytes", "bad-payload-size", 1111, (u32(7) + bytes(1))[:size])


def waitings(good, wrong):
    facts = {"files": 3, "bytes": 4096, "failing": 1, "oldest": str(MTIME), "why": "over-quota: 40 MiB left"}

    def told(title, **values):
        sent = {("bytes_" if name == "bytes" else name): int(value) if name == "oldest" else value for name, value in values.items()}
        return good(f"waiting, {title}", 1112, waiting(**sent), stream=7, **(facts | values))

    yield told("three files, one of which fails")
    yield told("nothing", files=0, bytes=0, failing=0, oldest="0", why="")
    yield told("nothing fails", failing=0, why="")
    yield told("more that fails than waits", files=0, bytes=0, failing=4, oldest="0", why="in: no such folder")
    yield told("the highest numbers", files=HIGHEST, bytes=HIGHEST, failing=HIGHEST, oldest=str(LATEST))
    yield told("the longest text, non-ASCII", why="é" * (WHY // 2))
    yield told("a text with controls and marks of direction", why="\x1b[31m\u202e\r\n\x9b")
    for name in ["files", "bytes_", "failing"]:
        for number in [HIGHEST + 1, (1 << 64) - 1]:
            yield wrong(f"waiting, {name.strip('_')} {number}", "malformed", 1112, waiting(**{name: number}))
    for oldest in [-1, EARLIEST]:
        yield wrong(f"waiting, oldest {oldest}", "malformed", 1112, waiting(oldest=oldest))
    for title, why in [("not UTF-8", b"disk \xff"), ("with a NUL", "disk\x00full"), ("cut within a character", "é".encode()[:1])]:
        yield wrong(f"waiting, a text {title}", "malformed", 1112, waiting(why=why))
    yield wrong("waiting, a text of 513 bytes", "bad-payload-size", 1112, waiting(why="x" * (WHY + 1)))
    yield wrong("waiting of 35 bytes", "bad-payload-size", 1112, waiting(why="")[:35])


EXAMPLES = {1101: hello(), 1102: join(), 1103: open_(), 1104: data_(), 1105: commit(), 1106: put(), 1107: u32(7) + b"\x00",
            1108: folder(), 1109: list_(path="dir", after="dir/a"), 1110: fetch(), 1111: u32(7),
            1112: waiting()}
PATHS = {1103: lambda path: open_(path=path), 1106: lambda path: put(path=path, content=b""),
         1108: lambda path: folder(path=path), 1109: lambda path: list_(path=path), 1110: lambda path: fetch(path=path)}
PATH_VALUES = {
    1103: {"size_known": True, "start_over": False, "size": 5, "mtime": str(MTIME), "mode": 0o644},
    1106: {"sha256": HASH.hex(), "mtime": str(MTIME), "mode": 0o644, "content_hex": ""},
    1108: {"mtime": str(MTIME), "mode": 0o755}, 1109: {"after": ""}, 1110: {"offset": 0},
}


def first_bytes():
    """`at`: how many bytes it takes to decide; `more`: the bytes are too few."""
    hello_start = bytes.fromhex("1603010200010001fc0303")

    def vector(title, data, decision, at):
        return ok(title, hex=data.hex(), decision=decision, at=at)

    rest = derived("random of a hello", 32)
    for minor in range(5):
        for size in [4, 300, 16_384]:
            data = bytes([0x16, 3, minor]) + size.to_bytes(2, "big") + hello_start[5:] + rest
            yield vector(f"ClientHello, record version 03 {minor:02x}, record of {size}", data, "v4", 11)
    for size in range(11):
        yield vector(f"{size} bytes of a ClientHello", hello_start[:size], "more", size)
    yield vector("11 bytes of a ClientHello", hello_start, "v4", 11)
    for at, value, title in [
        (0, 0x15, "an alert"), (0, 0x17, "application data"), (0, 0x80, "SSL 2"), (1, 0x02, "record version 02"),
        (1, 0x04, "record version 04"), (2, 0x05, "record version 03 05"), (2, 0xFF, "record version 03 ff"),
        (3, 0x41, "a record of 16,640"), (3, 0xFF, "a record of 65,280"), (5, 0x00, "a HelloRequest"),
        (5, 0x02, "a ServerHello"), (6, 0x01, "a handshake message of 65,536 or more"), (6, 0xFF, "a length of ff"),
        (9, 0x02, "legacy version 02 03"), (9, 0x04, "legacy version 04 03"), (10, 0x02, "legacy version 03 02, TLS 1.1"),
        (10, 0x04, "legacy version 03 04"),
    ]:
        data = bytearray(hello_start + rest)
        data[at] = value
        yield vector(f"{title}: byte {at} is {value:02x}", bytes(data), "v3", at + 1)
    data = hello_start[:3] + b"\x40\x01" + hello_start[5:] + rest
    yield vector("a record of 16,385", data, "v3", 5)
    yield vector("a record of 16,640, which begins like one of 16,384", hello_start[:3] + b"\x40\xff", "v3", 5)
    yield vector("a v3 register, id of zeros", header(1025, 255, 3, bytes(16)), "v3", 1)
    yield vector("a v3 reconnect", header(1027, 255), "v3", 1)
    for size in [1, 2, 3, 5, 6]:
        client = hello_start[:size] + b"\xa1" * (16 - size)
        yield vector(f"a v3 reconnect, {size} bytes of the id as in a ClientHello", header(1027, 255, 3, client), "v3", size + 1)
    for title, data in [("HTTP", b"GET / HTTP/1.1\r\n"), ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n"), ("a v4 frame without TLS", frame(1101, hello()))]:
        yield vector(title, data, "v3", 1)

