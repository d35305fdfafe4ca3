#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/wait.hpp"
#include "protocol/v4/responses.hpp"
#include "transfer/receipt.hpp"
#include "transfer/v4/put_job.hpp"

namespace sesame::transfer::v4 {

/// Believes no receipt before it is checked, kept, and vouched for by the receipt key; then its
/// file is acknowledged. Receipts are settled in groups, so that one signature can stand for many.
class ReceiptDesk {
 public:
  struct Settled {
    PutJobPtr job;
    Receipt receipt;
    bool already_there;
  };

  ReceiptDesk(const crypto::Pin& server, const crypto::Pin& client, ReceiptSink& sink);

  /// The server says who we are, and what our last receipt is. Fails with BadReceipt when it has
  /// forgotten one that we hold.
  Status begin(const protocol::v4::Welcome& welcome);

  /// A receipt for this job. Takes the job over unless it fails, with BadReceipt.
  Status accept(const protocol::v4::ReceiptGranted& granted, PutJobPtr& job);

  /// Whether there is something to settle, and it is time to.
  [[nodiscard]] bool is_due() const;
  /// When it will be time; the end of time when there is nothing.
  [[nodiscard]] net::Clock::time_point due_at() const;
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  /// Checks signatures and order, and keeps what holds. Fails with BadReceipt, BadSignature, or as
  /// the sink does; then nothing of it is acknowledged, and nothing ever after.
  Result<std::vector<Settled>> settle();

  /// The jobs whose receipts have not been settled.
  std::vector<PutJobPtr> give_up();

 private:
  Result<std::vector<Settled>> settle_waiting();
  Status check_order(std::span<const Receipt> sorted);

  crypto::Pin server_;
  crypto::Pin client_;
  ReceiptSink& sink_;
  ClientId client_id_;
  crypto::Ed25519Key key_{};
  std::uint64_t last_seq_ = 0;  // of what is known to be in order
  crypto::Sha256Digest last_hash_{};

  std::vector<Settled> waiting_;
  std::optional<Error> failure_;  // what was settled last cannot be believed, or not be kept
  net::Clock::time_point oldest_{};
};

}  // namespace sesame::transfer::v4
