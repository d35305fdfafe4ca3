#pragma once

#include <cstdint>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/v4/requests.hpp"
#include "transfer/file_facts.hpp"

namespace sesame::transfer::v4 {

/// A regular file, open for reading, with what it was when it was opened.
class LocalFile {
 public:
  /// A link is not followed: whoever named one has resolved it. Fails with NotFound, NotRegular or
  /// Io.
  static Result<LocalFile> open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return facts_.size; }
  [[nodiscard]] const FileFacts& facts() const { return facts_; }
  [[nodiscard]] protocol::v4::Attributes attributes() const { return attributes_; }

  /// Fills all of `out` from that place. Fails with Changed when the file has become shorter, or
  /// Io.
  Status read_at(std::uint64_t offset, MutableByteView out) const;

  /// Fails with Changed when size, time or inode are not what they were.
  Status check_unchanged() const;

  /// It will be read from one end to the other.
  void expect_sequential_reads() const;

 private:
  LocalFile() = default;

  UniqueFd file_;
  FileFacts facts_;
  protocol::v4::Attributes attributes_;
};

/// Of a folder. Fails with NotFound, NotRegular (it is none) or Io.
Result<protocol::v4::Attributes> folder_attributes(const std::filesystem::path& path);

}  // namespace sesame::transfer::v4
