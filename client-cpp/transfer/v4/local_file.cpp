#include "transfer/v4/local_file.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/v4/codes.hpp"

namespace sesame::transfer::v4 {
namespace {

Error from_errno(int errno_value) {
  const ErrorCode code = errno_value == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
  return {code, std::generic_category().message(errno_value)};
}

protocol::v4::Attributes attributes_of(const struct stat& status) {
  return {facts_of(status).mtime, status.st_mode & 07777U};
}

}  // namespace

Result<LocalFile> LocalFile::open(const std::filesystem::path& path) {
  LocalFile opened;
  // O_NONBLOCK: opening a FIFO must not wait for somebody to write into it.
  opened.file_ =
      UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  if (!opened.file_.is_open()) return from_errno(errno);
  struct stat status {};
  if (::fstat(opened.file_.get(), &status) != 0) return from_errno(errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::NotRegular, "not a regular file"};
  opened.facts_ = facts_of(status);
  opened.attributes_ = attributes_of(status);
  if (opened.size() > protocol::v4::largest_number) {
    return Error{ErrorCode::TooLarge, "has more bytes than the protocol can count"};
  }
  return opened;
}

Status LocalFile::read_at(std::uint64_t offset, MutableByteView out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return from_errno(errno);
    if (count == 0) {
      return Error{ErrorCode::Changed, "changed while it was read: it is shorter now"};
    }
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status LocalFile::check_unchanged() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return from_errno(errno);
  const FileFacts now = facts_of(status);
  const bool same =
      now.size == facts_.size && now.inode == facts_.inode && now.mtime == facts_.mtime;
  if (!same) return Error{ErrorCode::Changed, "changed while it was read"};
  return {};
}

void LocalFile::expect_sequential_reads() const {
  ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

Result<protocol::v4::Attributes> folder_attributes(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return from_errno(errno);
  if (!S_ISDIR(status.st_mode)) return Error{ErrorCode::NotRegular, "not a folder"};
  return attributes_of(status);
}

}  // namespace sesame::transfer::v4
