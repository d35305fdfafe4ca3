#pragma once

#include <cstdint>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sesame::transfer {

/// A regular file, open for reading, with the size that it had when it was opened: that many bytes
/// of it are sent, whatever is appended meanwhile.
class SourceFile {
 public:
  /// Fails with NotFound, NotRegular, TooLarge (more than v3 can carry) or Io.
  static Result<SourceFile> open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Fills all of `out` from that place. Fails with Changed when the file has become shorter, or
  /// Io.
  Status read_at(std::uint64_t offset, MutableByteView out) const;

 private:
  SourceFile(UniqueFd file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  UniqueFd file_;
  std::uint64_t size_;
};

}  // namespace sesame::transfer
