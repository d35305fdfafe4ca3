#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "transfer/path_filter.hpp"
#include "transfer/source_walk.hpp"

namespace sesame::transfer {

/// Counts what a walk will find, in a thread beside it, for those who want to know how much is
/// left. What changes meanwhile may make it wrong by a little.
class SourceTotals {
 public:
  SourceTotals(WalkOptions options, std::vector<SourceRoot> roots);
  SourceTotals(const SourceTotals&) = delete;
  SourceTotals& operator=(const SourceTotals&) = delete;
  ~SourceTotals();

  /// All is counted, and the numbers below do not grow any more.
  [[nodiscard]] bool is_complete() const { return complete_; }
  [[nodiscard]] std::uint64_t files() const { return files_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void count(WalkOptions options, std::vector<SourceRoot> roots);

  std::atomic<bool> stopped_ = false;
  std::atomic<bool> complete_ = false;
  std::atomic<std::uint64_t> files_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::thread thread_;
};

}  // namespace sesame::transfer
