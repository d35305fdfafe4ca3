#pragma once

#include <optional>

namespace sesame::net {

/// SIGINT and SIGTERM as something that poll() can wait for. The first signal is noted, so that the
/// work under way ends cleanly; a second one ends the program at once.
///
/// Signal handlers belong to the whole process, and so does this.
class Interrupt {
 public:
  /// Takes over SIGINT and SIGTERM, and ignores SIGPIPE: a closed peer is an error like any other.
  static void install();

  /// Readable from the first signal on, and -1 before install().
  [[nodiscard]] static int fd();

  /// The signal that came, if one did.
  [[nodiscard]] static std::optional<int> signal();
};

}  // namespace sesame::net
