#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame send`.
class SendCommand {
 public:
  static constexpr const char* default_transfer_info = "transfer.info";

  /// Adds the command to the program's.
  explicit SendCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  CLI::App* command_;

  std::filesystem::path transfer_info_ = default_transfer_info;
  std::filesystem::path directory_;
  std::string server_;
  std::string port_;
  std::string protocol_ = "3";
  std::string bwlimit_;
  std::string crc_ = "zlib-ciphertext";
  double timeout_seconds_ = 60;
  int retries_ = 10;
  bool v4_only_ = false;
  bool v6_only_ = false;
  bool json_ = false;
  bool progress_ = false;
  bool quiet_ = false;
  bool verbose_ = false;
  bool dry_run_ = false;
  bool per_request_ = false;
};

}  // namespace sesame::cli
