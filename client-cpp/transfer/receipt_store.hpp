#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "transfer/number_set.hpp"
#include "transfer/receipt.hpp"
#include "transfer/receipt_log.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer {

/// Adds to the receipts that are kept of one server (receipt_log.hpp). Several programs may do that
/// at the same time: each batch is written under a lock, in one piece.
class ReceiptStore : public v4::ReceiptSink {
 public:
  /// Makes the folder if need be. `pinned` is the receipt key that the server had when this client
  /// was enrolled. Fails with Io.
  static Result<ReceiptStore> open(const std::filesystem::path& folder,
                                   const crypto::Ed25519Key& pinned);

  void server_knows(const ClientId& client, std::uint64_t last_seq) override;

  /// A receipt that is kept already is not written again. The first of each batch must be signed
  /// with the pinned key, so that a server cannot change it unseen: fails with IdentityMismatch.
  Status keep(const Receipt& receipt) override;

  /// Everything kept so far is on disk now.
  Status flush() override;

  /// How many were added.
  [[nodiscard]] std::size_t added() const { return added_; }

 private:
  ReceiptStore(std::filesystem::path log, UniqueFd file, const crypto::Ed25519Key& pinned)
      : log_(std::move(log)), file_(std::move(file)), pinned_(pinned) {}

  Status write_batch();
  Status cut_torn_line();
  [[nodiscard]] bool is_surely_new(const Receipt& receipt) const;
  Status look_at_end();
  Status recall();

  std::filesystem::path log_;
  UniqueFd file_;
  crypto::Ed25519Key pinned_;
  bool key_checked_ = false;  // since the last flush
  std::string batch_;
  /// The highest number at the end of the log when it was opened, and whose.
  std::optional<ReceiptNumber> newest_;
  /// What is in the log, as far as this program knows: what it added itself, and all that was there
  /// before once that is recalled_. A log of a million receipts is not read to add one.
  std::map<std::array<std::byte, ClientId::size>, NumberSet> known_;
  bool recalled_ = false;
  /// What the server knew last, and which numbers after that were added since.
  std::optional<ReceiptNumber> server_last_;
  NumberSet added_since_;
  bool dirty_ = false;  // written, but perhaps not yet on disk
  std::size_t added_ = 0;
};

}  // namespace sesame::transfer
