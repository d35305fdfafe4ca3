#include "transfer/v4/fetch_target.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/display.hpp"
#include "base/hex.hpp"

namespace sesame::transfer::v4 {
namespace fs = std::filesystem;
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr mode_t new_folder_mode = 0777;  // less what the umask takes away
constexpr unsigned wanted_mode_bits = 0777;

/// The folder that this name stands for in another, made if it is missing. Not through a link.
UniqueFd step_into(const UniqueFd& folder, const fs::path& name) {
  if (::mkdirat(folder.get(), name.c_str(), new_folder_mode) != 0 && errno != EEXIST) return {};
  return UniqueFd(::openat(folder.get(), name.c_str(), folder_flags | O_NOFOLLOW));
}

bool stays_below(const fs::path& relative) {
  for (const fs::path& part : relative) {
    if (part == "..") return false;
  }
  return relative.is_relative() && relative.has_filename();
}

std::string random_name() {
  std::array<std::byte, 8> bytes{};
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  return ".sesame-" + to_hex(bytes);
}

timespec to_timespec(std::int64_t time) {
  const std::int64_t rest =
      (time % protocol::v4::nanoseconds_per_second + protocol::v4::nanoseconds_per_second) %
      protocol::v4::nanoseconds_per_second;
  return {(time - rest) / protocol::v4::nanoseconds_per_second, rest};
}

}  // namespace

Result<FetchTarget> FetchTarget::create(const fs::path& root, const fs::path& relative,
                                        bool overwrite) {
  if (!stays_below(relative)) {
    return Error{ErrorCode::NotRegular, "would leave the folder that files are put into"};
  }
  FetchTarget target;
  target.overwrite_ = overwrite;
  target.name_ = relative.filename().native();
  target.folder_ = UniqueFd(::open(root.c_str(), folder_flags));
  if (!target.folder_.is_open()) return error_from_errno(errno, escaped(root.native()));
  for (const fs::path& part : relative.parent_path()) {
    UniqueFd next = step_into(target.folder_, part);
    if (!next.is_open()) return error_from_errno(errno, escaped(part.native()));
    target.folder_ = std::move(next);
  }
  struct stat status {};
  const bool stands =
      ::fstatat(target.folder_.get(), target.name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (stands && !overwrite) {
    return Error{ErrorCode::AlreadyExists,
                 "something stands there already, and was not to be "
                 "replaced"};
  }
  std::string temporary = random_name();
  target.file_ = UniqueFd(::openat(target.folder_.get(), temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target.file_.is_open()) return error_from_errno(errno, escaped(relative.native()));
  target.temporary_ = std::move(temporary);
  return target;
}

FetchTarget::FetchTarget(FetchTarget&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::move(other.file_)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      overwrite_(other.overwrite_) {}

FetchTarget::~FetchTarget() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
}

Status FetchTarget::write_at(std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, escaped(name_));
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status FetchTarget::clear() {
  if (::ftruncate(file_.get(), 0) != 0) return error_from_errno(errno, escaped(name_));
  return {};
}

Status FetchTarget::commit(protocol::v4::Attributes attributes) {
  const std::array<timespec, 2> times{{{0, UTIME_OMIT}, to_timespec(attributes.mtime)}};
  if (::fchmod(file_.get(), attributes.mode & wanted_mode_bits) != 0 ||
      ::futimens(file_.get(), times.data()) != 0) {
    return error_from_errno(errno, escaped(name_));
  }
  const int folder = folder_.get();
  if (overwrite_) {
    if (::renameat(folder, temporary_.c_str(), folder, name_.c_str()) != 0) {
      return error_from_errno(errno, escaped(name_));
    }
    temporary_.clear();
    return {};
  }
  if (::renameat2(folder, temporary_.c_str(), folder, name_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return {};
  }
  // Some file systems do not know that flag. A link is never put over another file either.
  if (errno != EINVAL || ::linkat(folder, temporary_.c_str(), folder, name_.c_str(), 0) != 0) {
    return error_from_errno(errno, escaped(name_));
  }
  return {};  // the first name goes with this object
}

}  // namespace sesame::transfer::v4
