#include "crypto/pin.hpp"

#include "crypto/sha256.hpp"

namespace sesame::crypto {
namespace {

struct OpensslBytesDeleter {
  void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};
using OpensslBytes = std::unique_ptr<unsigned char, OpensslBytesDeleter>;

Pin pin_of_der(const unsigned char* der, int size) {
  return {sha256(std::as_bytes(std::span(der, static_cast<std::size_t>(size))))};
}

}  // namespace

std::optional<Pin> Pin::parse(std::string_view text) {
  const auto bytes = parse_base64url(text);
  if (!bytes) return std::nullopt;
  return Pin{*bytes};
}

Pin pin_of(const EVP_PKEY& key) {
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(&key, &encoded);
  const OpensslBytes der(encoded);
  require(size > 0, "i2d_PUBKEY");
  return pin_of_der(der.get(), size);
}

std::optional<Pin> pin_of(const X509& certificate) {
  const X509_PUBKEY* const key = X509_get_X509_PUBKEY(&certificate);
  unsigned char* encoded = nullptr;
  const int size = key == nullptr ? -1 : i2d_X509_PUBKEY(key, &encoded);
  const OpensslBytes der(encoded);
  if (size <= 0) return std::nullopt;
  return pin_of_der(der.get(), size);
}

}  // namespace sesame::crypto
