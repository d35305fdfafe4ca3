#include "transfer/source_file.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/codes.hpp"

namespace sesame::transfer {
namespace {

Error from_errno(int errno_value) {
  const ErrorCode code = errno_value == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
  return {code, std::generic_category().message(errno_value)};
}

}  // namespace

Result<SourceFile> SourceFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO must not wait for somebody to write into it.
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return from_errno(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return from_errno(errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::NotRegular, "not a regular file"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > protocol::largest_file) {
    return Error{ErrorCode::TooLarge,
                 "has " + std::to_string(size) + " bytes; protocol v3 carries at most " +
                     std::to_string(protocol::largest_file) + ": split it, or compress it"};
  }
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return SourceFile(std::move(file), size);
}

Status SourceFile::read_at(std::uint64_t offset, MutableByteView out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return from_errno(errno);
    if (count == 0)
      return Error{ErrorCode::Changed, "changed while it was read: it is shorter now"};
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace sesame::transfer
