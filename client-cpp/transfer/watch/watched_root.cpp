#include "transfer/watch/watched_root.hpp"

#include <system_error>

#include <sys/stat.h>

namespace sesame::transfer::watch {
namespace fs = std::filesystem;

std::optional<std::string> look_at_root(WatchedRoot& root) {
  root.is_there = false;
  std::error_code fault;
  fs::path resolved = fs::canonical(root.source, fault);
  if (fault) return fault.message();
  struct stat status {};
  if (::stat(resolved.c_str(), &status) != 0) return std::generic_category().message(errno);
  if (!S_ISDIR(status.st_mode)) return "it is no folder";
  struct stat parent {};
  const bool is_mount = ::stat((resolved / "..").c_str(), &parent) == 0 &&
                        (parent.st_dev != status.st_dev || parent.st_ino == status.st_ino);
  if (root.was_mount && !is_mount && fs::is_empty(resolved, fault)) {
    return "what was mounted there is not mounted";
  }
  root.was_mount = is_mount;
  root.resolved = std::move(resolved);
  root.is_there = true;
  return std::nullopt;
}

}  // namespace sesame::transfer::watch
