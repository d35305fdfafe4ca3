#include "crypto/tls_identity.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"

namespace sesame::crypto {
namespace {

std::string_view view(const SecretText& text) {
  return {text.data(), text.size()};
}

std::string pem_of(EVP_PKEY* key) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

TEST_CASE("SHA-256 in pieces, and again") {
  Sha256 hash;
  hash.update(bytes_of("he"));
  hash.update(bytes_of("llo"));
  const std::string hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  CHECK(to_hex(hash.finish()) == hello);
  hash.update(bytes_of("forgotten"));
  hash.reset();
  hash.update(bytes_of("hello"));
  CHECK(to_hex(hash.finish()) == hello);
  CHECK(to_hex(sha256(bytes_of("hello"))) == hello);
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("an identity is a P-256 key with a certificate that has no end") {
  const auto identity = TlsIdentity::generate("Zoë");
  CHECK(EVP_PKEY_is_a(identity.key(), "EC") == 1);
  CHECK(EVP_PKEY_get_bits(identity.key()) == 256);
  CHECK(X509_verify(identity.certificate(), identity.key()) == 1);
  CHECK(X509_get_version(identity.certificate()) == 2);
  ASN1_TIME* const last_day = ASN1_TIME_new();
  REQUIRE(ASN1_TIME_set_string_X509(last_day, "99991231235959Z") == 1);
  CHECK(ASN1_TIME_compare(X509_get0_notAfter(identity.certificate()), last_day) == 0);
  ASN1_TIME_free(last_day);
  CHECK(i2d_X509(identity.certificate(), nullptr) < 4096);
  CHECK(pin_of(*identity.certificate()) == identity.pin());
  CHECK(identity.pin() != TlsIdentity::generate("Zoë").pin());
}

TEST_CASE("any name makes a certificate") {
  for (const std::string& name : {std::string(), std::string(300, 'a'), std::string("\xFF"),
                                  std::string(100, '\n'), std::string("a\0b", 3)}) {
    CHECK(TlsIdentity::generate(name).certificate() != nullptr);
  }
}

TEST_CASE("an identity survives as PEM") {
  const auto identity = TlsIdentity::generate("alice");
  const auto again = TlsIdentity::from_pem(view(identity.key_pem()), identity.certificate_pem());
  REQUIRE(again);
  CHECK(again->pin() == identity.pin());
  const auto made_anew = TlsIdentity::from_key(view(identity.key_pem()), "alice");
  REQUIRE(made_anew);
  CHECK(made_anew->pin() == identity.pin());
}

TEST_CASE("an Ed25519 key will do as well, others will not") {
  const PkeyHandle ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const auto identity = TlsIdentity::from_key(pem_of(ed25519.get()), "x");
  REQUIRE(identity);
  CHECK(X509_verify(identity->certificate(), ed25519.get()) == 1);

  const PkeyHandle p384(EVP_EC_gen("P-384"));
  CHECK(TlsIdentity::from_key(pem_of(p384.get()), "x").error().code == ErrorCode::BadKey);
  CHECK(TlsIdentity::from_key("", "x").error().code == ErrorCode::BadKey);
  CHECK(TlsIdentity::from_key("-----BEGIN PRIVATE KEY-----\nAA==\n", "x").error().code ==
        ErrorCode::BadKey);
  CHECK(TlsIdentity::from_pem(view(TlsIdentity::generate("a").key_pem()),
                              TlsIdentity::generate("b").certificate_pem())
            .error()
            .code == ErrorCode::BadKey);
}

TEST_CASE("a pin is the SHA-256 of the SubjectPublicKeyInfo") {
  const auto identity = TlsIdentity::generate("alice");
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(identity.key(), &der);
  REQUIRE(size > 0);
  const auto expected = sha256(std::as_bytes(std::span(der, static_cast<std::size_t>(size))));
  OPENSSL_free(der);
  CHECK(identity.pin().bytes == expected);
  CHECK(identity.pin().to_string().size() == 43);
  CHECK(Pin::parse(identity.pin().to_string()) == identity.pin());
  CHECK_FALSE(Pin::parse("short"));
}

}  // namespace sesame::crypto
