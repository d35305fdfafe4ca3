#include "net/wake_fd.hpp"

#include <cerrno>
#include <system_error>

#include <sys/eventfd.h>

namespace sesame::net {

WakeFd::WakeFd() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void WakeFd::signal() {
  ::eventfd_write(event_.get(), 1);
}

void WakeFd::clear() {
  eventfd_t ignored = 0;
  ::eventfd_read(event_.get(), &ignored);
}

}  // namespace sesame::net
