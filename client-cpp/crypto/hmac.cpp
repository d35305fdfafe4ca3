#include "crypto/hmac.hpp"

#include <array>

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {
namespace {

using KdfHandle = OpensslHandle<EVP_KDF, EVP_KDF_free>;
using KdfContext = OpensslHandle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

/// OpenSSL reads parameters through pointers to what is not const.
OSSL_PARAM octets(const char* name, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()),
                                           bytes.size());
}

}  // namespace

Bytes32 hmac_sha256(const Bytes32& key, ByteView message) {
  Bytes32 mac{};
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(message.data()), message.size(),
               reinterpret_cast<unsigned char*>(mac.data()), nullptr) != nullptr,
          "HMAC");
  return mac;
}

Bytes32 hkdf_sha256(const Bytes32& secret, std::string_view info) {
  const KdfHandle algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  require(algorithm != nullptr, "EVP_KDF_fetch");
  const KdfContext context(EVP_KDF_CTX_new(algorithm.get()));
  require(context != nullptr, "EVP_KDF_CTX_new");
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_INFO, bytes_of(info)),
      OSSL_PARAM_construct_end()};
  Bytes32 key{};
  require(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(),
                         parameters.data()) == 1,
          "EVP_KDF_derive");
  return key;
}

void fill_randomly(MutableByteView out) {
  require(
      RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1,
      "RAND_bytes");
}

}  // namespace sesame::crypto
