"""storage-paths: names as sent, and the segments below the folder of the client that they become."""

from generator.wire import bad, ok

FILES = {
    "plain": ("a.txt", "a.txt"), "folder": ("dir/a.txt", "dir|a.txt"), "absolute": ("/etc/passwd", "etc|passwd"),
    "drive and backslashes": ("C:\\Users\\x\\a.txt", "Users|x|a.txt"), "drive in lower case": ("d:/x/a.txt", "x|a.txt"),
    "drive without a root": ("C:a.txt", "a.txt"), "UNC": ("\\\\host\\share\\a.txt", "host|share|a.txt"),
    "UNC with slashes": ("//host/share/a.txt", "host|share|a.txt"), "parent": ("../a.txt", "a.txt"),
    "parents": ("../../../etc/passwd", "etc|passwd"), "parent inside": ("a/../../b", "a|b"),
    "parent with a backslash": ("..\\a.txt", "a.txt"), "mixed": ("..\\../a/\\b", "a|b"), "here": ("./a.txt", "a.txt"),
    "dots everywhere": ("./a/./b/../c", "a|b|c"), "empty segments": ("a//b///c", "a|b|c"),
    "trailing slash": ("a/b/", "a|b"), "trailing backslash": ("a\\b\\", "a|b"), "drive and parent": ("C:\\..\\a", "a"),
    "home": ("~/a.txt", "~|a.txt"), "leading dot": (".ssh/authorized_keys", ".ssh|authorized_keys"),
    "leading dots": ("..a", "..a"), "leading space": (" a", " a"), "leading dash": ("-rf", "-rf"),
    "shell": ("$(id);`id`|&\"'", None), "glob": ("*?<>", "*?<>"), "escape": ("\x1b[31mred.txt", "\x1b[31mred.txt"),
    "CSI": ("\u009b31m", "\u009b31m"), "line ends": ("a\r\nb", "a\r\nb"), "bidirectional": ("a\u202egpj.exe", "a\u202egpj.exe"),
    "zero width": ("a\u200b", "a\u200b"), "astral": ("🎈/漢字", "🎈|漢字"), "decomposed": ("o\u0308", "o\u0308"),
    "percent signs": ("%2e%2e/a", "%2e%2e|a"), "fullwidth dots": ("\uff0e\uff0e/a", "\uff0e\uff0e|a"),
    "longer than a device": ("CONSOLE", "CONSOLE"), "COM10": ("COM10", "COM10"), "LPT": ("LPT.txt", "LPT.txt"),
    "a device as an extension": ("a.con", "a.con"), "a device behind a dot": (".con", ".con"),
    "254 bytes": ("n" * 254, "n" * 254), "64 segments": ("/".join("a" * 64), "|".join("a" * 64)),
    "64 segments after dropping": ("/".join(["."] * 10 + ["a"] * 64), "|".join("a" * 64)),
}
BAD_FILES = {
    **{name: name for name in ["CON", "con.txt", "nul", "NUL.tar.gz", "prn", "Aux.h", "LPT1", "lpt9.log", "COM0", "com9"]},
    "device as a folder": "aux/a.txt", "device in a folder": "a/nul", "device behind a drive": "C:\\CON",
    "stream": "file.txt:stream", "stream in a later segment": "a/b:stream", "stream of the folder": "a::$INDEX_ALLOCATION",
    "drive behind a slash": "/C:/a", "drive behind a dot": "./C:/a", "two drives": "C:D:a", "device path": "\\\\?\\C:\\a",
    "drive of a digit": "1:/a", "drive of two letters": "ab:/a", "drive that is not ASCII": "é:/a", "colon": ":",
    "trailing dot": "a.", "trailing space": "a ", "trailing dot in a folder": "a./b", "trailing space in a folder": "a /b",
    "three dots": "...", "dots and space": ".. /a", "space": " ", "NUL inside": "a\x00b", "slash": "/",
    "backslashes": "\\\\", "drive alone": "C:", "drive and root": "C:\\", "only here": ".", "only parents": "../..",
    "dots and slashes": "./..//.", "65 segments": "/".join("a" * 65), "256 bytes": "n" * 256,
    "more than 254 bytes together": "/".join(["n" * 150, "n" * 150]),
}
CLIENTS = {
    "plain": "alice", "spaces": "Alice B", "100 characters": "n" * 100, "100 characters of two bytes": "é" * 100,
    "60 characters of four bytes": "🎈" * 60, "leading dot": ".alice", "escape": "\x1b[31m", "bidirectional": "a\u202eb",
    "dash": "-rf", "device as a beginning": "CONrad", "shell": "$(id)",
}
BAD_CLIENTS = {
    "101 characters": "n" * 101, "slash": "a/b", "backslash": "a\\b", "absolute": "/alice", "parent": "..", "here": ".",
    "parent and slash": "../alice", "trailing slash": "alice/", "drive": "C:", "colon": "a:b", "device": "con",
    "device with an extension": "NUL.txt", "trailing dot": "alice.", "trailing space": "alice ", "NUL inside": "a\x00b",
    "90 characters of three bytes": "漢" * 90,
}


def storage_paths():
    for title, (sent, segments) in FILES.items():
        yield ok(title, kind="file", sent=sent, segments=[sent] if segments is None else segments.split("|"))
    for title, sent in BAD_FILES.items():
        yield bad(title, "bad-path", kind="file", sent=sent)
    for title, sent in CLIENTS.items():
        yield ok(title, kind="client", sent=sent, segments=[sent])
    for title, sent in BAD_CLIENTS.items():
        yield bad(title, "bad-path", kind="client", sent=sent)
