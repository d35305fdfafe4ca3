#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "transfer/receipt.hpp"

namespace sesame::test {

/// A server as far as receipts go: signs what it is told, true or not.
class ReceiptMaker {
 public:
  ReceiptMaker();

  struct Order {
    std::string path = "a.txt";
    std::uint64_t size = 5;
    crypto::Sha256Digest sha256{};
    std::uint64_t seq = 1;
    std::optional<crypto::Sha256Digest> prev = std::nullopt;
  };

  [[nodiscard]] transfer::Receipt make(const Order& order) const;

  /// So many, numbered from 1, each with the hash of the one before it.
  [[nodiscard]] std::vector<transfer::Receipt> chain(std::size_t count) const;

  [[nodiscard]] std::string text(const Order& order) const;
  [[nodiscard]] Bytes sign(const std::string& text) const;

  [[nodiscard]] const crypto::Ed25519Key& key() const { return public_key_; }
  [[nodiscard]] transfer::ReceiptClaim claim(const transfer::Receipt& receipt) const;

  crypto::Pin server{};
  crypto::Pin spki{};
  ClientId client{};
  std::string name = "alice";

 private:
  crypto::PkeyHandle private_key_;
  crypto::Ed25519Key public_key_{};
};

}  // namespace sesame::test
