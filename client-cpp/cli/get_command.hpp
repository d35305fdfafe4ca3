#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/get_plan.hpp"
#include "cli/knock_options.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame get`.
class GetCommand {
 public:
  /// Adds the command to the program's.
  explicit GetCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  ExitCode get(const GetOrder& order) const;

  CLI::App* command_;

  std::vector<std::string> paths_;
  std::string out_;
  bool recursive_ = false;
  bool force_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions knock_;
  OutputOptions output_;
};

}  // namespace sesame::cli
