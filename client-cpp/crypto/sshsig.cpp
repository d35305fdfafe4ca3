#include "crypto/sshsig.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <openssl/err.h>

#include "base/base64.hpp"
#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {
namespace {

constexpr std::string_view magic = "SSHSIG";
constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::string_view hash_name = "sha512";
constexpr std::size_t hash_size = 64;
constexpr std::size_t signature_size = 64;
constexpr std::size_t armor_width = 70;

/// The `string` of SSH (RFC 4251): its length in 4 bytes, highest first, and its bytes.
void append_string(Bytes& out, ByteView bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(size >> shift));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_string(Bytes& out, std::string_view text) {
  append_string(out, bytes_of(text));
}

void append(Bytes& out, std::string_view text) {
  const auto bytes = bytes_of(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// `string "ssh-ed25519"` and 32 or 64 bytes: what SSH makes of a key, and of a signature.
Bytes typed(ByteView value) {
  Bytes out;
  append_string(out, key_type);
  append_string(out, value);
  return out;
}

/// Namespace, reserved field and hash name, which stand in the blob and in what is signed.
void append_context(Bytes& out) {
  append_string(out, receipt_namespace);
  append_string(out, std::string_view());
  append_string(out, hash_name);
}

/// All of a blob but the 64 bytes at its end. With the key known there is only one way to write it.
Bytes expected_head(const Ed25519Key& key) {
  Bytes head;
  append(head, magic);
  append(head, std::string_view("\0\0\0\1", 4));  // version
  append_string(head, typed(key));
  append_context(head);
  Bytes signature = typed(std::array<std::byte, signature_size>{});
  Bytes field;
  append_string(field, signature);
  head.insert(head.end(), field.begin(), field.end() - signature_size);
  return head;
}

Bytes signed_text(ByteView message) {
  std::array<std::byte, hash_size> hash;
  require(EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(hash.data()),
                     nullptr, EVP_sha512(), nullptr) == 1,
          "EVP_Digest");
  Bytes text;
  append(text, magic);
  append_context(text);
  append_string(text, hash);
  return text;
}

bool verify_ed25519(ByteView signature, ByteView text, const Ed25519Key& key) {
  const PkeyHandle public_key(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(key.data()), key.size()));
  if (!public_key) return false;
  const DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr, "EVP_MD_CTX_new");
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

}  // namespace

Status verify_sshsig(ByteView blob, ByteView message, const Ed25519Key& key) {
  const Bytes head = expected_head(key);
  if (blob.size() != head.size() + signature_size ||
      !std::ranges::equal(blob.first(head.size()), head)) {
    return Error{ErrorCode::BadSignature,
                 "the signature is not one of the server's receipt key, or not of this kind"};
  }
  if (!verify_ed25519(blob.last(signature_size), signed_text(message), key)) {
    ERR_clear_error();  // what is left in the queue would pass for a fault of TLS
    return Error{ErrorCode::BadSignature, "the signature does not hold for this text"};
  }
  return {};
}

std::string armored_sshsig(ByteView blob) {
  const auto encoded = base64_encode(blob);
  std::string_view rest(encoded.data(), encoded.size());
  std::string text = "-----BEGIN SSH SIGNATURE-----\n";
  while (!rest.empty()) {
    text += rest.substr(0, armor_width);
    text += '\n';
    rest.remove_prefix(std::min(armor_width, rest.size()));
  }
  return text + "-----END SSH SIGNATURE-----\n";
}

std::string allowed_signers_line(const Ed25519Key& key) {
  const auto encoded = base64_encode(typed(key));
  return std::string(receipt_namespace) + " namespaces=\"" + std::string(receipt_namespace) +
         "\" " + std::string(key_type) + " " + std::string(encoded.data(), encoded.size()) + "\n";
}

}  // namespace sesame::crypto
