#!/usr/bin/env python3
"""Writes v3/*.json and v4/*.json anew, byte for byte the same; with --check, compares instead and exits 1 where one differs."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from generator import ciphers, paths, texts, v4_identity, v4_knocks, v4_paths, v4_receipts, v4_responses, v4_wire, wire  # noqa: E402
from generator.primitives import RsaKey  # noqa: E402

FOLDER = Path(__file__).parent
BY_HAND = "Bytes packed with Python's struct"


def version_3():
    keys = [RsaKey(*shape) for shape in [(1024, 17), (1024, 3), (1024, 65537), (2048, 65537)]]
    large = [RsaKey(3072, 65537), RsaKey(4096, 65537)]
    private = [keys[0], keys[1], keys[3]]
    oaep = list(ciphers.oaep(private))
    wrapped = [bytes.fromhex(v["wrapped_hex"]) for v in oaep if v["expect"] == "ok" and v["exponent"] != 3]
    yield "request-headers", f"Headers of requests, alone. {BY_HAND}.", wire.request_headers()
    yield "requests", f"Whole requests. {BY_HAND}; ciphertext from `openssl enc`.", wire.requests(keys)
    yield ("responses", f"Whole responses, as a client sees them. {BY_HAND}; CRC from Python's zlib and `cksum`.",
           wire.responses(wrapped))
    yield "names", "The 255 bytes of a name field and the name in them. Encoded by Python.", wire.names()
    yield ("storage-paths", "Names as sent and the segments they become below a client's folder. Written by hand "
           "from the rules of docs/PROTOCOL.md, 1.1.", paths.storage_paths())
    yield ("crc", "The CRC of one file in every variant, as bytes on the wire. From Python's zlib, `cksum` and "
           "`openssl enc -aes-128-cbc`.", ciphers.crc())
    yield "aes", "AES-128-CBC, zero IV, PKCS#7. From `openssl enc`, which also refuses each bad one.", ciphers.aes()
    yield ("oaep", "AES keys wrapped with RSA-OAEP (SHA-1, empty label). RFC 8017 in Python with derived primes and "
           "seeds; `openssl pkeyutl` unwraps the good and refuses the bad.", oaep)
    yield ("rsa-public-keys", "X.509 SubjectPublicKeyInfo of a 1026. DER written in Python, derived primes; `openssl "
           "pkey` reads each good one.", ciphers.rsa_public_keys(keys + large))
    yield "transfer-info", "transfer.info as text and what it says. Written by hand.", texts.transfer_info()
    yield "me-info", "me.info as text and what it says. Written by hand, with the keys of oaep.json.", texts.me_info(private)


def version_4():
    yield "request-headers", f"Headers of requests, alone. {BY_HAND}.", v4_wire.request_headers()
    yield "requests", f"Whole requests. {BY_HAND}.", v4_wire.requests()
    yield "responses", f"Whole responses, as a client sees them. {BY_HAND}.", v4_responses.responses()
    yield "first-bytes", "How a connection begins, and which version it is then. Written by hand.", v4_wire.first_bytes()
    yield "paths", "Paths as they are sent. Written by hand from docs/PROTOCOL.md, 2.2.", v4_paths.paths()
    yield ("certificates", "Certificates, their keys and pins. DER written in Python, signed with derived keys; `openssl x509` reads "
           "each good one.", v4_identity.certificates())
    yield "join-lines", "Join lines. Written by hand.", v4_identity.join_lines()
    yield "receipts", "Receipts: their exact bytes. From Python's json.", v4_receipts.receipts()
    yield "answers", "Receipts held against what was sent. From Python's json.", v4_receipts.answers()
    yield ("signatures", "SSHSIG blobs over messages, by one receipt key. Packed with Python's struct, signed by `openssl pkeyutl`; "
           "`ssh-keygen -Y` signs each good one to the same bytes, and refuses the bad ones, but for three.", v4_receipts.signatures())

    yield ("knocks", f"Knocks: the messages that open a gate. {BY_HAND}; HMAC and HKDF from Python's hmac.", v4_knocks.knocks())


def text_of(about, vectors):
    lines = ",\n".join("  " + json.dumps(vector) for vector in vectors)
    return f'{{\n "about": {json.dumps(about)},\n "vectors": [\n{lines}\n ]\n}}\n'


def main():
    check = sys.argv[1:] == ["--check"]
    different = []
    for folder, files in [("v3", version_3()), ("v4", version_4())]:
        for name, about, vectors in files:
            path, text = FOLDER / folder / f"{name}.json", text_of(about, vectors)
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                different.append(f"{folder}/{path.name}")
    if different:
        sys.exit("not as generated: " + ", ".join(different))


main()
