#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/aes_key.hpp"
#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {

/// The key pair of a v3 client: the server wraps the AES key with its public half.
class RsaKey {
 public:
  /// RSA-1024 with e = 17: its SubjectPublicKeyInfo has exactly the 160 bytes of the classic field.
  static RsaKey make();

  /// PKCS#8 or PKCS#1 in DER. Fails with BadKey when it is anything else, has bytes behind it, or
  /// has less than 1024 or more than 4096 bits.
  static Result<RsaKey> from_der(ByteView der);

  /// X.509 SubjectPublicKeyInfo in DER.
  [[nodiscard]] Bytes public_der() const;

  /// PKCS#8 in DER.
  [[nodiscard]] SecretBytes private_der() const;

  /// OAEP with SHA-1, MGF1-SHA1, empty label. Fails with BadCiphertext.
  Result<AesKey> unwrap(ByteView wrapped) const;

 private:
  explicit RsaKey(PkeyHandle key) : key_(std::move(key)) {}

  PkeyHandle key_;
};

}  // namespace sesame::crypto
