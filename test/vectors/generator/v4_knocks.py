"""Version 4: knocks (docs/PROTOCOL.md, part 3)."""

import hashlib
import hmac
import ipaddress

from generator.primitives import derived
from generator.v4_wire import HIGHEST, u64
from generator.wire import CLIENT_ID, DOCUMENT_ID, bad, ok

SECRET = derived("v4 knock secret", 32)
TOKEN = derived("v4 token", 32)
NONCE = derived("v4 knock nonce", 16)
DOCUMENT_KEY = bytes(range(32))
DOCUMENT_NONCE = bytes(range(0xA0, 0xB0))
TIME = 1767322800123
REGIONS = {"action": 4, "first byte of the id": 8, "last byte of the id": 23, "first byte of the time": 24, "nonce": 32,
           "last byte of the nonce": 47, "address": 48, "last byte of the address": 63, "first byte of the MAC": 64,
           "last byte of the MAC": 95}


def hkdf(secret, info):
    """RFC 5869 with SHA-256, no salt, 32 bytes: one block."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), info + b"\x01", "sha256")


KEY = hkdf(SECRET, b"sesame-knock/1 client" + CLIENT_ID)


def packed(address):
    if address is None:
        return bytes(16)
    ip = ipaddress.ip_address(address)
    return ip.packed if ip.version == 6 else bytes(10) + b"\xff\xff" + ip.packed


def message(key=KEY, mark=b"SKN1", action=1, zeros=bytes(3), id_=CLIENT_ID, time=TIME, nonce=NONCE, address="192.0.2.7"):
    signed = mark + bytes([action]) + zeros + id_ + u64(time) + nonce + packed(address)
    return signed + hmac.digest(key, signed, "sha256")


def flipped(data, at, bit=1):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def knocks():
    def good(title, key=KEY, made=None, action=1, id_=CLIENT_ID, time=TIME, nonce=NONCE, address="192.0.2.7"):
        data = message(key, action=action, id_=id_, time=time, nonce=nonce, address=address)
        return ok(title, hex=data.hex(), key_hex=key.hex(), action={1: "open", 2: "close"}[action], id_hex=id_.hex(), time=time,
                  nonce_hex=nonce.hex(), address=address, address_hex=packed(address).hex(), **(made or {}))

    def wrong(title, failure, data, key=KEY):
        return bad(title, failure, hex=data.hex(), key_hex=key.hex())

    of_client = {"secret_hex": SECRET.hex(), "client_id": CLIENT_ID.hex()}
    token_hash = hashlib.sha256(TOKEN).digest()
    of_join_line = {"token_hex": TOKEN.hex(), "token_hash_hex": token_hash.hex()}
    join = {"key": hkdf(token_hash, b"sesame-knock/1 join"), "id_": hashlib.sha256(token_hash).digest()[:16], "made": of_join_line}
    yield good("the example of docs/PROTOCOL.md", DOCUMENT_KEY, id_=DOCUMENT_ID, nonce=DOCUMENT_NONCE)
    yield good("open", made=of_client)
    yield good("close", made=of_client, action=2)
    yield good("open, with a join line", **join)
    yield good("close, with a join line", **join, action=2)
    for address in ["2001:db8::7", "fe80::1", "::1", "127.0.0.1", "255.255.255.255", None]:
        yield good(f"open, from {address or 'wherever it comes from'}", made=of_client, address=address)
    for time in [0, 1, HIGHEST]:
        yield good(f"open, time {time}", made=of_client, time=time)

    whole = message()
    for size in [0, 1, 4, 63, 64, 95]:
        yield wrong(f"{size} bytes", "truncated", whole[:size])
    for more in [1, 32, 96]:
        yield wrong(f"{96 + more} bytes", "malformed", whole + whole[:more])
    # Signed as they are: what is wrong with them is not the MAC.
    for mark in [b"SKN0", b"SKN2", b"skn1", b"1NKS", bytes(4)]:
        yield wrong(f"mark {mark.hex()}", "malformed", message(mark=mark))
    for action in [0, 3, 255]:
        yield wrong(f"action {action}", "malformed", message(action=action))
    for zeros in [b"\x01\x00\x00", b"\x00\x01\x00", b"\x00\x00\x01", b"\xff\xff\xff"]:
        yield wrong(f"{zeros.hex()} where zeros belong", "malformed", message(zeros=zeros))
    for time in [HIGHEST + 1, 1 << 63, (1 << 64) - 1]:
        yield wrong(f"time {time}", "malformed", message(time=time))
    for title, at in REGIONS.items():
        # An open that is a close now: both bits differ.
        yield wrong(f"another {title}", "bad-mac", flipped(whole, at, 3 if title == "action" else 1))
    yield wrong("a MAC of zeros", "bad-mac", whole[:64] + bytes(32))
    yield wrong("under another client's key", "bad-mac", message(hkdf(SECRET, b"sesame-knock/1 client" + DOCUMENT_ID)))
    yield wrong("under the key of a join line", "bad-mac", message(join["key"]))
    yield wrong("SHA-256 without a key", "bad-mac", whole[:64] + hashlib.sha256(whole[:64]).digest())
