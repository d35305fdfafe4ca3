#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "crypto/sha256.hpp"

namespace sesame::transfer {

struct FileHash {
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};
};

/// Of all of a regular file. Fails with NotFound, NotRegular, Interrupted or Io, without its name.
Result<FileHash> hash_file(const std::filesystem::path& path);

}  // namespace sesame::transfer
