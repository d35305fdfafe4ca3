#pragma once

#include <cstddef>
#include <filesystem>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace sesame::config {

/// The whole of a small file. Fails with NotFound, TooLarge (more than `limit` bytes) or Io.
Result<SecretText> read_small_file(const std::filesystem::path& path, std::size_t limit);

/// Gives the file a second name, `path.old` or the first of `path.old-2`, `path.old-3`… that is
/// free, under which it stays when `path` is replaced. Gives that name.
Result<std::filesystem::path> keep_beside(const std::filesystem::path& path);

/// Makes durable what names this folder has: a new file, or a rename, is found again after a power
/// cut.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace sesame::config
