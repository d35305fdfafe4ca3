#include "transfer/watch/file_lease.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/display.hpp"
#include "base/unique_fd.hpp"

namespace sesame::transfer::watch {
namespace {

UniqueFd open_itself(const std::filesystem::path& file) {
  return UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
}

/// While it is held, whoever opens the file in the other way waits, at most for moments here. The
/// kernel tells us with a signal that by itself means nothing, and not with SIGIO, which kills.
bool take_lease(int file, int kind) {
  return ::fcntl(file, F_SETSIG, SIGURG) == 0 && ::fcntl(file, F_SETLEASE, kind) == 0;
}

}  // namespace

Answer somebody_writes(const std::filesystem::path& file) {
  const UniqueFd opened = open_itself(file);
  if (!opened.is_open()) return Answer::Unknown;
  if (!take_lease(opened.get(), F_RDLCK)) return errno == EAGAIN ? Answer::Yes : Answer::Unknown;
  ::fcntl(opened.get(), F_SETLEASE, F_UNLCK);
  return Answer::No;
}

Result<Removal> remove_sent(const std::filesystem::path& file, const FileFacts& sent) {
  const UniqueFd opened = open_itself(file);
  if (!opened.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return Removal::Gone;
    if (errno == ELOOP) return Removal::Changed;
    return error_from_errno(errno, escaped(file.native()));
  }
  // Closing the file gives the lease back. Without leases, what it looks like must do.
  if (!take_lease(opened.get(), F_WRLCK) && errno == EAGAIN) return Removal::Held;
  struct stat here {};
  struct stat named {};
  if (::fstat(opened.get(), &here) != 0) return error_from_errno(errno, escaped(file.native()));
  if (::lstat(file.c_str(), &named) != 0) return Removal::Gone;
  const bool same = S_ISREG(here.st_mode) && facts_of(here) == sent && facts_of(named) == sent &&
                    here.st_dev == named.st_dev;
  if (!same) return Removal::Changed;
  if (::unlink(file.c_str()) != 0) return error_from_errno(errno, escaped(file.native()));
  return Removal::Removed;
}

}  // namespace sesame::transfer::watch
