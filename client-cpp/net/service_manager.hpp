#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace sesame::net {

/// Whoever started this program as a service and wants to hear how it is: systemd, by the datagrams
/// of sd_notify(3). Where nobody does, nothing is said.
class ServiceManager {
 public:
  /// Reads, and removes, NOTIFY_SOCKET and WATCHDOG_USEC from the environment.
  static ServiceManager from_environment();

  /// It does what it is there for from now on.
  void ready() { say("READY=1"); }
  void stopping() { say("STOPPING=1"); }
  /// One line for people.
  void status(std::string_view text) { say("STATUS=" + std::string(text)); }
  /// It is alive: to be said at least once in `watchdog_interval`.
  void alive() { say("WATCHDOG=1"); }

  /// Half of the time after which it would be taken for dead; nothing where nobody watches.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval() const {
    return interval_;
  }

 private:
  void say(std::string_view message);

  UniqueFd socket_;
  std::optional<std::chrono::milliseconds> interval_;
};

}  // namespace sesame::net
