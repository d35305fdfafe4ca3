#include "net/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sesame::net {
namespace {

/// The variable's value; gone from the environment, so that no child takes it for its own.
std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A path, or a name in the kernel where it begins with '@'.
UniqueFd socket_to(const std::string& name) {
  sockaddr_un address{};
  const bool fits = !name.empty() && name.size() < sizeof address.sun_path;
  if (!fits || (name[0] != '/' && name[0] != '@')) return UniqueFd();
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), where, length) != 0) return UniqueFd();
  return socket;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.socket_ = socket_to(take_variable("NOTIFY_SOCKET"));
  const auto period = whole_number(take_variable("WATCHDOG_USEC"));
  const auto process = take_variable("WATCHDOG_PID");
  const bool is_meant = process.empty() || process == std::to_string(::getpid());
  if (period && *period > 0 && is_meant && manager.socket_.is_open()) {
    manager.interval_ = std::chrono::milliseconds(*period / 2000);
  }
  return manager;
}

void ServiceManager::say(std::string_view message) {
  // Not to wait for a manager that does not listen: the next word will do.
  if (socket_.is_open()) {
    (void)::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

}  // namespace sesame::net
