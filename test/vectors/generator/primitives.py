"""Bytes, numbers and ciphers of the vectors: the Python standard library, `openssl` and `cksum`."""

import base64
import hashlib
import math
import subprocess
import zlib


def run(arguments, data=b""):
    return subprocess.run(arguments, input=data, capture_output=True, check=True).stdout


def succeeds(arguments, data):
    return subprocess.run(arguments, input=data, capture_output=True, check=False).returncode == 0


def derived(label, size):
    """Bytes that depend on the label only: whoever runs the generator gets the same."""
    blocks = (hashlib.sha256(f"sesame vectors/{label}/{i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


# AES-128-CBC with a zero IV, by the openssl program

def aes(direction, key, data, padding=True):
    arguments = ["openssl", "enc", direction, "-aes-128-cbc", "-K", key.hex(), "-iv", "0" * 32]
    return arguments + ([] if padding else ["-nopad"]), data


def encrypt(key, plaintext, padding=True):
    return run(*aes("-e", key, plaintext, padding))


def decrypts(key, ciphertext):
    return succeeds(*aes("-d", key, ciphertext))


# The five CRC variants, as they stand on the wire

def zlib_crc(data):
    return zlib.crc32(data)


def cksum_crc(data):
    return int(run(["cksum"], data).split()[0])


def crc_variants(plaintext, ciphertext):
    return {
        "zlib-ciphertext": zlib_crc(ciphertext).to_bytes(4, "little").hex(),
        "cksum-plaintext": cksum_crc(plaintext).to_bytes(4, "little").hex(),
        "cksum-ciphertext": cksum_crc(ciphertext).to_bytes(4, "little").hex(),
        "zlib-plaintext": zlib_crc(plaintext).to_bytes(4, "little").hex(),
        "zlib-plaintext-be": zlib_crc(plaintext).to_bytes(4, "big").hex(),
    }


# DER

def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def sequence(*parts):
    return tlv(0x30, *parts)


def bit_string(*parts):
    return tlv(0x03, b"\x00", *parts)


NULL = b"\x05\x00"
OID_RSA = bytes.fromhex("06092a864886f70d010101")
OID_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")


def spki(modulus, exponent, algorithm=OID_RSA + NULL):
    return sequence(sequence(algorithm), bit_string(sequence(integer(modulus), integer(exponent))))


# RSA

SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2))]


def is_prime(n):
    if any(n % p == 0 for p in SMALL_PRIMES):
        return False
    twos = (n - 1 & 1 - n).bit_length() - 1
    for base in SMALL_PRIMES[:16]:
        powers = [pow(base, (n - 1) >> twos - i, n) for i in range(twos + 1)]
        if powers[0] != 1 and n - 1 not in powers[:-1]:
            return False
    return True


def odd(label, bits):
    """An odd number of exactly `bits` bits, the two highest of them 1."""
    return int.from_bytes(derived(label, (bits + 7) // 8), "big") % (1 << bits) | 3 << bits - 2 | 1


def prime(label, bits):
    """A prime that suits each of the exponents 3, 17 and 65537."""
    n = odd(label, bits)
    while math.gcd(n - 1, 3 * 17 * 65537) > 1 or not is_prime(n):
        n += 2
    return n


class RsaKey:
    def __init__(self, bits, exponent):
        self.bits, self.e = bits, exponent
        self.p, self.q = prime(f"rsa {bits} p", bits // 2), prime(f"rsa {bits} q", bits // 2)
        self.n = self.p * self.q
        self.d = pow(exponent, -1, math.lcm(self.p - 1, self.q - 1))
        self.spki = spki(self.n, exponent)
        self.pkcs1 = sequence(*map(integer, (
            0, self.n, exponent, self.d, self.p, self.q,
            self.d % (self.p - 1), self.d % (self.q - 1), pow(self.q, -1, self.p))))
        self.pkcs8 = sequence(integer(0), sequence(OID_RSA + NULL), tlv(0x04, self.pkcs1))

    def oaep(self, message, seed, label=b"", digest=hashlib.sha1):
        """RSAES-OAEP with MGF1, RFC 8017 section 7.1.1, with a given seed."""
        size, h = self.n.bit_length() // 8, digest().digest_size
        block = digest(label).digest() + bytes(size - len(message) - 2 * h - 2) + b"\x01" + message
        block = xor(block, mgf1(seed[:h], len(block), digest))
        seed = xor(seed[:h], mgf1(block, h, digest))
        return pow(int.from_bytes(seed + block, "big"), self.e, self.n).to_bytes(size, "big")

    def unwraps(self, wrapped, path):
        """What openssl makes of it, None for a refusal."""
        path.write_bytes(self.pkcs8)
        arguments = ["openssl", "pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", str(path),
                     "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha1"]
        return run(arguments, wrapped) if succeeds(arguments, wrapped) else None


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def mgf1(seed, size, digest):
    blocks = (digest(seed + i.to_bytes(4, "big")).digest() for i in range(size // 20 + 1))
    return b"".join(blocks)[:size]


def base64_text(data):
    return base64.b64encode(data).decode()
