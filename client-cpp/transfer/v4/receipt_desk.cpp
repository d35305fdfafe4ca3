#include "transfer/v4/receipt_desk.hpp"

#include <algorithm>
#include <utility>

namespace sesame::transfer::v4 {

using net::Clock;
namespace {

// Few enough to hold in memory, and seldom enough that neither a signature nor a write to disk for
// each group costs much.
constexpr std::size_t most_waiting = 1000;
constexpr auto longest_wait = std::chrono::milliseconds(100);

}  // namespace

ReceiptDesk::ReceiptDesk(const crypto::Pin& server, const crypto::Pin& client, ReceiptSink& sink)
    : server_(server), client_(client), sink_(sink) {}

Status ReceiptDesk::begin(const protocol::v4::Welcome& welcome) {
  const bool forgot = welcome.last_seq < last_seq_ ||
                      (welcome.last_seq == last_seq_ && welcome.last_receipt != last_hash_);
  if (last_seq_ > 0 && forgot) {
    return Error{ErrorCode::BadReceipt,
                 "the server no longer knows receipt " + std::to_string(last_seq_) +
                     " that it gave; ask its operator whether an older state was restored"};
  }
  client_id_ = welcome.client_id;
  key_ = welcome.receipt_key;
  last_seq_ = welcome.last_seq;
  last_hash_ = welcome.last_receipt;
  sink_.server_knows(client_id_, last_seq_);
  return {};
}

Status ReceiptDesk::accept(const protocol::v4::ReceiptGranted& granted, PutJobPtr& job) {
  auto receipt = Receipt::parse(std::string(granted.receipt), granted.signature);
  if (!receipt) return receipt.error();
  const ReceiptClaim claim{.server = server_,
                           .client = client_id_,
                           .spki = client_,
                           .path = job->item.path,
                           .size = job->size,
                           .sha256 = job->sha256};
  if (const auto checked = receipt->check_fields(claim); !checked) return checked;
  if (waiting_.empty()) oldest_ = Clock::now();
  waiting_.push_back({std::move(job), *std::move(receipt), granted.already_there});
  return {};
}

bool ReceiptDesk::is_due() const {
  return waiting_.size() >= most_waiting || (!waiting_.empty() && Clock::now() >= due_at());
}

Clock::time_point ReceiptDesk::due_at() const {
  return waiting_.empty() ? Clock::time_point::max() : oldest_ + longest_wait;
}

Result<std::vector<ReceiptDesk::Settled>> ReceiptDesk::settle() {
  if (failure_) return *failure_;
  auto settled = settle_waiting();
  if (!settled) failure_ = settled.error();
  return settled;
}

Result<std::vector<ReceiptDesk::Settled>> ReceiptDesk::settle_waiting() {
  std::ranges::sort(waiting_, {}, [](const Settled& settled) { return settled.receipt.seq; });
  std::vector<Receipt> receipts;
  receipts.reserve(waiting_.size());
  for (Settled& settled : waiting_)
    receipts.push_back(std::move(settled.receipt));

  if (const auto vouched = check_signatures(receipts, key_); !vouched) return vouched.error();
  if (const auto ordered = check_order(receipts); !ordered) return ordered.error();
  for (const Receipt& receipt : receipts) {
    if (const auto kept = sink_.keep(receipt); !kept) return kept.error();
  }
  if (const auto flushed = sink_.flush(); !flushed) return flushed.error();

  for (std::size_t i = 0; i < receipts.size(); ++i)
    waiting_[i].receipt = std::move(receipts[i]);
  return std::exchange(waiting_, {});
}

Status ReceiptDesk::check_order(std::span<const Receipt> sorted) {
  // Numbers may be missing: another program may speak for the same client. What must not be is that
  // two receipts tell different stories about what came before.
  for (const Receipt& receipt : sorted) {
    if (receipt.seq < last_seq_) continue;  // of a file that was there already
    if (receipt.seq == last_seq_ && receipt.hash() != last_hash_) {
      return Error{ErrorCode::BadReceipt,
                   "the server gave two receipts with the number " + std::to_string(receipt.seq)};
    }
    if (receipt.seq == last_seq_) continue;
    if (receipt.seq == last_seq_ + 1) {
      if (const auto next = receipt.check_follows(last_seq_, last_hash_); !next) return next;
    }
    last_seq_ = receipt.seq;
    last_hash_ = receipt.hash();
  }
  return {};
}

std::vector<PutJobPtr> ReceiptDesk::give_up() {
  std::vector<PutJobPtr> jobs;
  for (Settled& settled : waiting_)
    jobs.push_back(std::move(settled.job));
  waiting_.clear();
  return jobs;
}

}  // namespace sesame::transfer::v4
