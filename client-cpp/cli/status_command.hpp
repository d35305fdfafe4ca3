#pragma once

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

class OutboxReport;

/// `sesame status`.
class StatusCommand {
 public:
  /// Adds the command to the program's.
  explicit StatusCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  /// If that is asked for. Gives what the program ends with.
  ExitCode list_waiting(std::optional<OutboxReport>& outbox, ExitCode exit) const;

  CLI::App* command_;

  bool offline_ = false;
  bool waiting_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  OutputOptions output_;
};

}  // namespace sesame::cli
