#pragma once

#include <string>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame ls`.
class LsCommand {
 public:
  /// Adds the command to the program's.
  explicit LsCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  CLI::App* command_;

  std::string path_;
  bool long_ = false;
  bool recursive_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions knock_;
  OutputOptions output_;
};

}  // namespace sesame::cli
