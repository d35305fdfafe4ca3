#pragma once

#include <filesystem>

#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame decrypt`.
class DecryptCommand {
 public:
  /// Adds the command to the program's.
  explicit DecryptCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  CLI::App* command_;

  std::filesystem::path source_;
  std::filesystem::path out_;
  std::filesystem::path key_file_;
  bool force_ = false;
  bool quiet_ = false;
};

}  // namespace sesame::cli
