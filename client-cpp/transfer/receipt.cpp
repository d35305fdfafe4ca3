#include "transfer/receipt.hpp"

#include <algorithm>
#include <utility>

#include "base/display.hpp"
#include "base/hex.hpp"
#include "transfer/receipt_scanner.hpp"

namespace sesame::transfer {
namespace {

Error bad(std::string message) {
  return {ErrorCode::BadReceipt, std::move(message)};
}

/// 2026-01-02T03:04:05.678Z, by its shape.
bool is_time(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  return std::ranges::equal(text, shape, [](char c, char like) {
    return like == '0' ? c >= '0' && c <= '9' : c == like;
  });
}

bool scan_pin(ReceiptScanner& scan, crypto::Pin& out) {
  const auto text = scan.string();
  const auto pin = text ? crypto::Pin::parse(*text) : std::nullopt;
  if (pin) out = *pin;
  return pin.has_value();
}

template <typename T>
bool take(std::optional<T> found, T& out) {
  if (found) out = std::move(*found);
  return found.has_value();
}

bool scan_prev(ReceiptScanner& scan, std::optional<crypto::Sha256Digest>& out) {
  if (scan.literal("null")) return true;
  crypto::Sha256Digest digest;
  if (!scan.hex_string(digest)) return false;
  out = digest;
  return true;
}

bool scan_receipt(ReceiptScanner scan, Receipt& out) {
  return scan.literal(R"({"type":"sesame-receipt/1","server":)") && scan_pin(scan, out.server) &&
         scan.literal(R"(,"client":)") && scan.hex_string(out.client.bytes) &&
         scan.literal(R"(,"name":)") && take(scan.string(), out.name) &&
         scan.literal(R"(,"spki":)") && scan_pin(scan, out.spki) && scan.literal(R"(,"path":)") &&
         take(scan.string(), out.path) && scan.literal(R"(,"size":)") &&
         take(scan.number(), out.size) && scan.literal(R"(,"sha256":)") &&
         scan.hex_string(out.sha256) && scan.literal(R"(,"time":)") &&
         take(scan.string(), out.time) && is_time(out.time) && scan.literal(R"(,"seq":)") &&
         take(scan.number(), out.seq) && scan.literal(R"(,"prev":)") &&
         scan_prev(scan, out.prev) &&  //
         scan.literal("}") && scan.at_end();
}

}  // namespace

Result<Receipt> Receipt::parse(std::string text, ByteView signature) {
  if (text.size() > largest_text || signature.size() > largest_signature) {
    return bad("the receipt is larger than any");
  }
  Receipt receipt;
  if (!scan_receipt(ReceiptScanner(text), receipt)) return bad("that is no sesame-receipt/1");
  // The first is the one without a predecessor.
  if (receipt.seq == 0 || (receipt.seq == 1) == receipt.prev.has_value()) {
    return bad("the receipt's number and its predecessor do not fit");
  }
  receipt.text = std::move(text);
  receipt.signature.assign(signature.begin(), signature.end());
  return receipt;
}

Status Receipt::check_fields(const ReceiptClaim& claim) const {
  if (server != claim.server) return bad("the receipt is of the server " + server.to_string());
  if (client != claim.client) return bad("the receipt is for the client " + client.to_hex());
  if (spki != claim.spki) return bad("the receipt is for the key " + spki.to_string());
  if (path != claim.path) return bad("the receipt is for the path " + escaped(path));
  if (size != claim.size) return bad("the receipt is for " + std::to_string(size) + " bytes");
  if (sha256 != claim.sha256) {
    return bad("the receipt is for content with the SHA-256 " + sesame::to_hex(sha256));
  }
  return {};
}

Status Receipt::check_signature(const crypto::Ed25519Key& key) const {
  return crypto::verify_sshsig(signature, bytes_of(text), key);
}

Status Receipt::check_follows(std::uint64_t previous_seq,
                              const crypto::Sha256Digest& previous) const {
  if (seq != previous_seq + 1) {
    return bad("receipt " + std::to_string(seq) + " came after receipt " +
               std::to_string(previous_seq));
  }
  if (prev && *prev != previous) {
    return bad("receipt " + std::to_string(seq) + " names another one before it than receipt " +
               std::to_string(previous_seq) + " that is kept here");
  }
  return {};
}

Status check_signatures(std::span<Receipt> receipts, const crypto::Ed25519Key& key) {
  if (!std::ranges::is_sorted(receipts, {}, &Receipt::seq)) {
    std::ranges::sort(receipts, {}, &Receipt::seq);
  }
  for (std::size_t i = receipts.size(); i-- > 0;) {
    const Receipt& receipt = receipts[i];
    const Receipt* const next = i + 1 < receipts.size() ? &receipts[i + 1] : nullptr;
    if (next != nullptr && next->seq == receipt.seq) {
      if (next->text != receipt.text) {
        return bad("there are two receipts with the number " + std::to_string(receipt.seq));
      }
    } else if (next != nullptr && next->seq == receipt.seq + 1) {
      if (const auto follows = next->check_follows(receipt.seq, receipt.hash()); !follows) {
        return follows;
      }
    } else if (const auto checked = receipt.check_signature(key); !checked) {
      return Error{checked.error().code,
                   "receipt " + std::to_string(receipt.seq) + ": " + checked.error().message};
    }
  }
  return {};
}

}  // namespace sesame::transfer
