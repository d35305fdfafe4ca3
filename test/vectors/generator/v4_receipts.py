"""Version 4: receipts and their signatures."""

import base64
import hashlib
import json
import struct
import tempfile
from pathlib import Path

from generator.ed25519 import Ed25519Key, string
from generator.primitives import derived, run, succeeds
from generator.v4_identity import EdKey, P256Key, pin
from generator.v4_paths import filled
from generator.v4_wire import HIGHEST
from generator.wire import CLIENT_ID, bad, ok

NAMESPACE = b"sesame-receipt"
KEY = Ed25519Key("v4 receipt signing key")
SERVER = pin(EdKey("v4 certificate Ed25519").spki)
CLIENT = pin(P256Key("v4 certificate P-256").spki)
FIELDS = ["type", "server", "client", "name", "spki", "path", "size", "sha256", "time", "seq", "prev"]
HASH = hashlib.sha256(b"hello").hexdigest()
# It takes any hash it knows, versions up to 1, and both forms of S; we do not.
SSH_KEYGEN_ACCEPTS = {"hash sha256", "version 0", "S not reduced"}


def fields(**values):
    return {"type": "sesame-receipt/1", "server": SERVER, "client": CLIENT_ID.hex(), "name": "alice", "spki": CLIENT,
            "path": "dir/a.txt", "size": 5, "sha256": HASH, "time": "2026-01-02T03:04:05.678Z", "seq": 1, "prev": None} | values


def text(values):
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def receipts():
    def good(title, **values):
        wanted = fields(**values)
        data = text(wanted)
        assert list(wanted) == FIELDS
        return ok(title, receipt_hex=data.hex(), receipt_sha256=hashlib.sha256(data).hexdigest(),
                  fields={name: wanted[name] for name in FIELDS[1:]})

    previous = None
    for seq, path in enumerate(["a", "b", "a"], 1):
        vector = good(f"chain, {seq}", seq=seq, path=path, prev=previous)
        previous = vector["receipt_sha256"]
        yield vector
    yield good("empty file", size=0, sha256=hashlib.sha256(b"").hexdigest())
    yield good("the highest numbers", size=HIGHEST, seq=HIGHEST, prev=HASH)
    for title, path in [("non-ASCII", "Größe/漢字/🎈.txt"), ("quotes", 'a"b'), ("control characters", "".join(map(chr, range(1, 32)))),
                        ("delete and C1", "\x7f\x80\x9b31m"), ("line separators", "a\u2028b\u2029c"), ("markup", "<script>&'</script>"),
                        ("4,096 bytes", filled(4096)), ("2,559 bytes, control characters", "/".join(["\x01" * 255] * 10))]:
        yield good(f"path: {title}", path=path)
    yield good("name: non-ASCII and quotes", name='Zoë "Z" 🎈')

    sound = fields()
    changed = {
        "empty": b"", "no JSON": b"{", "an array": b"[]", "white space": json.dumps(sound, ensure_ascii=False).encode(),
        "a line end behind it": text(sound) + b"\n", "twice": text(sound) * 2, "not UTF-8": text(sound).replace(b"alice", b"al\xffce"),
        "a byte order mark": b"\xef\xbb\xbf" + text(sound), "another order": text(dict(sorted(sound.items()))),
        "another type": text(fields(type="sesame-receipt/2")), "one field more": text(sound | {"more": 1}),
        "a field twice": text(sound)[:-1] + b',"seq":1}', "size as text": text(fields(size="5")), "size negative": text(fields(size=-1)),
        "size with a fraction": text(fields(size=5.5)), "size with an exponent": text(sound).replace(b'"size":5', b'"size":5e0'),
        "size above 2^53 - 1": text(fields(size=HIGHEST + 1)), "sequence number 0": text(fields(seq=0)),
        "hash in capitals": text(fields(sha256=HASH.upper())), "hash of 63 digits": text(fields(sha256=HASH[:-1])),
        "prev of 63 digits": text(fields(prev=HASH[:-1])), "id of 31 digits": text(fields(client=CLIENT_ID.hex()[:-1])),
        "pin of 42 characters": text(fields(spki=CLIENT[:-1])), "time without its zone": text(fields(time="2026-01-02T03:04:05.678")),
        "no time": text(fields(time="yesterday")), "path not safe": text(fields(path="../a")),
        "an escape that JSON does not need": text(sound).replace(b"dir/a.txt", b"dir\\/a.txt"),
        "more than 32 KiB": text(fields(name="x" * 32_768)),
    }
    for title, data in changed.items():
        yield bad(title, "bad-receipt", receipt_hex=data.hex())
    for name in FIELDS:
        yield bad(f"without {name}", "bad-receipt", receipt_hex=text({k: v for k, v in sound.items() if k != name}).hex())


