#pragma once

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame status`.
class StatusCommand {
 public:
  /// Adds the command to the program's.
  explicit StatusCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  CLI::App* command_;

  bool offline_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  OutputOptions output_;
};

}  // namespace sesame::cli
