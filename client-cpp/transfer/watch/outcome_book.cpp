#include "transfer/watch/outcome_book.hpp"

#include <algorithm>

#include "transfer/watch/pace.hpp"

namespace sesame::transfer::watch {

using v4::Acknowledgement;
using v4::ItemFailure;
using v4::PutItem;
namespace {

constexpr std::size_t most_unwritten = 1000;

}  // namespace

/// What was sent with receipts that the server does not have any more is not there.
void OutcomeBook::connected(const protocol::v4::Welcome& welcome) {
  const ReceiptMark last{.seq = welcome.last_seq, .hash = welcome.last_receipt};
  std::optional<Forgotten> forgotten;
  const auto held_against = outbox_.together([&](OutboxRows& rows) -> Status {
    const auto known = rows.last_receipt();
    if (!known) return known.error();
    const bool is_another = last.seq == known->seq && last.hash != known->hash;
    if (last.seq >= known->seq && !is_another) return {};
    // With another receipt in the place of one that is known, none before it is sure.
    const auto files = rows.forget_after(is_another ? ReceiptMark{} : last);
    if (!files) return files.error();
    forgotten = Forgotten{last.seq, *files};
    return {};
  });
  if (!held_against) {
    written_ = held_against;
    feed_.stop();
  }
  if (forgotten) {
    const std::lock_guard lock(mutex_);
    forgotten_ = forgotten;
  }
  next_.connected(welcome);
}

std::optional<OutcomeBook::Forgotten> OutcomeBook::take_forgotten() {
  const std::lock_guard lock(mutex_);
  return std::exchange(forgotten_, std::nullopt);
}

void OutcomeBook::item_started(const PutItem& item, std::uint64_t size) {
  next_.item_started(item, size);
}

void OutcomeBook::progress(const v4::PutProgress& progress) {
  write();
  next_.progress(progress);
}

void OutcomeBook::item_acknowledged(const PutItem& item, const Acknowledgement& what) {
  ReceiptMark receipt;
  if (what.receipt != nullptr) receipt = {what.receipt->seq, what.receipt->hash()};
  unwritten_.push_back({item, feed_.ended(item.path), what.facts, receipt, std::nullopt});
  if (unwritten_.size() >= most_unwritten) write();
  next_.item_acknowledged(item, what);
}

void OutcomeBook::item_failed(const PutItem& item, const ItemFailure& failure) {
  const std::int64_t version = feed_.ended(item.path);
  if (failure.left_over) return;  // it waits as before
  const ErrorCode code = failure.error.code;
  if (code == ErrorCode::Unavailable || code == ErrorCode::OverQuota) {
    if (!held_off_) held_off_ = failure.error;
    feed_.stop();
  }
  unwritten_.push_back({item, version, {}, {}, failure.error});
  if (unwritten_.size() >= most_unwritten) write();
  // That it is gone, or still grows, is nobody's failure; that all waits is said once.
  const bool is_news = code != ErrorCode::Unavailable && code != ErrorCode::Changed &&
                       (code != ErrorCode::NotFound || failure.refused);
  if (is_news) next_.item_failed(item, failure);
}

void OutcomeBook::item_restarted(const PutItem& item, const Error& reason) {
  next_.item_restarted(item, reason);
}

void OutcomeBook::stopped(const Error&) {
  // The watcher says what it makes of that.
}

Status OutcomeBook::close() {
  write();
  return written_;
}

void OutcomeBook::write() {
  if (unwritten_.empty() || !written_) return;
  const Moment now = clock_.now();
  written_ = outbox_.together([&](OutboxRows& rows) -> Status {
    for (const Outcome& outcome : unwritten_) {
      if (const auto one = write_one(rows, outcome, now); !one) return one;
    }
    return {};
  });
  unwritten_.clear();
  if (!written_) feed_.stop();
}

Status OutcomeBook::write_one(OutboxRows& rows, const Outcome& outcome, Moment now) const {
  const std::string& path = outcome.item.path;
  if (!outcome.failure) {
    const Moment again = options_.once ? now : now + resend_interval(outcome.facts.size, 0);
    const auto arrived =
        rows.arrived(path, outcome.version, outcome.facts, outcome.receipt, now, again);
    if (!arrived || !options_.removes) return arrived;
    return rows.leave(path, outcome.item.source, now);
  }
  const Error& reason = *outcome.failure;
  switch (reason.code) {
    case ErrorCode::Unavailable: return rows.postpone(path, now);  // behind all the others
    case ErrorCode::NotFound: return rows.postpone(path, now + options_.settle);
    default: break;
  }
  const auto row = rows.waiting(path);
  if (!row) return row.error();
  if (!*row) return {};
  if (reason.code == ErrorCode::Changed) {
    const Moment interval = resend_interval((*row)->facts.size, (*row)->changes);
    return rows.kept_changing(path, now + std::max(options_.settle, interval));
  }
  return rows.failed(path, outcome.version, reason, now,
                     now + file_delay((*row)->failures + 1, reason.code));
}

}  // namespace sesame::transfer::watch
