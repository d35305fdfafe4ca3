#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace sesame::config {

/// Who this client is to its server (docs/PROTOCOL.md 1.8): line 1 the client name, line 2 the
/// client id, from line 3 the RSA private key in base64.
struct MeInfo {
  std::string client_name;
  ClientId client_id;
  SecretBytes private_key;  // DER, as it was written; what kind of DER is not looked at here
};

/// Every form that is in use. Fails with BadMeInfo.
Result<MeInfo> parse_me_info(std::string_view text);

/// The one form that is written: hex without dashes, base64 on one line.
[[nodiscard]] SecretText format_me_info(const MeInfo& info);

/// Fails with NotFound, BadMeInfo, TooLarge or Io.
Result<MeInfo> load_me_info(const std::filesystem::path& path);

/// Atomically, with mode 0600.
Status save_me_info(const std::filesystem::path& path, const MeInfo& info);

}  // namespace sesame::config
