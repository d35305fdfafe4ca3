#pragma once

#include <utility>
#include <vector>

#include "transfer/watch/watch_listener.hpp"

namespace sesame::cli {

/// Passes on what it is told.
class WatchListenerList : public transfer::watch::WatchListener {
 public:
  explicit WatchListenerList(std::vector<WatchListener*> listeners)
      : listeners_(std::move(listeners)) {}

  void rescan_began(const std::string& why) override {
    tell([&](WatchListener& one) { one.rescan_began(why); });
  }
  void watching(std::size_t folders) override {
    tell([&](WatchListener& one) { one.watching(folders); });
  }
  void waiting(const transfer::watch::OutboxTotals& totals) override {
    tell([&](WatchListener& one) { one.waiting(totals); });
  }
  void root_lost(const transfer::watch::WatchedRoot& root, const std::string& why) override {
    tell([&](WatchListener& one) { one.root_lost(root, why); });
  }
  void root_came(const transfer::watch::WatchedRoot& root) override {
    tell([&](WatchListener& one) { one.root_came(root); });
  }
  void watches_used_up(std::size_t folders) override {
    tell([&](WatchListener& one) { one.watches_used_up(folders); });
  }
  void watches_suffice() override {
    tell([](WatchListener& one) { one.watches_suffice(); });
  }
  void fault(const Error& reason, transfer::watch::Moment delay) override {
    tell([&](WatchListener& one) { one.fault(reason, delay); });
  }
  void recovered() override {
    tell([](WatchListener& one) { one.recovered(); });
  }
  void removed(const std::filesystem::path& source) override {
    tell([&](WatchListener& one) { one.removed(source); });
  }
  void not_removed(const std::filesystem::path& source, const Error& reason) override {
    tell([&](WatchListener& one) { one.not_removed(source, reason); });
  }
  void kept_aside(const std::filesystem::path& source,
                  const std::filesystem::path& kept_as) override {
    tell([&](WatchListener& one) { one.kept_aside(source, kept_as); });
  }
  void no_leases(const std::filesystem::path& source) override {
    tell([&](WatchListener& one) { one.no_leases(source); });
  }
  void server_behind(std::uint64_t last_receipt, std::uint64_t files) override {
    tell([&](WatchListener& one) { one.server_behind(last_receipt, files); });
  }
  void skipped(const std::filesystem::path& source, const std::string& why) override {
    tell([&](WatchListener& one) { one.skipped(source, why); });
  }
  void not_found_out(const std::filesystem::path& source, const Error& reason) override {
    tell([&](WatchListener& one) { one.not_found_out(source, reason); });
  }

 private:
  template <typename Tell>
  void tell(Tell tell) {
    for (WatchListener* const listener : listeners_)
      tell(*listener);
  }

  std::vector<WatchListener*> listeners_;
};

}  // namespace sesame::cli
