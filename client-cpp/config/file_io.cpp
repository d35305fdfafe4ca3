#include "config/file_io.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/display.hpp"
#include "base/unique_fd.hpp"

namespace sesame::config {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t first_piece = 4096;

}  // namespace

Result<SecretText> read_small_file(const fs::path& path, std::size_t limit) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return error_from_errno(errno, escaped(path.native()));

  SecretText text;
  std::size_t filled = 0;
  while (filled <= limit) {
    if (filled == text.size()) text.resize(std::max(first_piece, 2 * filled));
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, escaped(path.native()));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled > limit) {
    return Error{ErrorCode::Malformed, escaped(path.native()) + " has more than " +
                                           std::to_string(limit) + " bytes; is it the right file?"};
  }
  text.resize(filled);
  return text;
}

Result<fs::path> keep_beside(const fs::path& path) {
  for (int number = 1;; ++number) {
    fs::path kept = path;
    kept += number == 1 ? ".old" : ".old-" + std::to_string(number);
    if (::link(path.c_str(), kept.c_str()) == 0) return kept;
    if (errno != EEXIST) return error_from_errno(errno, escaped(path.native()));
  }
}

Status sync_folder(const std::filesystem::path& folder) {
  const UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() || ::fsync(opened.get()) != 0) {
    return error_from_errno(errno, escaped(folder.native()));
  }
  return {};
}

}  // namespace sesame::config
