#pragma once

#include <filesystem>

#include "base/unique_fd.hpp"

namespace sesame::transfer::watch {

enum class Answer { Yes, No, Unknown };

/// Whether any process has this file open for writing. Unknown where the file system has no leases,
/// or the file is another user's.
[[nodiscard]] Answer somebody_writes(const std::filesystem::path& file);

/// A file as it stands under its name, to read, without following a link. Not open, with errno set,
/// where it cannot be had.
[[nodiscard]] UniqueFd open_itself(const std::filesystem::path& file);

/// Asks for the right to hear of whoever opens the file, and to make him wait until it is closed
/// here: granted where nobody has it open. No: somebody has. Unknown as above.
[[nodiscard]] Answer has_to_itself(int file);

/// Whether that still holds, and nobody waits.
[[nodiscard]] bool still_has_to_itself(int file);

}  // namespace sesame::transfer::watch
