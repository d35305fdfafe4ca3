#include "receipt_maker.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "base/hex.hpp"

namespace sesame::test {
namespace {

void append_string(Bytes& out, ByteView bytes) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(bytes.size() >> shift));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes strings(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const auto part : parts)
    append_string(out, part);
  return out;
}

Bytes joined(const Bytes& first, const Bytes& second) {
  Bytes out = first;
  out.insert(out.end(), second.begin(), second.end());
  return out;
}

Bytes plain(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

ReceiptMaker::ReceiptMaker() : private_key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) {
  server.bytes.fill(std::byte{1});
  spki.bytes.fill(std::byte{2});
  client.bytes.fill(std::byte{3});
  std::size_t size = public_key_.size();
  EVP_PKEY_get_raw_public_key(private_key_.get(),
                              reinterpret_cast<unsigned char*>(public_key_.data()), &size);
}

std::string ReceiptMaker::text(const Order& order) const {
  nlohmann::ordered_json json{{"type", "sesame-receipt/1"},
                              {"server", server.to_string()},
                              {"client", client.to_hex()},
                              {"name", name},
                              {"spki", spki.to_string()},
                              {"path", order.path},
                              {"size", order.size},
                              {"sha256", to_hex(order.sha256)},
                              {"time", "2026-01-02T03:04:05.678Z"},
                              {"seq", order.seq},
                              {"prev", nullptr}};
  if (order.prev) json["prev"] = to_hex(*order.prev);
  return json.dump();
}

Bytes ReceiptMaker::sign(const std::string& text) const {
  std::array<std::byte, 64> hash;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
             EVP_sha512(), nullptr);
  const Bytes context =
      strings({bytes_of("sesame-receipt"), bytes_of(std::string_view()), bytes_of("sha512")});
  const Bytes message = joined(joined(plain("SSHSIG"), context), strings({hash}));

  std::array<std::byte, 64> signature;
  std::size_t size = signature.size();
  const crypto::DigestContext digest(EVP_MD_CTX_new());
  EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, private_key_.get());
  EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(message.data()), message.size());

  const Bytes key = strings({bytes_of("ssh-ed25519"), public_key_});
  const Bytes value = strings({bytes_of("ssh-ed25519"), signature});
  const Bytes head = joined(plain(std::string_view("SSHSIG\0\0\0\1", 10)), strings({key}));
  return joined(joined(head, context), strings({value}));
}

transfer::Receipt ReceiptMaker::make(const Order& order) const {
  const std::string made = text(order);
  return transfer::Receipt::parse(made, sign(made)).value();
}

std::vector<transfer::Receipt> ReceiptMaker::chain(std::size_t count) const {
  std::vector<transfer::Receipt> receipts;
  for (std::size_t seq = 1; seq <= count; ++seq) {
    Order order{.path = "file-" + std::to_string(seq), .seq = seq};
    order.sha256 = crypto::sha256(bytes_of(order.path));
    if (!receipts.empty()) order.prev = receipts.back().hash();
    receipts.push_back(make(order));
  }
  return receipts;
}

transfer::ReceiptClaim ReceiptMaker::claim(const transfer::Receipt& receipt) const {
  return {server, client, spki, receipt.path, receipt.size, receipt.sha256};
}

}  // namespace sesame::test
