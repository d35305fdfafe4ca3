#pragma once

#include <optional>
#include <random>

#include "base/error.hpp"
#include "transfer/watch/clock.hpp"

namespace sesame::transfer::watch {

/// Why nothing can be sent.
enum class Trouble {
  Network,   // the server was not reached
  Server,    // it takes nothing now
  Quota,     // it has no room for this client
  Distrust,  // it is not the one it should be, or does not know this client
};

[[nodiscard]] Trouble trouble_of(ErrorCode code);

/// When a server that could not be reached, or took nothing, is tried again (docs/WATCH.md 3).
class Pace {
 public:
  /// After a network fault, news make it try at once, where the last attempt is that long ago.
  static constexpr Moment news_after = std::chrono::seconds(10);

  explicit Pace(std::uint32_t seed = std::random_device{}()) : random_(seed) {}

  /// It failed: gives how long to wait. Twice as long after each failure of the kind, within 20 %.
  Moment failed(Moment now, Trouble trouble);
  /// Something arrived: the next failure is a first one.
  void progressed() { failures_ = 0; }
  /// All went well: nothing to wait for.
  void succeeded();
  /// The network is back, or there is a new file.
  void news(Moment now);

  /// Nothing: at once.
  [[nodiscard]] std::optional<Moment> not_before() const { return not_before_; }
  [[nodiscard]] bool may_try(Moment now) const { return !not_before_ || now >= *not_before_; }
  /// One file is to show whether the server has room again.
  [[nodiscard]] bool is_probing() const { return not_before_ && trouble_ == Trouble::Quota; }

 private:
  std::minstd_rand random_;
  int failures_ = 0;  // in a row, of one kind
  Trouble trouble_ = Trouble::Network;
  Moment last_attempt_{};
  std::optional<Moment> not_before_;
};

/// How long a file waits that has failed so often (from 1 on), for this reason: 1 min, doubled up
/// to 6 h; 30 min where it is the server that lacks room.
[[nodiscard]] Moment file_delay(std::int64_t failures, ErrorCode reason);

/// How long until the next look at a file that is to be removed, and that somebody holds open.
[[nodiscard]] Moment held_delay(std::int64_t looks);

/// How long lies at least between two sendings of a file of that size; longer the more often in a
/// row it was sent in vain, because it changed.
[[nodiscard]] Moment resend_interval(std::uint64_t size, std::int64_t changes);

}  // namespace sesame::transfer::watch
