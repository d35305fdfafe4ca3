#include "transfer/file_hash.hpp"

#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "net/interrupt.hpp"

namespace sesame::transfer {
namespace {

constexpr std::size_t hashed_at_once = 256 * 1024;

Error failure(int errno_value) {
  return {errno_value == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
          std::generic_category().message(errno_value)};
}

}  // namespace

Result<FileHash> hash_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO must not wait for somebody to write into it.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return failure(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure(errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::NotRegular, "not a regular file"};
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);

  FileHash found;
  crypto::Sha256 hash;
  std::vector<std::byte> buffer(hashed_at_once);
  while (true) {
    if (net::Interrupt::signal()) return Error{ErrorCode::Interrupted, "interrupted"};
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno);
    if (count == 0) break;
    hash.update(ByteView(buffer).first(static_cast<std::size_t>(count)));
    found.size += static_cast<std::uint64_t>(count);
  }
  found.sha256 = hash.finish();
  return found;
}

}  // namespace sesame::transfer
