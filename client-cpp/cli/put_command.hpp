#pragma once

#include <string>
#include <vector>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"
#include "cli/pattern_options.hpp"
#include "cli/put_session.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace sesame::cli {

/// `sesame put`.
class PutCommand {
 public:
  /// Adds the command to the program's.
  explicit PutCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  Result<PutPlan> plan() const;
  Result<std::vector<transfer::SourceRoot>> named_roots() const;
  Result<std::unique_ptr<transfer::RootSource>> listed_roots() const;
  [[nodiscard]] std::string remote_folder() const;

  CLI::App* command_;
  std::vector<std::string> paths_;
  std::string to_;
  std::string as_;
  std::string files_from_;
  PatternOptions patterns_;
  bool recursive_ = false;
  bool null_ended_ = false;
  bool dry_run_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions knock_;
  OutputOptions output_;
};

}  // namespace sesame::cli
