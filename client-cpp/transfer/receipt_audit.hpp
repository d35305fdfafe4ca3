#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "transfer/receipt.hpp"

namespace sesame::transfer {

/// Something about the kept receipts that a person should know.
struct Finding {
  enum class Kind {
    Gap,           // receipts are missing between two that are there
    Fork,          // two receipts contradict each other
    BadSignature,  // not signed by the server
    Damaged,       // a line that cannot be read
    Foreign,       // of another server
  };

  Kind kind;
  std::string message;
};

/// A gap may have a harmless cause, such as a file that was sent from another machine; the rest
/// means that somebody does not tell the truth, or that the log is damaged.
[[nodiscard]] inline bool is_fault(const Finding& finding) {
  return finding.kind != Finding::Kind::Gap;
}

/// What is kept of one server, looked at as a whole: each client's receipts must name each other in
/// order, and the last before each gap must be signed, which vouches for those before it.
class ReceiptAudit {
 public:
  ReceiptAudit(crypto::Pin server, crypto::Ed25519Key key) : server_(server), key_(key) {}

  /// Reads all of a log. Fails with NotFound or Io.
  Status read(const std::filesystem::path& log);

  /// The newest receipt for content with that hash; nothing when there is none.
  void look_for(const crypto::Sha256Digest& sha256) { found_.emplace(sha256, std::nullopt); }
  [[nodiscard]] const std::optional<Receipt>& found(const crypto::Sha256Digest& sha256) const {
    return found_.at(sha256);
  }

  /// Once all is read: what is wrong with it. Fails as read does.
  Result<std::vector<Finding>> finish();

  [[nodiscard]] std::size_t receipts() const { return receipts_; }

 private:
  /// As much of a receipt as its place among the others takes.
  struct Link {
    std::uint64_t seq;
    crypto::Sha256Digest hash;
    crypto::Sha256Digest prev;
    std::size_t line;
  };

  void add(std::size_t line, Receipt receipt);
  /// Adds the lines whose signature has to be checked to signed_lines_.
  void check_chain(std::vector<Link>& links);
  Status check_signed_lines();
  void note(Finding::Kind kind, std::string message) {
    findings_.push_back({kind, std::move(message)});
  }

  crypto::Pin server_;
  crypto::Ed25519Key key_;
  std::filesystem::path log_;
  std::map<crypto::Sha256Digest, std::optional<Receipt>> found_;
  std::map<std::array<std::byte, ClientId::size>, std::vector<Link>> links_;
  std::set<std::size_t> signed_lines_;
  std::vector<Finding> findings_;
  std::size_t receipts_ = 0;
};

}  // namespace sesame::transfer
