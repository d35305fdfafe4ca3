#include "crypto/rsa_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

namespace sesame::crypto {
namespace {

constexpr unsigned made_bits = 1024;
constexpr BN_ULONG made_exponent = 17;
constexpr int smallest_bits = 1024;
constexpr int largest_bits = 4096;

using BignumHandle = OpensslHandle<BIGNUM, BN_free>;

}  // namespace

RsaKey RsaKey::make() {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const BignumHandle exponent(BN_new());
  require(context != nullptr && exponent != nullptr, "EVP_PKEY_CTX_new_from_name");
  require(BN_set_word(exponent.get(), made_exponent) == 1, "BN_set_word");
  require(EVP_PKEY_keygen_init(context.get()) == 1, "EVP_PKEY_keygen_init");
  require(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), made_bits) == 1, "set_rsa_keygen_bits");
  require(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) == 1,
          "set1_rsa_keygen_pubexp");
  EVP_PKEY* made = nullptr;
  require(EVP_PKEY_generate(context.get(), &made) == 1, "EVP_PKEY_generate");
  return RsaKey(PkeyHandle(made));
}

Result<RsaKey> RsaKey::from_der(ByteView der) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* next = begin;
  PkeyHandle key(d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(der.size())));
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    return bad_key("not an RSA private key in PKCS#8 or PKCS#1");
  }
  if (next != begin + der.size()) return bad_key("there are bytes behind the private key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < smallest_bits || bits > largest_bits) {
    return bad_key("the RSA key must have 1024 to 4096 bits");
  }
  return RsaKey(std::move(key));
}

Bytes RsaKey::public_der() const {
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &encoded);
  require(size > 0, "i2d_PUBKEY");
  const auto* const begin = reinterpret_cast<const std::byte*>(encoded);
  Bytes der(begin, begin + size);
  OPENSSL_free(encoded);
  return der;
}

SecretBytes RsaKey::private_der() const {
  const Pkcs8Handle pkcs8(EVP_PKEY2PKCS8(key_.get()));
  require(pkcs8 != nullptr, "EVP_PKEY2PKCS8");
  unsigned char* encoded = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(pkcs8.get(), &encoded);
  require(size > 0, "i2d_PKCS8_PRIV_KEY_INFO");
  const auto* const begin = reinterpret_cast<const std::byte*>(encoded);
  SecretBytes der(begin, begin + size);
  OPENSSL_clear_free(encoded, static_cast<std::size_t>(size));
  return der;
}

Result<AesKey> RsaKey::unwrap(ByteView wrapped) const {
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  require(context != nullptr, "EVP_PKEY_CTX_new_from_pkey");
  require(EVP_PKEY_decrypt_init(context.get()) == 1, "EVP_PKEY_decrypt_init");
  require(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1,
          "set_rsa_padding");
  // SHA-1 is the default of OpenSSL for OAEP and MGF1; the protocol must not hang on a default.
  require(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha1()) == 1, "set_rsa_oaep_md");
  require(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha1()) == 1, "set_rsa_mgf1_md");

  SecretBytes key(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = key.size();
  const int unwrapped =
      EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(key.data()), &size,
                       reinterpret_cast<const unsigned char*>(wrapped.data()), wrapped.size());
  if (unwrapped != 1 || size != AesKey::size) {
    return Error{ErrorCode::BadCiphertext,
                 "the AES key that the server sent does not open with the private key in me.info"};
  }
  return AesKey::from_bytes(ByteView(key).first(size));
}

}  // namespace sesame::crypto
