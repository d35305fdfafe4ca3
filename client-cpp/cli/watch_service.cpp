#include "cli/watch_service.hpp"

#include "base/display.hpp"
#include "cli/units.hpp"

namespace sesame::cli {

using transfer::watch::Moment;
using transfer::watch::OutboxTotals;

std::optional<Moment> WatchService::keep_alive() {
  const auto interval = manager_.watchdog_interval();
  if (!interval) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  if (!next_sign_ || now >= *next_sign_) {
    manager_.alive();
    next_sign_ = now + *interval;
  }
  return std::chrono::ceil<Moment>(*next_sign_ - now);
}

void WatchService::watching(std::size_t) {
  if (!std::exchange(is_ready_, true)) manager_.ready();
}

void WatchService::waiting(const OutboxTotals& totals) {
  waiting_ = totals.files == 0 ? "nothing waits"
                               : human_files(totals.files) + " (" +
                                     human_size(static_cast<double>(totals.bytes)) + ") to send";
  if (totals.parked > 0) waiting_ += ", " + human_count(totals.parked) + " not watched";
  if (totals.failed > 0) waiting_ += ", " + human_count(totals.failed) + " failed";
  say();
}

void WatchService::fault(const Error& reason, Moment) {
  fault_ = reason.message;
  say();
}

void WatchService::recovered() {
  fault_.clear();
  say();
}

void WatchService::say() {
  // A line of its own, so nothing in it may end one.
  manager_.status(escaped(fault_.empty() ? waiting_ : waiting_ + "; " + fault_));
}

}  // namespace sesame::cli
