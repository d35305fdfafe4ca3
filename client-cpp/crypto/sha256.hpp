#pragma once

#include "base/base64url.hpp"
#include "base/bytes.hpp"
#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {

using Sha256Digest = Bytes32;

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();

  void update(ByteView bytes);

  /// Of everything so far. Begins anew.
  [[nodiscard]] Sha256Digest finish();

  /// Forgets what it was given.
  void reset();

 private:
  DigestContext context_;
};

/// SHA-256 of one piece.
[[nodiscard]] Sha256Digest sha256(ByteView bytes);

}  // namespace sesame::crypto
