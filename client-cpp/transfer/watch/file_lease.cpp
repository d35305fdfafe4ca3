#include "transfer/watch/file_lease.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>

namespace sesame::transfer::watch {
namespace {

/// While it is held, whoever opens the file in the other way waits, at most for moments here. The
/// kernel tells us with a signal that by itself means nothing, and not with SIGIO, which kills.
bool take_lease(int file, int kind) {
  return ::fcntl(file, F_SETSIG, SIGURG) == 0 && ::fcntl(file, F_SETLEASE, kind) == 0;
}

}  // namespace

UniqueFd open_itself(const std::filesystem::path& file) {
  return UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
}

Answer somebody_writes(const std::filesystem::path& file) {
  const UniqueFd opened = open_itself(file);
  if (!opened.is_open()) return Answer::Unknown;
  if (!take_lease(opened.get(), F_RDLCK)) return errno == EAGAIN ? Answer::Yes : Answer::Unknown;
  ::fcntl(opened.get(), F_SETLEASE, F_UNLCK);
  return Answer::No;
}

Answer has_to_itself(int file) {
  if (take_lease(file, F_WRLCK)) return Answer::Yes;
  return errno == EAGAIN ? Answer::No : Answer::Unknown;
}

bool still_has_to_itself(int file) {
  return ::fcntl(file, F_GETLEASE) == F_WRLCK;
}

}  // namespace sesame::transfer::watch
