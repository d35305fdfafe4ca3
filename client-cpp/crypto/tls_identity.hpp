#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/pin.hpp"

namespace sesame::crypto {

/// The key with which this client proves who it is, and the self-signed certificate that carries
/// its public half through TLS. Only the key counts (docs/PROTOCOL.md 2.1).
class TlsIdentity {
 public:
  /// A new P-256 key. The certificate names `name` (for people who look at a recording; cut to the
  /// 64 characters of a common name) and ends with the year 9999.
  static TlsIdentity generate(std::string_view name);

  /// Fails with BadKey when one of them is no PEM of its kind, when the key is neither P-256 nor
  /// Ed25519, or when the certificate holds another key.
  static Result<TlsIdentity> from_pem(std::string_view key, std::string_view certificate);

  /// A key with a new certificate in place of one that is lost: it is known by the key alone.
  /// Fails with BadKey as from_pem.
  static Result<TlsIdentity> from_key(std::string_view key, std::string_view name);

  /// PKCS#8.
  [[nodiscard]] SecretText key_pem() const;
  [[nodiscard]] std::string certificate_pem() const;

  /// For SSL_CTX_use_PrivateKey and SSL_CTX_use_certificate, which count a reference of their own.
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }

  [[nodiscard]] Pin pin() const { return pin_of(*key_); }

 private:
  TlsIdentity(PkeyHandle key, CertificateHandle certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}

  PkeyHandle key_;
  CertificateHandle certificate_;
};

}  // namespace sesame::crypto
