#include "transfer/watch/inotify.hpp"

#include <cerrno>
#include <cstring>

#include <sys/inotify.h>
#include <unistd.h>

#include "base/display.hpp"

namespace sesame::transfer::watch {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::uint32_t wanted_events =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t manner = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

}  // namespace

Inotify::Inotify(UniqueFd fd) : fd_(std::move(fd)), buffer_(buffer_size) {}

Result<Inotify> Inotify::open() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd.is_open()) return Inotify(std::move(fd));
  if (errno == EMFILE) {
    return Error{ErrorCode::Io,
                 "too many programs of this user watch folders: end some, or raise the limit: "
                 "sudo sysctl fs.inotify.max_user_instances=1024"};
  }
  return error_from_errno(errno, "inotify");
}

Result<int> Inotify::add(const std::filesystem::path& folder) {
  const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), wanted_events | manner);
  if (watch >= 0) return watch;
  if (errno == ENOSPC) return Error{ErrorCode::TooLarge, "the kernel has no watches left"};
  if (errno == ENOTDIR || errno == ELOOP) errno = ENOENT;
  return error_from_errno(errno, escaped(folder.native()));
}

void Inotify::remove(int watch) {
  ::inotify_rm_watch(fd_.get(), watch);
}

Result<std::span<const FolderEvent>> Inotify::read() {
  events_.clear();
  ssize_t size = 0;
  do {
    size = ::read(fd_.get(), buffer_.data(), buffer_.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno != EAGAIN) return error_from_errno(errno, "inotify");
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size);) {
    inotify_event event{};
    std::memcpy(&event, buffer_.data() + at, sizeof event);
    const auto* const name = reinterpret_cast<const char*>(buffer_.data() + at + sizeof event);
    // The name is filled up with NULs.
    events_.push_back({event.wd, event.mask, {name, ::strnlen(name, event.len)}});
    at += sizeof event + event.len;
  }
  return std::span<const FolderEvent>(events_);
}

}  // namespace sesame::transfer::watch
