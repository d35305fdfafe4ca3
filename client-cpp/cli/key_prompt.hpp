#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "crypto/aes_key.hpp"

namespace sesame::cli {

/// 32 hex digits from a file, or from stdin for `-`.
Result<crypto::AesKey> read_key_file(const std::filesystem::path& path);

/// Asks on the terminal, without showing what is typed. Where there is none, reads a line from
/// stdin. Fails with BadKey, Interrupted or Io.
Result<crypto::AesKey> ask_for_key();

}  // namespace sesame::cli
