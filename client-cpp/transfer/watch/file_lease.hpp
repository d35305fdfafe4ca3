#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "transfer/file_facts.hpp"

namespace sesame::transfer::watch {

enum class Answer { Yes, No, Unknown };

/// Whether any process has this file open for writing. Unknown where the file system has no leases,
/// or the file is another user's.
[[nodiscard]] Answer somebody_writes(const std::filesystem::path& file);

/// What became of a file that was to be removed.
enum class Removal {
  Removed,
  Gone,     // it is not there any more
  Changed,  // it is not what was sent
  Held,     // somebody has it open
};

/// Removes a file if it is what was sent, and nobody has it open. Fails with Io.
Result<Removal> remove_sent(const std::filesystem::path& file, const FileFacts& sent);

}  // namespace sesame::transfer::watch
