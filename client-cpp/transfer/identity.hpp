#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "crypto/rsa_key.hpp"

namespace sesame::transfer {

/// Who this client is to its server.
struct Identity {
  std::string client_name;
  ClientId id;
  crypto::RsaKey key;
};

/// Reads the text of a me.info, its key included. Fails with BadMeInfo.
Result<Identity> parse_identity(std::string_view me_info);

/// The me.info beside a transfer.info.
class IdentityStore {
 public:
  explicit IdentityStore(std::filesystem::path path) : path_(std::move(path)) {}

  /// Nothing, when there is no me.info. Fails with BadMeInfo, or with IdentityMismatch when it
  /// belongs to a client of another name.
  Result<std::optional<Identity>> load(std::string_view client_name) const;

  /// Writes a new me.info. One that is there is kept beside it; gives under which name.
  Result<std::optional<std::filesystem::path>> replace(const Identity& identity) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace sesame::transfer
