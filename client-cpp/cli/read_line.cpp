#include "cli/read_line.hpp"

#include <array>
#include <cerrno>
#include <chrono>

#include <poll.h>
#include <unistd.h>

#include "net/wait.hpp"

namespace sesame::cli {

Result<SecretText> read_line(int fd, std::size_t most) {
  SecretText line;
  char next = 0;
  while (line.size() < most) {
    // A signal that comes just before read() would not end it; poll() sees that too.
    std::array wait{pollfd{fd, POLLIN, 0}};
    const auto ready = net::wait_until(wait, net::Clock::now() + std::chrono::hours(1));
    if (!ready) return ready.error();
    if (*ready == 0) continue;
    const ssize_t count = ::read(fd, &next, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, "the line cannot be read");
    if (count == 0 || next == '\n') break;
    line.push_back(next);
  }
  return line;
}

}  // namespace sesame::cli
