#include "net/connector.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "net/ip_address.hpp"

namespace sesame::net {
namespace {

constexpr auto head_start = std::chrono::milliseconds(250);

/// The attempts on all addresses of one server.
class Race {
 public:
  explicit Race(std::vector<Address> addresses) : addresses_(std::move(addresses)) {}

  [[nodiscard]] bool has_more() const { return next_ < addresses_.size(); }
  [[nodiscard]] const Address& next() const { return addresses_[next_]; }
  [[nodiscard]] bool is_running() const { return !running_.empty(); }
  [[nodiscard]] int last_errno() const { return last_errno_; }

  /// Begins with the next address.
  void start_next() {
    const Address& address = addresses_[next_++];
    UniqueFd socket(
        ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket.is_open()) {
      last_errno_ = errno;
      return;
    }
    const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(socket.get(), where, address.length) == 0 || errno == EINPROGRESS) {
      running_.push_back(std::move(socket));
    } else {
      last_errno_ = errno;
    }
  }

  /// Waits until an attempt is decided, or until `deadline`. Gives the winner's socket if there is
  /// one; a closed one if not.
  Result<UniqueFd> wait(Clock::time_point deadline) {
    std::vector<pollfd> waits;
    for (const UniqueFd& socket : running_)
      waits.push_back({socket.get(), POLLOUT, 0});
    const auto ready = wait_until(waits, deadline);
    if (!ready) return ready.error();

    for (std::size_t i = waits.size(); i-- > 0;) {
      if (waits[i].revents == 0) continue;
      UniqueFd decided = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      int outcome = 0;
      socklen_t size = sizeof outcome;
      ::getsockopt(decided.get(), SOL_SOCKET, SO_ERROR, &outcome, &size);
      if (outcome == 0) return decided;
      last_errno_ = outcome;
    }
    return UniqueFd();
  }

 private:
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::vector<UniqueFd> running_;
  int last_errno_ = ECONNREFUSED;
};

/// Requests are small and waited for: none may linger for the sake of a fuller packet.
void send_without_delay(const UniqueFd& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection won(UniqueFd socket) {
  send_without_delay(socket);
  return Connection(std::move(socket));
}

/// Runs the race to its end; `server` is for messages.
Result<Connection> win(Race race, const std::string& server, Clock::time_point deadline,
                       const BeforeAttempt& before_attempt) {
  while (true) {
    if (race.has_more()) {
      if (before_attempt) {
        const auto pause = before_attempt(race.next());
        auto winner = race.wait(std::min(Clock::now() + pause, deadline));
        if (!winner) return winner.error();
        if (winner->is_open()) return won(*std::move(winner));
      }
      race.start_next();
    }
    if (!race.is_running() && race.has_more()) continue;
    if (!race.is_running()) {
      return Error{ErrorCode::Connect,
                   error_from_errno(race.last_errno(), "cannot connect to " + server).message};
    }
    const auto until = race.has_more() ? std::min(Clock::now() + head_start, deadline) : deadline;
    auto winner = race.wait(until);
    if (!winner) return winner.error();
    if (winner->is_open()) return won(*std::move(winner));
    if (Clock::now() >= deadline) {
      return Error{ErrorCode::Timeout, server + " did not answer in time"};
    }
  }
}

}  // namespace

Result<Connection> connect(const HostPort& server, Family family, Duration timeout,
                           const BeforeAttempt& before_attempt) {
  const auto deadline = Clock::now() + timeout;
  auto addresses = resolve(server, family, deadline);
  if (!addresses) return addresses.error();
  return win(Race(*std::move(addresses)), server.to_string(), deadline, before_attempt);
}

Result<Connection> connect(const Address& address, Duration timeout) {
  return win(Race({address}), to_string(address), Clock::now() + timeout, {});
}

}  // namespace sesame::net
