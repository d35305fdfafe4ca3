#pragma once

#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

namespace sesame::crypto {

/// The raw public key, 32 bytes (RFC 8032).
using Ed25519Key = Bytes32;

/// Namespace and principal of the signatures on receipts.
inline constexpr std::string_view receipt_namespace = "sesame-receipt";

/// Checks that `blob` is an SSHSIG (OpenSSH, PROTOCOL.sshsig, not armored) over `message` by `key`,
/// with the namespace of receipts and hash sha512. Fails with BadSignature: a blob of any other
/// shape, a byte too many, another key, and a signature that does not hold.
Status verify_sshsig(ByteView blob, ByteView message, const Ed25519Key& key);

/// `blob` as `ssh-keygen -Y verify -s` reads it from a file.
[[nodiscard]] std::string armored_sshsig(ByteView blob);

/// The line of an allowed_signers file that lets `key` sign receipts, with its line end.
[[nodiscard]] std::string allowed_signers_line(const Ed25519Key& key);

}  // namespace sesame::crypto
