#include "cli/put_tally.hpp"

namespace sesame::cli {

using transfer::v4::Acknowledgement;
using transfer::v4::ItemFailure;
using transfer::v4::PutItem;

ExitCode exit_code(const PutTotals& totals) {
  if (totals.stopped_by) return exit_code(*totals.stopped_by);
  if (totals.failed == 0) return ExitCode::Done;
  if (totals.acknowledged > 0) return ExitCode::SomeFailed;
  if (totals.refused == totals.failed) return ExitCode::Refused;
  return totals.missing == totals.failed ? ExitCode::NotFound : ExitCode::SomeFailed;
}

void PutTally::connected(const protocol::v4::Welcome& welcome) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.connected(welcome); });
}

void PutTally::item_started(const PutItem& item, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.item_started(item, size); });
}

void PutTally::progress(const transfer::v4::PutProgress& progress) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.progress(progress); });
}

void PutTally::item_acknowledged(const PutItem& item, const Acknowledgement& what) {
  const std::lock_guard lock(mutex_);
  if (item.kind == PutItem::Kind::Folder) {
    ++counted_.folders;
  } else {
    ++counted_.files;
    ++counted_.acknowledged;
    counted_.already_there += what.already_there ? 1 : 0;
    counted_.bytes += what.size;
  }
  tell([&](PutListener& listener) { listener.item_acknowledged(item, what); });
}

void PutTally::item_failed(const PutItem& item, const ItemFailure& failure) {
  const std::lock_guard lock(mutex_);
  if (item.kind != PutItem::Kind::Folder) ++counted_.files;
  ++counted_.failed;
  counted_.refused += failure.refused ? 1 : 0;
  counted_.missing += failure.error.code == ErrorCode::NotFound && !failure.refused ? 1 : 0;
  tell([&](PutListener& listener) { listener.item_failed(item, failure); });
}

void PutTally::item_restarted(const PutItem& item, const Error& reason) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.item_restarted(item, reason); });
}

void PutTally::retrying(const transfer::Retry& retry) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.retrying(retry); });
}

void PutTally::stopped(const Error& reason) {
  const std::lock_guard lock(mutex_);
  tell([&](PutListener& listener) { listener.stopped(reason); });
}

void PutTally::skipped(const std::filesystem::path& source, const std::string& why) {
  const std::lock_guard lock(mutex_);
  ++counted_.skipped;
  tell([&](PutListener& listener) { listener.skipped(source, why); });
}

void PutTally::failed(const std::filesystem::path& source, const Error& error) {
  // A walk that was told to end says so; that the run ends is said by the run.
  if (error.code == ErrorCode::Interrupted) return;
  const std::lock_guard lock(mutex_);
  ++counted_.files;
  ++counted_.failed;
  counted_.missing += error.code == ErrorCode::NotFound ? 1 : 0;
  tell([&](PutListener& listener) { listener.failed(source, error); });
}

void PutTally::summary(const PutTotals& totals, ExitCode exit) {
  tell([&](PutListener& listener) { listener.summary(totals, exit); });
}

PutTotals PutTally::totals(const transfer::v4::PutSummary& run) const {
  PutTotals totals = counted_;
  totals.bytes_sent = run.bytes_sent;
  totals.duration = run.duration;
  totals.stopped_by = run.stopped_by;
  return totals;
}

}  // namespace sesame::cli
