#pragma once

#include <string>
#include <vector>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"
#include "cli/pattern_options.hpp"
#include "cli/watch_session.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame watch`.
class WatchCommand {
 public:
  /// Adds the command to the program's.
  explicit WatchCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  Result<WatchPlan> plan() const;
  Result<std::vector<transfer::watch::WatchedRoot>> roots() const;
  [[nodiscard]] std::string remote_folder() const;

  CLI::App* command_;
  std::vector<std::string> folders_;
  std::string to_;
  double settle_seconds_ = 2;
  double rescan_seconds_ = 3600;
  bool removes_ = false;
  bool once_ = false;
  bool dry_run_ = false;
  PatternOptions patterns_;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions knock_;
  OutputOptions output_;
};

}  // namespace sesame::cli
