#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_port.hpp"
#include "base/result.hpp"

namespace sesame::config {

/// What to send, where, and under which name (docs/PROTOCOL.md 1.8): line 1 `HOST:PORT`, line 2 the
/// client name, every further line one file. File names are bytes as they stand: they go on the
/// wire like that.
struct TransferInfo {
  HostPort server;
  std::string client_name;
  std::vector<std::string> files;
};

/// Fails with BadTransferInfo.
Result<TransferInfo> parse_transfer_info(std::string_view text);

/// Fails with NotFound, BadTransferInfo, TooLarge or Io.
Result<TransferInfo> load_transfer_info(const std::filesystem::path& path);

}  // namespace sesame::config
