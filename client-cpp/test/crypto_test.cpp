#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "crypto/aes_cbc.hpp"
#include "crypto/crc_variant.hpp"
#include "crypto/rsa_key.hpp"
#include "vectors.hpp"

namespace sesame::crypto {
namespace {

using test::hex_field;

Bytes encrypt(const AesKey& key, ByteView plaintext, std::size_t piece) {
  CbcEncryptor cipher(key);
  Bytes out(plaintext.size() + 2 * aes_block);
  std::size_t size = 0;
  while (!plaintext.empty()) {
    const ByteView part = plaintext.first(std::min(piece, plaintext.size()));
    size += cipher.update(part, MutableByteView(out).subspan(size));
    plaintext = plaintext.subspan(part.size());
  }
  size += cipher.finish(MutableByteView(out).subspan(size));
  out.resize(size);
  return out;
}

Result<Bytes> decrypt(const AesKey& key, ByteView ciphertext, std::size_t piece) {
  CbcDecryptor cipher(key);
  Bytes out(ciphertext.size() + 2 * aes_block);
  std::size_t size = 0;
  while (!ciphertext.empty()) {
    const ByteView part = ciphertext.first(std::min(piece, ciphertext.size()));
    size += cipher.update(part, MutableByteView(out).subspan(size));
    ciphertext = ciphertext.subspan(part.size());
  }
  const auto last = cipher.finish(MutableByteView(out).subspan(size));
  if (!last) return last.error();
  out.resize(size + *last);
  return out;
}

AesKey key_of(const test::Json& vector) {
  return *AesKey::from_hex(vector.at("key_hex").get<std::string>());
}

Bytes plaintext_of(const test::Json& vector) {
  if (vector.contains("plaintext_hex")) return hex_field(vector, "plaintext_hex");
  const auto& repeat = vector.at("plaintext_repeat");
  const Bytes once = hex_field(repeat, "hex");
  Bytes all;
  for (int i = 0; i < repeat.at("times").get<int>(); ++i)
    all.insert(all.end(), once.begin(), once.end());
  return all;
}

}  // namespace

TEST_CASE("AES-128-CBC as the vectors say, in pieces of every kind") {
  for (const auto& vector : test::vectors("v3/aes.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const AesKey key = key_of(vector);
    const Bytes ciphertext = hex_field(vector, "ciphertext_hex");
    for (const std::size_t piece : {1, 15, 16, 17, 100000}) {
      const auto plaintext = decrypt(key, ciphertext, piece);
      CHECK(test::outcome(plaintext) == vector.at("expect").get<std::string>());
      if (!plaintext) continue;
      CHECK(to_hex(*plaintext) == vector.at("plaintext_hex").get<std::string>());
      CHECK(encrypt(key, *plaintext, piece) == ciphertext);
    }
  }
}

TEST_CASE("a cipher that is given too little room says so") {
  const AesKey key = *AesKey::from_bytes(Bytes(16));
  Bytes out(16);
  CHECK_THROWS_AS(CbcEncryptor(key).update(Bytes(16), out), std::length_error);
  CHECK_THROWS_AS((void)CbcDecryptor(key).update(Bytes(16), out), std::length_error);
}

TEST_CASE("the CRC of every variant, whole and in pieces") {
  for (const auto& vector : test::vectors("v3/crc.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const Bytes plaintext = plaintext_of(vector);
    const Bytes ciphertext = encrypt(key_of(vector), plaintext, 4096);
    if (vector.contains("ciphertext_hex")) {
      CHECK(to_hex(ciphertext) == vector.at("ciphertext_hex").get<std::string>());
    }
    for (const auto& [name, expected] : vector.at("variants").items()) {
      CAPTURE(name);
      const auto variant = parse_crc_variant(name);
      REQUIRE(variant);
      for (const std::size_t piece : {1, 7, 4096, 4097, 1 << 20}) {
        FileCrc crc(*variant);
        for (std::size_t i = 0; i < plaintext.size(); i += piece) {
          crc.see_plaintext(ByteView(plaintext).subspan(i, std::min(piece, plaintext.size() - i)));
        }
        for (std::size_t i = 0; i < ciphertext.size(); i += piece) {
          crc.see_ciphertext(
              ByteView(ciphertext).subspan(i, std::min(piece, ciphertext.size() - i)));
        }
        CHECK(to_hex(crc.wire_bytes()) == expected.get<std::string>());
      }
    }
  }
}

TEST_CASE("every CRC variant has its name") {
  for (const CrcVariant variant : crc_variants) {
    CHECK(parse_crc_variant(to_string(variant)) == variant);
  }
  CHECK_FALSE(parse_crc_variant("crc32"));
}

TEST_CASE("OAEP as the vectors say, with the key in PKCS#8 and in PKCS#1") {
  for (const auto& vector : test::vectors("v3/oaep.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    for (const char* form : {"private_pkcs8_base64", "private_pkcs1_base64"}) {
      const auto der = base64_decode(vector.at(form).get<std::string>());
      REQUIRE(der);
      const auto key = RsaKey::from_der(*der);
      REQUIRE(key);
      const auto aes_key = key.value().unwrap(hex_field(vector, "wrapped_hex"));
      CHECK(test::outcome(aes_key) == vector.at("expect").get<std::string>());
      if (aes_key) CHECK(to_hex(aes_key->bytes()) == vector.at("aes_key_hex").get<std::string>());
    }
  }
}

TEST_CASE("a key that is made fills the classic field, and is read back") {
  const RsaKey key = RsaKey::make();
  CHECK(key.public_der().size() == 160);
  CHECK(to_hex(key.public_der()).ends_with("020111"));  // e = 17
  const auto again = RsaKey::from_der(key.private_der());
  REQUIRE(again);
  CHECK(again.value().public_der() == key.public_der());
}

TEST_CASE("a private key with a byte more or less is none") {
  SecretBytes der = RsaKey::make().private_der();
  der.push_back(std::byte{0});
  CHECK(test::outcome(RsaKey::from_der(der)) == "bad-key");
  der.resize(der.size() - 2);
  CHECK(test::outcome(RsaKey::from_der(der)) == "bad-key");
  CHECK(test::outcome(RsaKey::from_der({})) == "bad-key");
}

TEST_CASE("an AES key in hex") {
  CHECK(AesKey::from_hex(" dd73379622c502005add84ce28423aa0\r\n"));
  for (const char* bad :
       {"", "dd", "dd73379622c502005add84ce28423aa", "dd73379622c502005add84ce28423aa00",
        "gd73379622c502005add84ce28423aa0"}) {
    CHECK(test::outcome(AesKey::from_hex(bad)) == "bad-key");
  }
}

}  // namespace sesame::crypto
