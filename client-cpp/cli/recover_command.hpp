#pragma once

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"
#include "transfer/v4/recover.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame knock recover`.
class RecoverCommand {
 public:
  /// Adds the command to `knock`.
  explicit RecoverCommand(CLI::App& knock);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  Result<SecretText> pin() const;
  ExitCode report(const transfer::v4::RecoveryAnswer& answer) const;

  CLI::App* command_;

  std::string port_;
  ConfigOption config_;
  ConnectionOptions connection_;
  OutputOptions output_;
};

/// A recovery PIN as it was typed or read, without what stands around it. Fails with Malformed
/// where it is none: a server counts each attempt.
Result<SecretText> parse_recovery_pin(const SecretText& line);

}  // namespace sesame::cli
