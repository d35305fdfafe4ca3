"""Version 4: certificates and pins, join lines."""

import base64
import hashlib
import tempfile
from pathlib import Path

from generator.ed25519 import Ed25519Key
from generator.primitives import (NULL, OID_RSA, RsaKey, bit_string, derived, integer, run, sequence, tlv)
from generator.wire import bad, ok

OID_ED25519 = bytes.fromhex("06032b6570")
OID_EC = bytes.fromhex("06072a8648ce3d0201")
OID_P256 = bytes.fromhex("06082a8648ce3d030107")
OID_P384 = bytes.fromhex("06052b81040022")
OID_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def pin(spki):
    return b64url(hashlib.sha256(spki).digest())


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


class P256Key:
    algorithm = sequence(OID_ECDSA_SHA256)

    def __init__(self, label):
        self.d = int.from_bytes(derived(label, 32), "big") % N
        x, y = times(self.d, G)
        self.spki = sequence(sequence(OID_EC, OID_P256), bit_string(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")))

    def sign(self, message):
        """ECDSA with a derived k, which must not be done with a key that matters."""
        k = int.from_bytes(hashlib.sha256(derived("k", 32) + message).digest(), "big") % N
        r = times(k, G)[0] % N
        s = pow(k, -1, N) * (int.from_bytes(hashlib.sha256(message).digest(), "big") + r * self.d) % N
        return sequence(integer(r), integer(s))


class EdKey(Ed25519Key):
    algorithm = sequence(OID_ED25519)


def name(text):
    return sequence(tlv(0x31, sequence(bytes.fromhex("0603550403"), tlv(0x0C, text.encode()))))


def certificate(key, subject="sesame", dates=("200101000000Z", "491231235959Z"), spki=None, filler=0):
    validity = sequence(*(tlv(0x17, date.encode()) for date in dates))
    # A comment of Netscape's, which nobody reads: it makes the certificate as long as it is to be.
    extension = sequence(bytes.fromhex("06096086480186f842010d"), tlv(0x04, tlv(0x16, b"x" * filler)))
    extensions = tlv(0xA3, sequence(extension)) if filler else b""
    to_sign = sequence(tlv(0xA0, integer(2)), integer(1), key.algorithm, name(subject), validity, name(subject), spki or key.spki,
                       extensions)
    return sequence(to_sign, key.algorithm, bit_string(key.sign(to_sign)))


def of_size(key, size):
    """The length of an ECDSA signature changes with what it signs: another name is tried until it fits."""
    filler = 3000 + size - len(certificate(key, "sesame 0", filler=3000))
    tries = (certificate(key, f"sesame {i}", filler=filler) for i in range(10))
    return next(der for der in tries if len(der) == size)


def certificates():
    ed, ec = EdKey("v4 certificate Ed25519"), P256Key("v4 certificate P-256")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.der"

        def good(title, kind, der, spki):
            path.write_bytes(der)
            shown = run(["openssl", "x509", "-inform", "DER", "-in", str(path), "-noout", "-pubkey"])
            assert run(["openssl", "pkey", "-pubin", "-outform", "DER"], shown) == spki, title
            return ok(title, der_hex=der.hex(), kind=kind, spki_hex=spki.hex(), pin=pin(spki))

        for key, kind in [(ed, "ed25519"), (ec, "p256")]:
            yield good(kind, kind, certificate(key), key.spki)
            yield good(f"{kind}, expired", kind, certificate(key, dates=("000101000000Z", "010101000000Z")), key.spki)
            yield good(f"{kind}, not yet valid", kind, certificate(key, dates=("480101000000Z", "490101000000Z")), key.spki)
            yield good(f"{kind}, another name, the same pin", kind, certificate(key, "another"), key.spki)
            yield good(f"{kind}, 4,096 bytes", kind, of_size(key, 4096), key.spki)
            yield bad(f"{kind}, 4,097 bytes", "bad-key", der_hex=of_size(key, 4097).hex())
        other = EdKey("v4 certificate, another")
        yield good("ed25519, the same name, another key", "ed25519", certificate(other), other.spki)

        rsa = RsaKey(2048, 65537)
        point = bytes.fromhex("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
                              "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f")
        der = certificate(ed)
        for title, broken in {
            "RSA": certificate(ed, spki=rsa.spki),
            "P-384": certificate(ed, spki=sequence(sequence(OID_EC, OID_P384), bit_string(b"\x04" + point))),
            "Ed448": certificate(ed, spki=sequence(sequence(bytes.fromhex("06032b6571")), bit_string(derived("ed448", 57)))),
            "X25519": certificate(ed, spki=sequence(sequence(bytes.fromhex("06032b656e")), bit_string(derived("x25519", 32)))),
            "RSA with an Ed25519 key in it": certificate(ed, spki=sequence(sequence(OID_RSA, NULL), bit_string(derived("x", 32)))),
            "a point that is not on the curve": certificate(
                ec, spki=sequence(sequence(OID_EC, OID_P256), bit_string(b"\x04" + derived("point", 64)))),
            "a trailing byte": der + b"\x00", "twice": der + der, "one byte short": der[:-1], "half": der[: len(der) // 2],
            "a key alone": ed.spki, "empty": b"", "zeros": bytes(300), "junk": derived("v4 junk", 300),
        }.items():
            yield bad(title, "bad-key", der_hex=broken.hex())


def join_lines():
    token, server = derived("v4 token", 32), pin(EdKey("v4 certificate Ed25519").spki)
    secret = b64url(token)

    def good(title, host, port, line):
        return ok(title, line=line, host=host, port=port, token_hex=token.hex(), pin=server)

    for title, host, port, place in [
        ("IPv4", "192.0.2.7", 1357, "192.0.2.7:1357"), ("name", "files.example", 1357, "files.example:1357"),
        ("IPv6", "2001:db8::7", 1357, "[2001:db8::7]:1357"), ("loopback", "::1", 1, "[::1]:1"), ("highest port", "a", 65535, "a:65535"),
    ]:
        yield good(title, host, port, f"sesame://{place}/#{secret}.{server}")
    start = "sesame://192.0.2.7:1357/#"
    for title, line in {
        "empty": "", "another scheme": f"https://192.0.2.7:1357/#{secret}.{server}", "no port": f"sesame://192.0.2.7/#{secret}.{server}",
        "port 0": f"sesame://192.0.2.7:0/#{secret}.{server}", "port 65536": f"sesame://192.0.2.7:65536/#{secret}.{server}",
        "no host": f"sesame://:1357/#{secret}.{server}", "no pin": f"{start}{secret}", "empty pin": f"{start}{secret}.",
        "no token": f"{start}.{server}", "no fragment": "sesame://192.0.2.7:1357/", "no slash": f"sesame://192.0.2.7:1357#{secret}.{server}",
        "token of 42 characters": f"{start}{secret[:-1]}.{server}", "token of 44 characters": f"{start}{secret}A.{server}",
        "pin of 42 characters": f"{start}{secret}.{server[:-1]}", "pin of 44 characters": f"{start}{secret}.{server}A",
        "padded": f"{start}{secret}=.{server}=", "base64, not base64url": f"{start}{'+' + secret[1:]}.{server}",
        "a third part": f"{start}{secret}.{server}.x", "bits behind the token": f"{start}{secret[:-1]}{'B'}.{server}",
        "bits behind the pin": f"{start}{secret}.{server[:-1]}{'B'}", "a path": f"sesame://192.0.2.7:1357/x#{secret}.{server}",
        "a query": f"sesame://192.0.2.7:1357/?x#{secret}.{server}", "a user": f"sesame://me@192.0.2.7:1357/#{secret}.{server}",
    }.items():
        yield bad(title, "bad-join-line", line=line)
