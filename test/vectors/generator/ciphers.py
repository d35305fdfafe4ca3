"""crc, aes, oaep and rsa-public-keys."""

import hashlib
import tempfile
from pathlib import Path

from generator.primitives import (NULL, OID_RSA, OID_RSA_PSS, base64_text, bit_string, crc_variants, decrypts, derived,
                                  encrypt, integer, odd, sequence, spki, succeeds, tlv)
from generator.wire import FACTS_CIPHERTEXT, FACTS_KEY, FACTS_PLAINTEXT, bad, ok

KEY = derived("AES key", 16)


def crc():
    def vector(title, key, plaintext, times=1):
        whole = plaintext * times
        ciphertext = encrypt(key, whole)
        if times == 1:
            values = {"plaintext_hex": whole.hex(), "ciphertext_hex": ciphertext.hex()}
        else:
            values = {"plaintext_repeat": {"hex": plaintext.hex(), "times": times},
                      "ciphertext_size": len(ciphertext), "ciphertext_sha256": hashlib.sha256(ciphertext).hexdigest()}
        return ok(title, key_hex=key.hex(), **values, variants=crc_variants(whole, ciphertext))

    facts = vector("the wire facts", FACTS_KEY, FACTS_PLAINTEXT)
    assert facts["ciphertext_hex"] == FACTS_CIPHERTEXT.hex()
    assert [facts["variants"][v] for v in ("zlib-ciphertext", "zlib-plaintext-be", "cksum-plaintext")] == [
        "111aa926", "cc5a2453", "e60b7dd4"]
    yield facts
    yield vector("empty", KEY, b"")
    for size in [1, 15, 16, 17, 255, 256]:
        yield vector(f"{size} bytes", KEY, derived("crc", size))
    yield vector("one byte of zero", KEY, b"\x00")
    yield vector("every byte value", KEY, bytes(range(256)))
    yield vector("65536 bytes of zero", KEY, bytes(16), 4096)
    yield vector("100000 bytes", KEY, derived("crc", 100), 1000)


def aes():
    yield ok("the wire facts", key_hex=FACTS_KEY.hex(), plaintext_hex=FACTS_PLAINTEXT.hex(),
             ciphertext_hex=FACTS_CIPHERTEXT.hex())
    for size in [0, 1, 15, 16, 17, 31, 32, 33, 1000]:
        plaintext = derived("aes", size)
        yield ok(f"{size} bytes", key_hex=KEY.hex(), plaintext_hex=plaintext.hex(),
                 ciphertext_hex=encrypt(KEY, plaintext).hex())
    plaintext = b"looks padded" + b"\x04" * 4
    yield ok("plaintext that looks padded", key_hex=KEY.hex(), plaintext_hex=plaintext.hex(),
             ciphertext_hex=encrypt(KEY, plaintext).hex())

    def refused(title, ciphertext, key=KEY):
        assert not decrypts(key, ciphertext) or not ciphertext, title
        return bad(title, "bad-ciphertext", key_hex=key.hex(), ciphertext_hex=ciphertext.hex())

    def raw(plaintext):
        return encrypt(KEY, plaintext, padding=False)

    sound = encrypt(KEY, b"sixteen letters!" * 2)
    yield refused("empty", b"")
    for size in [1, 15, 17, 31, 47]:
        yield refused(f"{size} bytes", sound[:size])
    yield refused("cut by one block", sound[:-16])
    yield refused("one byte more", sound + b"\x00")
    yield refused("one block more", sound + sound[:16])
    yield refused("blocks in another order", sound[32:] + sound[:32])
    yield refused("padding byte 0", raw(b"fifteen letters" + b"\x00"))
    yield refused("padding byte 0, whole block", raw(bytes(16)))
    yield refused("padding byte 17", raw(b"sixteen letters!" + b"\x11" * 16))
    yield refused("padding byte 255", raw(b"\xff" * 32))
    yield refused("padding inconsistent at its start", raw(b"twelve chars" + b"\x03\x04\x04\x04"))
    yield refused("padding inconsistent before its end", raw(b"fourteen chars"[:13] + b"\x03\x02\x03"))
    yield refused("padding of 16, first byte wrong", raw(b"\x0f" + b"\x10" * 15))
    wrong = next(key for key in (derived(f"wrong key {i}", 16) for i in range(99)) if not decrypts(key, sound))
    yield refused("wrong key", sound, wrong)


