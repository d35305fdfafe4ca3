#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "net/service_manager.hpp"
#include "transfer/watch/watch_listener.hpp"

namespace sesame::cli {

/// Tells the service manager: that the watches stand, what waits, and that it is alive.
class WatchService : public transfer::watch::DeafWatchListener {
 public:
  /// That it is alive, when that is to be said. Gives how long until then; nothing: never.
  std::optional<transfer::watch::Moment> keep_alive();
  void stopping() { manager_.stopping(); }

  void watching(std::size_t folders) override;
  void waiting(const transfer::watch::OutboxTotals& totals) override;
  void fault(const Error& reason, transfer::watch::Moment delay) override;
  void recovered() override;

 private:
  void say();

  net::ServiceManager manager_ = net::ServiceManager::from_environment();
  std::optional<std::chrono::steady_clock::time_point> next_sign_;
  bool is_ready_ = false;
  std::string waiting_;
  std::string fault_;
};

}  // namespace sesame::cli
