#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/client_id.hpp"
#include "base/result.hpp"
#include "crypto/pin.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sshsig.hpp"

namespace sesame::transfer {

/// What a receipt must say for the one who asked for it (docs/PROTOCOL.md 2.5).
struct ReceiptClaim {
  crypto::Pin server;
  ClientId client;
  crypto::Pin spki;  // of the client's own key
  std::string_view path;
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};
};

/// A server's signed word that a file is durable at its place (docs/PROTOCOL.md 2.5).
struct Receipt {
  static constexpr std::size_t largest_text = 32 * 1024;
  static constexpr std::size_t largest_signature = 1024;

  std::string text;  // the exact bytes that were signed
  Bytes signature;   // SSHSIG blob

  crypto::Pin server;
  ClientId client;
  std::string name;
  crypto::Pin spki;
  std::string path;
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};
  std::string time;  // 2026-01-02T03:04:05.678Z
  std::uint64_t seq = 0;
  std::optional<crypto::Sha256Digest> prev;  // none in the first

  /// Only the one form that the specification allows: fields, order, escapes. Fails with
  /// BadReceipt. Does not look at the signature.
  static Result<Receipt> parse(std::string text, ByteView signature);

  /// Fails with BadReceipt, and says which field is another.
  Status check_fields(const ReceiptClaim& claim) const;

  /// Fails with BadSignature.
  Status check_signature(const crypto::Ed25519Key& key) const;

  /// What the next receipt has as its `prev`.
  [[nodiscard]] crypto::Sha256Digest hash() const { return crypto::sha256(bytes_of(text)); }

  /// `this` is the next receipt after one with this number and hash (0: none before). Fails with
  /// BadReceipt.
  Status check_follows(std::uint64_t previous_seq, const crypto::Sha256Digest& previous) const;
};

/// Checks that a key vouches for every one of some receipts of one client, with as few signature
/// checks as that takes: a receipt that the next one names by its hash is vouched for with that
/// one. Sorts them by their number. Fails with BadSignature, or BadReceipt where two receipts
/// contradict each other. Numbers may be missing.
Status check_signatures(std::span<Receipt> receipts, const crypto::Ed25519Key& key);

}  // namespace sesame::transfer
