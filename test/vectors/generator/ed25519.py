"""Ed25519 by the openssl program, with keys that depend on a label only."""

import base64
import struct
import tempfile
from pathlib import Path

from generator.primitives import derived, run

PKCS8_HEAD = bytes.fromhex("302e020100300506032b657004220420")
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


def string(data):
    """As SSH writes it: length, big-endian, and bytes."""
    return struct.pack(">I", len(data)) + data


class Ed25519Key:
    def __init__(self, label):
        self.seed = derived(label, 32)
        self.pkcs8 = PKCS8_HEAD + self.seed
        self.spki = run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], self.pkcs8)
        assert self.spki.startswith(SPKI_HEAD)
        self.public = self.spki[len(SPKI_HEAD):]

    def sign(self, message):
        with tempfile.TemporaryDirectory() as folder:
            key, data = Path(folder) / "key.der", Path(folder) / "message"
            key.write_bytes(self.pkcs8)
            data.write_bytes(message)
            return run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", str(key), "-in", str(data)])

    @property
    def ssh_public(self):
        return string(b"ssh-ed25519") + string(self.public)

    @property
    def ssh_line(self):
        return "ssh-ed25519 " + base64.b64encode(self.ssh_public).decode()

    @property
    def ssh_private(self):
        """The file that ssh-keygen reads."""
        check = derived("check", 4)
        inner = check * 2 + self.ssh_public + string(self.seed + self.public) + string(b"")
        inner += bytes(range(1, 8 - len(inner) % 8 + 1)) if len(inner) % 8 else b""
        none = string(b"none")
        data = b"openssh-key-v1\x00" + none + none + string(b"") + struct.pack(">I", 1) + string(self.ssh_public) + string(inner)
        text = base64.encodebytes(data).decode()
        return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text}-----END OPENSSH PRIVATE KEY-----\n"