def oaep(keys):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.der"
        for key in keys:
            title = f"RSA-{key.bits}, e = {key.e}"
            values = {"bits": key.bits, "exponent": key.e, "private_pkcs8_base64": base64_text(key.pkcs8),
                      "private_pkcs1_base64": base64_text(key.pkcs1)}
            seed = derived(f"seed {title}", 32)
            good = key.oaep(FACTS_KEY, seed)
            assert key.unwraps(good, path) == FACTS_KEY
            yield ok(title, **values, wrapped_hex=good.hex(), aes_key_hex=FACTS_KEY.hex())
            for size in [0, 15, 17, 32]:
                yield bad(f"{title}, {size} bytes inside", "bad-ciphertext", **values,
                          wrapped_hex=key.oaep(derived("inside", size), seed).hex())
            for fault, wrapped in {
                "one bit changed": good[:-1] + bytes([good[-1] ^ 1]),
                "one byte short": good[:-1],
                "one byte more": good + b"\x00",
                "a label": key.oaep(FACTS_KEY, seed, b"label"),
                "SHA-256": key.oaep(FACTS_KEY, seed, b"", hashlib.sha256),
                "as large as the modulus": key.n.to_bytes(key.bits // 8, "big"),
                "zeros": bytes(key.bits // 8),
            }.items():
                assert key.unwraps(wrapped, path) is None, (title, fault)
                yield bad(f"{title}, {fault}", "bad-ciphertext", **values, wrapped_hex=wrapped.hex())


def rsa_public_keys(keys):
    for key in keys:
        assert succeeds(["openssl", "pkey", "-pubin", "-inform", "DER", "-noout"], key.spki)
        yield ok(f"RSA-{key.bits}, e = {key.e}", der_hex=key.spki.hex(), bits=key.bits, exponent=key.e)

    good = keys[0]
    n, e, der = good.n, good.e, good.spki
    inner = sequence(integer(n), integer(e))
    number = n.to_bytes(128, "big")
    wrong = {
        **{f"{bits} bits": spki(odd(f"modulus {bits}", bits), 65537) for bits in [512, 1016, 1023, 4097, 7680]},
        "8192 bits, longer than the field can be": spki(odd("modulus 8192", 8192), 65537),
        "e = 1": spki(n, 1), "e = 2": spki(n, 2), "e = 0": spki(n, 0), "e even": spki(n, 65536), "e negative": spki(n, -3),
        "even modulus": spki(n - 1, e), "negative modulus": spki(-n, e), "modulus without its sign byte": sequence(
            sequence(OID_RSA + NULL), bit_string(sequence(tlv(2, number), integer(e)))),
        "modulus 0": spki(0, e), "modulus 1": spki(1, e), "two sign bytes": sequence(
            sequence(OID_RSA + NULL), bit_string(sequence(tlv(2, b"\x00\x00" + number), integer(e)))),
        "EC P-256": bytes.fromhex(
            "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0"
            "f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        "Ed25519": bytes.fromhex(
            "302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
        "RSA-PSS": spki(n, e, OID_RSA_PSS), "RSA-PSS with NULL": spki(n, e, OID_RSA_PSS + NULL),
        "no NULL": spki(n, e, OID_RSA), "two NULLs": spki(n, e, OID_RSA + NULL + NULL), "PKCS#1 without SPKI": inner,
        "private key": good.pkcs8, "a third number": sequence(
            sequence(OID_RSA + NULL), bit_string(sequence(integer(n), integer(e), integer(3)))),
        "one number": sequence(sequence(OID_RSA + NULL), bit_string(sequence(integer(n)))),
        "bytes behind the numbers": sequence(sequence(OID_RSA + NULL), bit_string(inner, b"\x00")),
        "bytes behind the bit string": sequence(sequence(OID_RSA + NULL), bit_string(inner), NULL),
        "unused bits": sequence(sequence(OID_RSA + NULL), tlv(3, b"\x01", inner)),
        "octet string for bit string": sequence(sequence(OID_RSA + NULL), tlv(4, b"\x00", inner)),
        "indefinite length": b"\x30\x80" + sequence(OID_RSA + NULL) + bit_string(inner) + b"\x00\x00",
        "length not minimal": sequence(b"\x30\x81\x0d" + OID_RSA + NULL, bit_string(inner)),
        "length of 4294967295": b"\x30\x84\xff\xff\xff\xff" + der[3:], "nested 200 deep": nested(200),
        "truncated by one byte": der[:-1], "truncated to half": der[: len(der) // 2], "trailing byte": der + b"\x00",
        "twice": der + der, "padded with zeros to 512 bytes": der.ljust(512, b"\x00"), "zeros": bytes(160),
        "FF bytes": b"\xff" * 160, "junk": derived("junk", 160), "junk in a sequence": sequence(derived("junk", 157)),
        "PEM": b"-----BEGIN PUBLIC KEY-----\n" + base64_text(der).encode() + b"\n-----END PUBLIC KEY-----\n",
        "empty": b"",
    }
    for title, data in wrong.items():
        yield bad(title, "bad-key", der_hex=data.hex())


def nested(depth):
    return sequence(nested(depth - 1)) if depth else NULL
