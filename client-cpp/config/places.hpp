#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace sesame::config {

/// Where this client keeps things between runs.
struct Places {
  std::filesystem::path config;  // who it is, and who its server is
  std::filesystem::path state;   // receipts

  /// The folders `sesame` in $XDG_CONFIG_HOME and $XDG_STATE_HOME, or in what the XDG specification
  /// says where those are not set. `config_override` stands in for the first, if not empty. Fails
  /// with NotFound when nothing tells where the user's home is.
  static Result<Places> find(const std::filesystem::path& config_override);

  /// What was received from one server.
  [[nodiscard]] std::filesystem::path receipts_of(const std::string& server_pin) const {
    return state / "receipts" / server_pin;
  }

  /// What is yet to be sent by who watches folders, as one client of one server.
  [[nodiscard]] std::filesystem::path outbox_of(const std::string& server_pin,
                                                const std::string& client_id) const {
    return state / "outbox" / server_pin / client_id;
  }
};

/// Makes a folder and those above it, for their owner alone. One that is there is left as it is.
Status make_private_folder(const std::filesystem::path& folder);

/// The whole of a small file with a secret. Fails as read_small_file does, and with OpenToOthers
/// when anybody but its owner may read or write it.
Result<SecretText> read_private_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace sesame::config
