#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {

/// Who somebody is: the SHA-256 of the SubjectPublicKeyInfo DER of their key (docs/PROTOCOL.md
/// 2.1). Names, dates and extensions of a certificate have no part in it.
struct Pin {
  Bytes32 bytes{};

  /// 43 characters of base64url.
  [[nodiscard]] static std::optional<Pin> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const { return base64url(bytes); }

  friend bool operator==(const Pin&, const Pin&) = default;
};

[[nodiscard]] Pin pin_of(const EVP_PKEY& key);

/// Of the key in a certificate; nothing when OpenSSL cannot make sense of that key.
[[nodiscard]] std::optional<Pin> pin_of(const X509& certificate);

}  // namespace sesame::crypto
