#include "transfer/source_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/display.hpp"
#include "base/unique_fd.hpp"
#include "base/utf8.hpp"
#include "protocol/v4/path.hpp"

namespace sesame::transfer {
namespace fs = std::filesystem;
namespace {

using v4::PutItem;

Error failure(int errno_value) {
  return {errno_value == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
          std::generic_category().message(errno_value)};
}

const char* what_it_is(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFLNK: return "a symbolic link; it is followed only where it is named";
    case S_IFSOCK: return "a socket";
    case S_IFIFO: return "a pipe";
    default: return "a device";
  }
}

/// What kind of thing an entry is, as in st_mode. Folders on most file systems tell without a look
/// at the entry itself.
std::optional<mode_t> type_of(DIR* folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return static_cast<mode_t>(DTTOIF(entry.d_type));
  struct stat status {};
  if (::fstatat(::dirfd(folder), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return status.st_mode & S_IFMT;
}

}  // namespace

Error bad_path(std::string_view path) {
  std::string why = "its path on the server would have more than 4096 bytes";
  if (path.empty()) {
    why = "it has no name of its own; --to gives it one";
  } else if (!is_utf8(path)) {
    why = "its name is not UTF-8";
  } else {
    for (std::string_view rest = path; !rest.empty();) {
      const auto segment = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
      if (protocol::v4::is_safe_segment(segment)) continue;
      why = "'" + escaped(segment) + "' is a name that not every system takes, so no server does";
      break;
    }
  }
  return {ErrorCode::BadName, why};
}

std::optional<PutItem> SourceWalk::next() {
  while (!at_end_ && !stopped_) {
    if (!frames_.empty()) {
      if (auto item = go_on()) return item;
      continue;
    }
    const auto root = roots_.next();
    if (!root) observer_.failed({}, root.error());
    at_end_ = !root || !root->has_value();
    if (at_end_) break;
    if (auto item = begin(**root)) return item;
  }
  return std::nullopt;
}

bool WalkOptions::excludes(std::string_view path, bool is_folder) const {
  const std::size_t prefix = below.empty() ? 0 : below.size() + 1;
  return filter.excludes(path.substr(std::min(prefix, path.size())), is_folder);
}

/// Excluded is not wanted; neither is what no server takes, but that is a failure.
bool SourceWalk::is_wanted(const fs::path& source, const std::string& path, bool is_folder) {
  if (options_.excludes(path, is_folder)) return false;
  if (protocol::v4::is_path(path)) return true;
  observer_.failed(source, bad_path(path));
  return false;
}

std::optional<PutItem> SourceWalk::begin(const SourceRoot& root) {
  if (root.is_stdin) return PutItem{PutItem::Kind::Stdin, {}, root.path};
  struct stat status {};
  if (::stat(root.source.c_str(), &status) != 0) {
    observer_.failed(root.source, failure(errno));
    return std::nullopt;
  }
  const bool is_folder = S_ISDIR(status.st_mode);
  if (!is_folder && !S_ISREG(status.st_mode)) {
    observer_.failed(root.source, {ErrorCode::NotRegular, std::string(what_it_is(status.st_mode)) +
                                                              "; what comes out of a command is "
                                                              "sent with: COMMAND | sesame put -"});
    return std::nullopt;
  }
  if (is_folder && !options_.recursive) {
    observer_.failed(root.source, {ErrorCode::NotRegular, "is a folder; -r sends folders"});
    return std::nullopt;
  }
  if (!is_wanted(root.source, root.path, is_folder)) return std::nullopt;

  // Nothing follows links from here on, so the one that was named is resolved now.
  std::error_code fault;
  fs::path source = root.source;
  if (fs::is_symlink(fs::symlink_status(source, fault))) {
    source = fs::canonical(root.source, fault);
    if (fault) {
      observer_.failed(root.source, failure(fault.value()));
      return std::nullopt;
    }
  }
  if (!is_folder) return PutItem{PutItem::Kind::File, std::move(source), root.path};
  enter(std::move(source), root.path);
  return std::nullopt;
}

bool SourceWalk::enter(fs::path source, std::string path) {
  if (options_.entering) options_.entering(source, path);
  UniqueFd opened(::open(source.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  DirHandle folder(opened.is_open() ? ::fdopendir(opened.get()) : nullptr);
  if (!folder) {
    observer_.failed(source, failure(errno));
    return false;
  }
  opened.release();
  frames_.push_back({std::move(source), std::move(path), std::move(folder)});
  return true;
}

/// The next entry of the innermost folder; then its subfolders; then the folder itself.
std::optional<PutItem> SourceWalk::go_on() {
  Frame& frame = frames_.back();
  while (frame.folder) {
    errno = 0;
    const dirent* const entry = ::readdir(frame.folder.get());
    if (entry != nullptr) {
      if (auto item = look_at(frame, *entry)) return item;
      continue;
    }
    if (errno != 0) observer_.failed(frame.source, failure(errno));
    frame.folder.reset();
    std::ranges::sort(frame.subfolders, std::greater());  // are taken from the back
  }
  if (!frame.subfolders.empty()) {
    const std::string name = std::move(frame.subfolders.back());
    frame.subfolders.pop_back();
    enter(frame.source / name, path_below(frame.path, name));
    return std::nullopt;
  }
  PutItem item{PutItem::Kind::Folder, std::move(frame.source), std::move(frame.path)};
  frames_.pop_back();
  return item;
}

std::optional<PutItem> SourceWalk::look_at(Frame& frame, const dirent& entry) {
  const std::string_view name(entry.d_name);
  if (name == "." || name == "..") return std::nullopt;
  const auto type = type_of(frame.folder.get(), entry);
  if (!type) return std::nullopt;  // gone since

  const bool is_folder = S_ISDIR(*type);
  fs::path source = frame.source / name;
  std::string path = path_below(frame.path, name);
  if (!is_folder && !S_ISREG(*type)) {
    if (!options_.excludes(path, false)) observer_.skipped(source, what_it_is(*type));
    return std::nullopt;
  }
  if (!is_wanted(source, path, is_folder)) return std::nullopt;
  if (!is_folder) return PutItem{PutItem::Kind::File, std::move(source), std::move(path)};
  frame.subfolders.emplace_back(name);
  return std::nullopt;
}

}  // namespace sesame::transfer
