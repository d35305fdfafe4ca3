#pragma once

#include <string_view>

#include "base/base64url.hpp"
#include "base/bytes.hpp"

namespace sesame::crypto {

/// HMAC-SHA-256.
[[nodiscard]] Bytes32 hmac_sha256(const Bytes32& key, ByteView message);

/// HKDF-SHA-256 (RFC 5869) without salt, 32 bytes.
[[nodiscard]] Bytes32 hkdf_sha256(const Bytes32& secret, std::string_view info);

/// Random bytes that nobody can foretell.
void fill_randomly(MutableByteView out);

}  // namespace sesame::crypto
