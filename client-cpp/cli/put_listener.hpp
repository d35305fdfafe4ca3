#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/exit_code.hpp"
#include "transfer/source_walk.hpp"
#include "transfer/v4/put_run.hpp"

namespace sesame::cli {

/// What a whole `put` came to: its run, and what never got as far as the run.
struct PutTotals {
  std::uint64_t files = 0;  // that should have been sent, folders not counted
  std::uint64_t acknowledged = 0;
  std::uint64_t already_there = 0;  // of the acknowledged
  std::uint64_t folders = 0;        // acknowledged
  std::uint64_t failed = 0;         // files and folders
  std::uint64_t refused = 0;        // of the failed: the server does not want them
  std::uint64_t missing = 0;        // of the failed: they are not there
  std::uint64_t skipped = 0;        // not files
  std::uint64_t bytes = 0;          // of the acknowledged files
  std::uint64_t bytes_sent = 0;
  std::chrono::duration<double> duration{};
  std::optional<Error> stopped_by = std::nullopt;
};

/// Done only when every file is acknowledged.
[[nodiscard]] ExitCode exit_code(const PutTotals& totals);

/// Is told all that happens in a `put`, by one thread at a time.
class PutListener : public transfer::v4::PutReporter, public transfer::WalkObserver {
 public:
  virtual void summary(const PutTotals& totals, ExitCode exit) = 0;
};

}  // namespace sesame::cli
