#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "transfer/file_hash.hpp"
#include "transfer/receipt_audit.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame verify`.
class VerifyCommand {
 public:
  /// Adds the command to the program's.
  explicit VerifyCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  struct Checked {
    std::filesystem::path file;
    Result<transfer::FileHash> hash;
  };

  /// Says what is known about one file. Gives Done if a receipt vouches for it.
  ExitCode tell(const Checked& checked, const transfer::ReceiptAudit& audit,
                const config::Profile& profile) const;
  ExitCode tell(const std::vector<transfer::Finding>& findings,
                const transfer::ReceiptAudit& audit) const;
  void tell_failed(const std::filesystem::path& file, const Error& error) const;

  CLI::App* command_;

  std::vector<std::filesystem::path> files_;
  std::filesystem::path receipt_folder_;
  ConfigOption config_;
  OutputOptions output_;
};

}  // namespace sesame::cli
