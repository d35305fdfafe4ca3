#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "config/staged_file.hpp"
#include "crypto/aes_key.hpp"

namespace sesame::transfer {

/// Turns one file of v3 ciphertext into its plaintext, at `target`, whose folder exists. The target
/// appears whole or not at all: when the padding is wrong nothing of it stays.
/// Fails with BadCiphertext, AlreadyExists, NotFound, NotRegular, Interrupted or Io.
Status decrypt_file(const std::filesystem::path& source, const std::filesystem::path& target,
                    const crypto::AesKey& key, config::StagedFile::Existing existing);

}  // namespace sesame::transfer
