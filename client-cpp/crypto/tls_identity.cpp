#include "crypto/tls_identity.hpp"

#include <array>
#include <cstdint>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base/utf8.hpp"

namespace sesame::crypto {
namespace {

using BioHandle = OpensslHandle<BIO, BIO_free_all>;

constexpr long version_3 = 2;  // X.509 counts its versions from 0
constexpr auto first_day = "20200101000000Z";
constexpr auto last_day = "99991231235959Z";  // RFC 5280, 4.1.2.5: no end
constexpr std::size_t longest_common_name = 64;

/// The first characters of a name; an empty one would make a certificate without a subject.
std::string common_name(std::string_view name) {
  std::string text;
  for (std::size_t characters = 0; characters < longest_common_name && !name.empty();
       ++characters) {
    const auto next = first_char(name);
    if (!next) break;
    text += name.substr(0, next->length);
    name.remove_prefix(next->length);
  }
  return text.empty() ? "sesame" : text;
}

CertificateHandle self_signed(EVP_PKEY* key, const std::string& name) {
  CertificateHandle certificate(X509_new());
  require(certificate != nullptr, "X509_new");
  X509* const x509 = certificate.get();
  std::int64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
  serial = (serial & INT64_MAX) | 1;  // positive, and not zero
  X509_NAME* const subject = X509_get_subject_name(x509);
  require(X509_set_version(x509, version_3) == 1, "X509_set_version");
  require(ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), serial) == 1, "ASN1_INTEGER_set");
  require(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), first_day) == 1, "set notBefore");
  require(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), last_day) == 1, "set notAfter");
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(name.data()),
                                     static_cast<int>(name.size()), -1, 0) == 1,
          "X509_NAME_add_entry_by_txt");
  require(X509_set_issuer_name(x509, subject) == 1, "X509_set_issuer_name");
  require(X509_set_pubkey(x509, key) == 1, "X509_set_pubkey");
  const EVP_MD* const digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
  require(X509_sign(x509, key, digest) > 0, "X509_sign");
  return certificate;
}

BioHandle reader(std::string_view text) {
  BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "BIO_new_mem_buf");
  return bio;
}

std::string_view written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// OpenSSL would ask for it on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

bool is_supported(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return true;
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1 &&
         std::string_view(group.data(), length) == SN_X9_62_prime256v1;
}

Result<PkeyHandle> parse_key(std::string_view text) {
  PkeyHandle key(PEM_read_bio_PrivateKey(reader(text).get(), nullptr, no_passphrase, nullptr));
  if (!key) return bad_key("no private key in PEM (or one with a passphrase)");
  if (!is_supported(key.get())) return bad_key("the private key is neither P-256 nor Ed25519");
  return key;
}

}  // namespace

TlsIdentity TlsIdentity::generate(std::string_view name) {
  PkeyHandle key(EVP_EC_gen("P-256"));
  require(key != nullptr, "EVP_EC_gen");
  auto certificate = self_signed(key.get(), common_name(name));
  return {std::move(key), std::move(certificate)};
}

Result<TlsIdentity> TlsIdentity::from_pem(std::string_view key_text, std::string_view cert_text) {
  auto key = parse_key(key_text);
  if (!key) return key.error();
  CertificateHandle certificate(
      PEM_read_bio_X509(reader(cert_text).get(), nullptr, no_passphrase, nullptr));
  if (!certificate) return bad_key("no certificate in PEM");
  if (pin_of(*certificate) != pin_of(**key)) {
    return bad_key("the certificate does not belong to the private key");
  }
  return TlsIdentity(*std::move(key), std::move(certificate));
}

Result<TlsIdentity> TlsIdentity::from_key(std::string_view key_text, std::string_view name) {
  auto key = parse_key(key_text);
  if (!key) return key.error();
  auto certificate = self_signed(key->get(), common_name(name));
  return TlsIdentity(*std::move(key), std::move(certificate));
}

SecretText TlsIdentity::key_pem() const {
  // Secure memory where OpenSSL has some; it is cleansed when it goes in any case.
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr, "BIO_new");
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1,
          "PEM_write_bio_PKCS8PrivateKey");
  const auto text = written(bio.get());
  return {text.begin(), text.end()};
}

std::string TlsIdentity::certificate_pem() const {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr, "BIO_new");
  require(PEM_write_bio_X509(bio.get(), certificate_.get()) == 1, "PEM_write_bio_X509");
  return std::string(written(bio.get()));
}

}  // namespace sesame::crypto
