#pragma once

#include <optional>
#include <utility>

#include "transfer/v4/waiting_teller.hpp"
#include "transfer/watch/outbox.hpp"
#include "transfer/watch/watch_troubles.hpp"

namespace sesame::cli {

/// Tells servers what an outbox holds, and what the watcher cannot see.
class OutboxTeller : public transfer::v4::WaitingTeller {
 public:
  OutboxTeller(transfer::watch::Outbox& outbox, const transfer::watch::WatchTroubles& troubles,
               const transfer::watch::WatchClock& clock)
      : outbox_(outbox), troubles_(troubles), clock_(clock) {}

  std::optional<transfer::v4::WaitingReport> report(Occasion occasion) override {
    const auto now = clock_.now();
    const bool is_too_soon = last_ && now - *last_ < least_interval;
    if (is_too_soon && occasion != Occasion::AllSent) return std::nullopt;
    const auto totals =
        outbox_.read([](transfer::watch::OutboxRows& rows) { return rows.totals(); });
    if (!totals) return std::nullopt;  // the watcher itself will meet that fault
    last_ = now;
    const std::chrono::nanoseconds oldest = totals->oldest.value_or(transfer::watch::Moment(0));
    auto [troubles, why] = troubles_.summary();
    if (!why.empty() && !totals->newest_failure.empty()) why += "; ";
    why += totals->newest_failure;
    return transfer::v4::WaitingReport{totals->files, totals->bytes, totals->failed + troubles,
                                       oldest.count(), std::move(why)};
  }

 private:
  /// docs/PROTOCOL.md 2.3.
  static constexpr std::chrono::seconds least_interval{10};

  transfer::watch::Outbox& outbox_;
  const transfer::watch::WatchTroubles& troubles_;
  const transfer::watch::WatchClock& clock_;
  std::optional<transfer::watch::Moment> last_;
};

}  // namespace sesame::cli
