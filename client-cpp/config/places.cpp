#include "config/places.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <sys/stat.h>

#include "base/display.hpp"
#include "config/file_io.hpp"

namespace sesame::config {
namespace fs = std::filesystem;
namespace {

constexpr mode_t owner_only = 0700;
constexpr mode_t others = 0077;

/// The XDG specification: relative paths in these variables are invalid, and ignored.
fs::path absolute_path_in(const char* variable) {
  const char* const value = std::getenv(variable);
  fs::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : fs::path();
}

/// `$variable/sesame`, or `$HOME/below_home/sesame`.
Result<fs::path> folder_for(const char* variable, const char* below_home) {
  if (const auto base = absolute_path_in(variable); !base.empty()) return base / "sesame";
  if (const auto home = absolute_path_in("HOME"); !home.empty()) {
    return home / below_home / "sesame";
  }
  return Error{ErrorCode::NotFound,
               std::string("neither HOME nor ") + variable +
                   " is set, so there is no place to keep things: set one of them"};
}

}  // namespace

Result<Places> Places::find(const fs::path& config_override) {
  auto config =
      config_override.empty() ? folder_for("XDG_CONFIG_HOME", ".config") : Result(config_override);
  if (!config) return config.error();
  auto state = folder_for("XDG_STATE_HOME", ".local/state");
  if (!state) return state.error();
  return Places{*std::move(config), *std::move(state)};
}

Status make_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), owner_only) == 0 || errno == EEXIST) return {};
  const int fault = errno;
  const fs::path parent = folder.parent_path();
  if (fault != ENOENT || parent.empty() || parent == folder) {
    return error_from_errno(fault, escaped(folder.native()));
  }
  if (const auto made = make_private_folder(parent); !made) return made;
  if (::mkdir(folder.c_str(), owner_only) == 0 || errno == EEXIST) return {};
  return error_from_errno(errno, escaped(folder.native()));
}

Result<SecretText> read_private_file(const fs::path& path, std::size_t limit) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return error_from_errno(errno, escaped(path.native()));
  if ((status.st_mode & others) != 0) {
    return Error{ErrorCode::OpenToOthers, escaped(path.native()) +
                                              " is open to others than its owner; run: chmod 600 " +
                                              escaped(path.native())};
  }
  return read_small_file(path, limit);
}

}  // namespace sesame::config
