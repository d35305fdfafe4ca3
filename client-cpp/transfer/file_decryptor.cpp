#include "transfer/file_decryptor.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/aes_cbc.hpp"
#include "net/interrupt.hpp"

namespace sesame::transfer {
namespace {

constexpr std::size_t decrypted_at_once = std::size_t{256} << 10;

Result<UniqueFd> open_regular(const std::filesystem::path& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return error_from_errno(errno, "cannot be read");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return error_from_errno(errno, "cannot be read");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::NotRegular, "not a regular file"};
  return file;
}

Result<std::size_t> read_some(const UniqueFd& file, MutableByteView out) {
  while (true) {
    const ssize_t count = ::read(file.get(), out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return error_from_errno(errno, "cannot be read");
  }
}

}  // namespace

Status decrypt_file(const std::filesystem::path& source, const std::filesystem::path& target,
                    const crypto::AesKey& key, config::StagedFile::Existing existing) {
  const auto file = open_regular(source);
  if (!file) return file.error();
  auto staged = config::StagedFile::create(target);
  if (!staged) return staged.error();

  crypto::CbcDecryptor cipher(key);
  Bytes ciphertext(decrypted_at_once);
  Bytes plaintext(decrypted_at_once + crypto::aes_block);
  while (true) {
    if (net::Interrupt::signal()) return Error{ErrorCode::Interrupted, "interrupted by a signal"};
    const auto count = read_some(*file, ciphertext);
    if (!count) return count.error();
    if (*count == 0) break;
    const auto size = cipher.update(ByteView(ciphertext).first(*count), plaintext);
    auto written = staged->write(ByteView(plaintext).first(size));
    if (!written) return written;
  }
  const auto size = cipher.finish(plaintext);
  if (!size) return size.error();
  auto written = staged->write(ByteView(plaintext).first(*size));
  if (!written) return written;
  return staged->commit(existing);
}

}  // namespace sesame::transfer
