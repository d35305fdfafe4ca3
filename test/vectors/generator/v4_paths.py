"""Version 4: paths, which are taken as they stand or refused."""

from generator.wire import bad, ok


def filled(size, tail="", segment=200):
    """A path of exactly `size` bytes: segments of 200 bytes, and what is left."""
    path = "/".join(["n" * segment] * (size // (segment + 1)))
    left = size - len(path) - len(tail.encode())
    return path + "/" + "m" * (left - 1) + tail


GOOD = {
    "plain": "a.txt", "one byte": "a", "folders": "a/b/c.txt", "non-ASCII": "Größe/漢字/🎈.txt", "decomposed": "Gro\u0308ße",
    "capitals and small": "README/readme", "255 bytes in a segment": "n" * 255,
    "255 bytes in a segment, non-ASCII": "漢" * 85, "255 bytes in each of two": "/".join(["n" * 255] * 2),
    "254 bytes and an astral character in the next": "n" * 254 + "/🎈", "4,096 bytes": filled(4096),
    "4,096 bytes, non-ASCII": filled(4096, "🎈"), "2,048 segments": "/".join(["a"] * 2048) + "b",
    "65 segments": "/".join(["a"] * 65), "leading dot": ".ssh/authorized_keys", "leading dots": "..a/...b",
    "dots inside": "a..b", "leading space": " a", "space inside": "a b", "dash": "-rf", "tilde": "~/a", "tilde and number": "a.txt.~1~",
    "shell": "$(id);`id`|&\"'<>*?", "escape": "\x1b[31mred.txt", "CSI": "\u009b31m", "line ends": "a\r\nb", "tab, bell, delete": "\t\a\x7f",
    "bidirectional": "a\u202egpj.exe", "zero width": "a\u200b", "byte order mark": "\ufeffa", "percent signs": "%2e%2e/a",
    "fullwidth dots": "\uff0e\uff0e/a", "highest code point": "\U0010ffff", "around the surrogates": "\ud7ff\ue000", "replacement character": "\ufffd",
    "noncharacter": "\uffff", "longer than a device": "CONSOLE", "COM10": "COM10", "LPT": "LPT.txt", "a device as an extension": "a.con",
    "a device behind a dot": ".con", "line separator": "a\u2028b", "no-break space at the end": "a\u00a0",
}
BAD = {
    "empty": "", "slash": "/", "slashes": "//", "absolute": "/etc/passwd", "trailing slash": "a/b/", "empty segment": "a//b",
    "here": ".", "here first": "./a", "here inside": "a/./b", "here last": "a/.", "parent": "../x", "parent alone": "..",
    "parent inside": "a/../../x", "parent last": "a/..", "parent with a backslash": "..\\x", "backslash": "a\\b", "backslash alone": "\\",
    "drive": "C:\\a", "drive with a slash": "C:/a", "drive alone": "C:", "drive and name": "C:a", "UNC": "\\\\host\\share\\a",
    "UNC with slashes": "//host/share/a", "device path": "\\\\?\\C:\\a", "stream": "a:stream", "stream in a folder": "a:b/c",
    "stream of the folder": "a::$INDEX_ALLOCATION", "colon": ":", "trailing dot": "a.", "trailing space": "a ",
    "trailing dot in a folder": "a./b", "trailing space in a folder": "a /b", "three dots": "...", "dots and space": ".. /a", "space": " ",
    **{f"device {name}": name for name in ["CON", "con", "con.txt", "nul", "NUL.tar.gz", "prn", "Aux.h", "LPT1", "lpt9.log", "COM0", "com9"]},
    "device as a folder": "aux/a.txt", "device in a folder": "a/nul", "device behind folders": "a/b/COM1.log",
    "256 bytes in a segment": "n" * 256, "256 bytes in a later segment": "a/" + "n" * 256, "256 bytes in a segment, non-ASCII": "漢" * 85 + "n",
    "4,097 bytes": filled(4097), "4,097 bytes, non-ASCII": filled(4097, "🎈"), "NUL": "a\x00b",
    "NUL at the end": "a\x00", "NUL alone": "\x00", "NUL in a folder": "a\x00b/c",
    "not UTF-8": b"a\xff", "not UTF-8, Latin-1": b"Gr\xf6\xdfe", "lone continuation": b"a\x80b", "start byte at the end": b"abc\xc3",
    "three of four bytes": b"\xf0\x9f\x8e", "a character cut by a slash": b"\xc3/\xa9", "overlong slash": b"a\xc0\xafb",
    "overlong slash in three bytes": b"a\xe0\x80\xafb", "overlong dot": b"\xc0\xae\xc0\xae/a", "overlong NUL": b"a\xc0\x80b",
    "surrogate": b"\xed\xa0\x80", "surrogate pair as six bytes": b"\xed\xa0\xbd\xed\xb8\x80", "above the highest code point": b"\xf4\x90\x80\x80",
    "UTF-16": b"a\x00/\x00b\x00",
}


def paths():
    for title, path in GOOD.items():
        yield ok(title, path_hex=path.encode().hex(), path=path, segments=path.split("/"))
    for title, path in BAD.items():
        yield bad(title, "bad-path", path_hex=(path if isinstance(path, bytes) else path.encode()).hex())
