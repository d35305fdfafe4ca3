#pragma once

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace sesame::crypto {

/// Deletes with the function that OpenSSL has for the type.
template <auto free_function>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using PkeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>>;
using Pkcs8Handle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslDeleter<PKCS8_PRIV_KEY_INFO_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;

/// For calls that fail only when memory is out or the library is broken: nothing can go on.
inline void require(bool succeeded, const char* call) {
  if (!succeeded) throw std::runtime_error(std::string("OpenSSL failed in ") + call);
}

}  // namespace sesame::crypto
