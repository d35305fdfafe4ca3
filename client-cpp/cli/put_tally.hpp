#pragma once

#include <mutex>
#include <vector>

#include "cli/put_listener.hpp"

namespace sesame::cli {

/// Hears the run and the walk, which are in two threads, and passes what they say on to listeners,
/// one call at a time. Counts.
class PutTally : public PutListener {
 public:
  explicit PutTally(std::vector<PutListener*> listeners) : listeners_(std::move(listeners)) {}

  void connected(const protocol::v4::Welcome& welcome) override;
  void item_started(const transfer::v4::PutItem& item, std::uint64_t size) override;
  void progress(const transfer::v4::PutProgress& progress) override;
  void item_acknowledged(const transfer::v4::PutItem& item,
                         const transfer::v4::Acknowledgement& what) override;
  void item_failed(const transfer::v4::PutItem& item,
                   const transfer::v4::ItemFailure& failure) override;
  void item_restarted(const transfer::v4::PutItem& item, const Error& reason) override;
  void retrying(const transfer::Retry& retry) override;
  void stopped(const Error& reason) override;
  void skipped(const std::filesystem::path& source, const std::string& why) override;
  void failed(const std::filesystem::path& source, const Error& error) override;
  void summary(const PutTotals& totals, ExitCode exit) override;

  /// Once the run is over.
  [[nodiscard]] PutTotals totals(const transfer::v4::PutSummary& run) const;

 private:
  template <typename Tell>
  void tell(Tell tell) {
    for (PutListener* const listener : listeners_)
      tell(*listener);
  }

  std::mutex mutex_;
  std::vector<PutListener*> listeners_;
  PutTotals counted_;
};

}  // namespace sesame::cli
