#include "net/interrupt.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sesame::net {
namespace {

// What a signal handler may touch.
volatile std::sig_atomic_t signal_that_came = 0;
volatile std::sig_atomic_t event_fd = -1;

void note_signal(int number) {
  const int saved_errno = errno;
  signal_that_came = number;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd, &one, sizeof one);
  errno = saved_errno;
}

}  // namespace

void Interrupt::install() {
  if (event_fd < 0) event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");

  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);

  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

int Interrupt::fd() {
  return event_fd;
}

std::optional<int> Interrupt::signal() {
  if (signal_that_came == 0) return std::nullopt;
  return signal_that_came;
}

}  // namespace sesame::net
