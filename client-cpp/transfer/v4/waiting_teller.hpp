#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sesame::transfer::v4 {

/// What a client has yet to send, and what is wrong with it (docs/FLEET.md 3).
struct WaitingReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failing = 0;  // files, and what keeps others from being found
  std::int64_t oldest = 0;    // since when it waits, nanoseconds since 1970; 0: nothing waits
  std::string why;            // UTF-8
};

/// Knows what waits, for servers that want to hear it.
class WaitingTeller {
 public:
  enum class Occasion { Connected, AllSent };

  virtual ~WaitingTeller() = default;
  /// Nothing: the server is not to be told now. Is called by the thread that speaks with it.
  virtual std::optional<WaitingReport> report(Occasion occasion) = 0;
};

}  // namespace sesame::transfer::v4
