#pragma once

#include <filesystem>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sesame::config {

/// A file that appears at its place whole or not at all: it is written under a random name in the
/// same folder, with mode 0600, and renamed when it is complete and on disk. If it is never
/// committed, nothing of it stays.
class StagedFile {
 public:
  enum class Existing { Keep, Replace };

  /// Begins a file for `target`, whose folder exists.
  static Result<StagedFile> create(const std::filesystem::path& target);

  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();

  Status write(ByteView bytes);

  /// Fails with AlreadyExists when something stands at the target and is to be kept.
  Status commit(Existing existing);

 private:
  StagedFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd file);

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once it is gone
  UniqueFd file_;
};

/// Renames, over what stands at the target, within one folder.
Status move_durably(const std::filesystem::path& from, const std::filesystem::path& target);

/// A small file in one go, replacing what was there.
Status write_atomically(const std::filesystem::path& target, ByteView bytes);

}  // namespace sesame::config
