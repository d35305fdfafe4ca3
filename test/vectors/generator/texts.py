"""transfer-info and me-info: the two files that the client keeps."""

import textwrap

from generator.primitives import base64_text, sequence
from generator.wire import CLIENT_ID, bad, ok


def transfer_info():
    def good(title, text, host="127.0.0.1", port=1357, name="alice", files=("a.txt", "b.txt")):
        return ok(title, text=text, host=host, port=port, client_name=name, files=list(files))

    plain = "127.0.0.1:1357\nalice\na.txt\nb.txt\n"
    yield good("LF", plain)
    yield good("CRLF", plain.replace("\n", "\r\n"))
    yield good("no newline at the end", plain[:-1])
    yield good("CRLF, none at the end", plain[:-1].replace("\n", "\r\n"))
    yield good("LF and CRLF mixed", plain.replace("alice\n", "alice\r\n"))
    yield good("empty lines behind line 2", "127.0.0.1:1357\nalice\n\na.txt\n\n\nb.txt\n\n\n")
    yield good("empty lines, CRLF", "127.0.0.1:1357\r\nalice\r\n\r\na.txt\r\n\r\nb.txt\r\n\r\n")
    yield good("no files", "127.0.0.1:1357\nalice\n", files=[])
    yield good("one file", "127.0.0.1:1357\nalice\na.txt", files=["a.txt"])
    yield good("host name", plain.replace("127.0.0.1", "files.example.org"), host="files.example.org")
    yield good("IPv6", plain.replace("127.0.0.1", "[::1]"), host="::1")
    yield good("long IPv6", plain.replace("127.0.0.1", "[2001:db8::8a2e:370:7334]"), host="2001:db8::8a2e:370:7334")
    for port in [1, 65535]:
        yield good(f"port {port}", plain.replace("1357", str(port)), port=port)
    for title, name in [("100 characters", "n" * 100), ("100 characters of two bytes", "é" * 100), ("spaces", "Alice B")]:
        yield good(f"name, {title}", plain.replace("alice", name), name=name)
    files = ["/abs/a.txt", "../up.txt", "C:\\x\\a.txt", "with space.txt", "Größe 漢字 🎈", "-dash", "#hash"]
    yield good("paths as they stand", "127.0.0.1:1357\nalice\n" + "\n".join(files), files=files)

    for title, text in {
        "empty": "", "only a newline": "\n", "one line": "127.0.0.1:1357\n", "one line, no newline": "127.0.0.1:1357",
        "line 1 empty": "\n" + plain, "line 2 empty": plain.replace("alice", ""),
        "name of 101 characters": plain.replace("alice", "n" * 101), "no port": plain.replace(":1357", ""),
        "no host": plain.replace("127.0.0.1", ""), "IPv6 without brackets": plain.replace("127.0.0.1", "::1"),
        "IPv6 without a port": plain.replace("127.0.0.1:1357", "[::1]"),
        "bracket not closed": plain.replace("127.0.0.1", "[::1"), "empty brackets": plain.replace("127.0.0.1", "[]"),
        **{f"port {port or 'empty'}": plain.replace("1357", port)
           for port in ["", "0", "65536", "99999999999", "-1", "+80", "abc", "80abc", "0x50", "1357:1"]},
    }.items():
        yield bad(title, "bad-transfer-info", text=text)


def me_info(keys):
    key = keys[0]
    hex_id = CLIENT_ID.hex()
    dashed = "-".join([hex_id[:8], hex_id[8:12], hex_id[12:16], hex_id[16:20], hex_id[20:]])
    pkcs8 = base64_text(key.pkcs8)
    wrapped = "\n".join(textwrap.wrap(pkcs8, 64))

    def good(title, text, name="alice", used=key):
        return ok(title, text=text, client_name=name, client_id=hex_id, bits=used.bits, exponent=used.e,
                  private_pkcs8_base64=base64_text(used.pkcs8))

    plain = f"alice\n{hex_id}\n{pkcs8}\n"
    yield good("hex without dashes, PKCS#8, one line", plain)
    yield good("no newline at the end", plain[:-1])
    yield good("CRLF", plain.replace("\n", "\r\n"))
    yield good("dashes", plain.replace(hex_id, dashed))
    yield good("capital letters", plain.replace(hex_id, hex_id.upper()))
    yield good("capital letters and dashes", plain.replace(hex_id, dashed.upper()))
    yield good("wrapped at 64", plain.replace(pkcs8, wrapped))
    yield good("wrapped at 64, CRLF", plain.replace(pkcs8, wrapped).replace("\n", "\r\n"))
    yield good("wrapped at 76, no newline at the end", f"alice\n{hex_id}\n" + "\n".join(textwrap.wrap(pkcs8, 76)))
    yield good("empty lines at the end", plain + "\n\n")
    yield good("PKCS#1, one line", plain.replace(pkcs8, base64_text(key.pkcs1)))
    yield good("PKCS#1, wrapped", plain.replace(pkcs8, "\n".join(textwrap.wrap(base64_text(key.pkcs1), 64))))
    for other in keys[1:]:
        yield good(f"RSA-{other.bits}, e = {other.e}", plain.replace(pkcs8, base64_text(other.pkcs8)), used=other)
    yield good("name of 100 characters", plain.replace("alice", "n" * 100), name="n" * 100)
    yield good("name with spaces and accents", plain.replace("alice", "Zoë B"), name="Zoë B")

    for title, text in {
        "empty": "", "one line": "alice\n", "two lines": f"alice\n{hex_id}\n", "key empty": f"alice\n{hex_id}\n\n\n",
        "name empty": plain.replace("alice", ""), "id empty": plain.replace(hex_id, ""),
        "31 hex digits": plain.replace(hex_id, hex_id[:-1]), "33 hex digits": plain.replace(hex_id, hex_id + "0"),
        "id with a g": plain.replace(hex_id, "g" + hex_id[1:]), "id with a space": plain.replace(hex_id, " " + hex_id[1:]),
        "base64 with a star": plain.replace(pkcs8, "*" + pkcs8[1:]), "base64 cut by a character": plain.replace(pkcs8, pkcs8[:-5]),
        "key cut in half": plain.replace(pkcs8, pkcs8[: len(pkcs8) // 8 * 4]),
        "key with a byte behind it": plain.replace(pkcs8, base64_text(key.pkcs8 + b"\x00")),
        "a public key": plain.replace(pkcs8, base64_text(key.spki)),
        "not a key": plain.replace(pkcs8, base64_text(b"this is not a key")),
        "an empty sequence": plain.replace(pkcs8, base64_text(sequence())),
    }.items():
        yield bad(title, "bad-me-info", text=text)
