#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "transfer/receipt.hpp"

namespace sesame::cli {

/// Writes `name.receipt.json`, `name.receipt.sig` and `allowed_signers` into a folder, which is
/// made if need be. Gives the command line with which stock OpenSSH checks them.
Result<std::string> export_receipt(const transfer::Receipt& receipt, const crypto::Ed25519Key& key,
                                   const std::string& name, const std::filesystem::path& folder);

/// A word of a command line that any POSIX shell (bash, where there are control characters) reads
/// back as `text`, and that a terminal may be shown.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace sesame::cli