def answers():
    """What a client expects of a receipt that a 2205 brings, and receipts that are sound but another's."""
    wanted = {"server": SERVER, "client": CLIENT_ID.hex(), "spki": CLIENT, "path": "dir/a.txt", "size": 5, "sha256": HASH}
    yield ok("it names what was sent", receipt_hex=text(fields()).hex(), wanted=wanted)
    yield ok("a later one", receipt_hex=text(fields(seq=9, prev=HASH)).hex(), wanted=wanted)
    other = derived("another", 32)
    for name, value in {"server": pin(other), "client": other[:16].hex(), "spki": pin(other), "path": "dir/A.txt", "size": 6,
                        "sha256": other.hex()}.items():
        yield bad(f"another {name}", "bad-receipt", receipt_hex=text(fields(**{name: value})).hex(), wanted=wanted)


def signed_data(message, namespace=NAMESPACE, reserved=b"", hashname=b"sha512", digest=hashlib.sha512):
    return b"SSHSIG" + string(namespace) + string(reserved) + string(hashname) + string(digest(message).digest())


def blob(key, signature, namespace=NAMESPACE, reserved=b"", hashname=b"sha512", version=1, magic=b"SSHSIG", algorithm=b"ssh-ed25519"):
    return (magic + struct.pack(">I", version) + string(key) + string(namespace) + string(reserved) + string(hashname)
            + string(string(algorithm) + string(signature)))


def sound(message, key=KEY):
    return blob(key.ssh_public, key.sign(signed_data(message)))


def armored(data):
    encoded = base64.b64encode(data).decode()
    lines = "\n".join(encoded[i:i + 70] for i in range(0, len(encoded), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"


def signatures():
    message = text(fields())
    with tempfile.TemporaryDirectory() as folder:
        key, allowed, signature = (Path(folder) / name for name in ("key", "allowed", "signature"))
        key.write_text(KEY.ssh_private)
        key.chmod(0o600)
        allowed.write_text(f'sesame-receipt namespaces="sesame-receipt" {KEY.ssh_line}\n')

        def by_ssh_keygen(message, namespace=NAMESPACE):
            shown = run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", namespace.decode()], message).decode()
            return base64.b64decode("".join(shown.split("\n")[1:-2]))

        def accepted(data, message):
            signature.write_text(armored(data))
            return succeeds(["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "sesame-receipt", "-n", "sesame-receipt",
                             "-s", str(signature)], message)

        def vector(message, data):
            return {"key_hex": KEY.public.hex(), "message_hex": message.hex(), "blob_hex": data.hex()}

        for title, message_ in [("a receipt", message), ("an empty message", b""), ("every byte value", bytes(range(256))),
                                ("a receipt with a path of 4,096 bytes", text(fields(path=filled(4096))))]:
            data = sound(message_)
            assert data == by_ssh_keygen(message_) and accepted(data, message_), title
            yield ok(title, **vector(message_, data), armored=armored(data))

        raw = KEY.sign(signed_data(message))
        data, me = sound(message), KEY.ssh_public
        other = Ed25519Key("v4 another signing key")
        order = 2**252 + 27742317777372353535851937790883648493
        unreduced = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
        for title, broken in {
            "empty": b"", "cut by a byte": data[:-1], "a byte more": data + b"\x00", "twice": data + data,
            "another magic": blob(me, raw, magic=b"SSHSIH"), "version 0": blob(me, raw, version=0), "version 2": blob(me, raw, version=2),
            "another key": sound(message, other), "another key's name on it": blob(other.ssh_public, raw),
            "our name on another's": blob(me, other.sign(signed_data(message))),
            "another namespace": by_ssh_keygen(message, b"file"),
            "another namespace, called ours": blob(me, KEY.sign(signed_data(message, b"file"))),
            "no namespace": blob(me, KEY.sign(signed_data(message, b"")), b""),
            "hash sha256": blob(me, KEY.sign(signed_data(message, hashname=b"sha256", digest=hashlib.sha256)), hashname=b"sha256"),
            "hash md5": blob(me, KEY.sign(signed_data(message, hashname=b"md5", digest=hashlib.md5)), hashname=b"md5"),
            "the message without SSHSIG around it": blob(me, KEY.sign(message)),
            "another algorithm in the signature": blob(me, raw, algorithm=b"ssh-rsa"),
            "another algorithm in the key": blob(string(b"ssh-rsa") + string(KEY.public), raw),
            "a key of 31 bytes": blob(string(b"ssh-ed25519") + string(KEY.public[:-1]), raw),
            "a byte behind the key": blob(me + b"\x00", raw), "a signature of 63 bytes": blob(me, raw[:-1]),
            "a signature of 65 bytes": blob(me, raw + b"\x00"), "zeros for a signature": blob(me, bytes(64)),
            "first bit changed": blob(me, bytes([raw[0] ^ 1]) + raw[1:]), "last bit changed": blob(me, raw[:-1] + bytes([raw[-1] ^ 0x80])),
            "S not reduced": blob(me, unreduced), "armored": armored(data).encode(),
            "a length of 4294967295": data[:10] + b"\xff\xff\xff\xff" + data[14:],
        }.items():
            assert title in SSH_KEYGEN_ACCEPTS or not accepted(broken, message), title
            yield bad(title, "bad-signature", **vector(message, broken))
        yield bad("another message", "bad-signature", **vector(message + b" ", data))
        for at in range(6, len(data), 16):
            yield bad(f"{at} of {len(data)} bytes", "bad-signature", **vector(message, data[:at]))
