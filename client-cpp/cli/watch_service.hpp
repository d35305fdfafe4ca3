#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "net/service_manager.hpp"
#include "transfer/watch/watch_listener.hpp"

namespace sesame::cli {

/// Tells the service manager: that the watches stand, what waits, and that it is alive.
class WatchService : public transfer::watch::WatchListener {
 public:
  /// That it is alive, when that is to be said. Gives how long until then; nothing: never.
  std::optional<transfer::watch::Moment> keep_alive();
  void stopping() { manager_.stopping(); }

  void rescan_began(const std::string&) override {}
  void watching(std::size_t folders) override;
  void waiting(const transfer::watch::OutboxTotals& totals) override;
  void root_lost(const transfer::watch::WatchedRoot&, const std::string&) override {}
  void root_came(const transfer::watch::WatchedRoot&) override {}
  void watches_used_up(std::size_t) override {}
  void watches_suffice() override {}
  void fault(const Error& reason, transfer::watch::Moment delay) override;
  void recovered() override;
  void removed(const std::filesystem::path&) override {}
  void not_removed(const std::filesystem::path&, const Error&) override {}
  void kept_aside(const std::filesystem::path&, const std::filesystem::path&) override {}
  void no_leases(const std::filesystem::path&) override {}
  void server_behind(std::uint64_t, std::uint64_t) override {}
  void skipped(const std::filesystem::path&, const std::string&) override {}
  void not_found_out(const std::filesystem::path&, const Error&) override {}

 private:
  void say();

  net::ServiceManager manager_ = net::ServiceManager::from_environment();
  std::optional<std::chrono::steady_clock::time_point> next_sign_;
  bool is_ready_ = false;
  std::string waiting_;
  std::string fault_;
};

}  // namespace sesame::cli
