#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "config/transfer_info.hpp"
#include "transfer/send_run.hpp"

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
  [[nodiscard]] transfer::SendOptions options_for(config::TransferInfo info) const;
  ExitCode send_v3(transfer::SendOptions options) const;
  /// Version 4 where this client is enrolled with the server that transfer.info names, unless it is
  /// told otherwise.
  [[nodiscard]] bool wants_v4(const HostPort& server, const transfer::EnrolmentStore& store) const;

  CLI::App* command_;

  std::filesystem::path transfer_info_ = default_transfer_info;
  std::filesystem::path directory_;
  std::string server_;
  std::string port_;
  std::string protocol_;
  std::string bwlimit_;
  std::string crc_ = "zlib-ciphertext";
  double timeout_seconds_ = 60;
  int retries_ = 10;
  bool v4_only_ = false;
  bool v6_only_ = false;
  bool dry_run_ = false;
  bool per_request_ = false;
  ConfigOption config_;
  OutputOptions output_;
};

}  // namespace sesame::cli
