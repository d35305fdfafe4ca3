#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.hpp"
#include "base/openssl.hpp"

namespace sesame::crypto {

using PkeyHandle = OpensslHandle<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = OpensslHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Pkcs8Handle = OpensslHandle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using CertificateHandle = OpensslHandle<X509, X509_free>;
using DigestContext = OpensslHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherContext = OpensslHandle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

/// A key that OpenSSL does not take. What is left in its queue of errors would pass for a fault of
/// TLS.
inline Error bad_key(const char* message) {
  ERR_clear_error();
  return {ErrorCode::BadKey, message};
}

}  // namespace sesame::crypto
