#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "config/profile.hpp"
#include "crypto/tls_identity.hpp"

namespace sesame::transfer {

/// This client at its server: who answers, and the key that proves who asks.
struct Enrolment {
  config::Profile profile;
  crypto::TlsIdentity identity;

  [[nodiscard]] crypto::Pin server_pin() const { return {profile.pin}; }
};

/// The configuration folder: key.pem and cert.pem, which this client keeps for good, and
/// server.json, which tells where it is enrolled. All of it is for its owner alone, and on disk
/// when a call returns.
class EnrolmentStore {
 public:
  explicit EnrolmentStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Fails with NotFound when this client is not enrolled, OpenToOthers, Malformed, BadKey or Io.
  Result<Enrolment> load() const;

  /// Nothing when there is none. Fails with Malformed or Io.
  Result<std::optional<config::Profile>> profile() const;

  /// The keys that are there, or new ones. Fails as load.
  Result<crypto::TlsIdentity> identity_or_new(std::string_view name) const;

  /// New keys, which wait beside those in use until they are adopted: whoever is to be told of them
  /// may refuse. Keys that wait from before are taken again.
  Result<crypto::TlsIdentity> waiting_identity(std::string_view name) const;

  /// The keys that wait are those in use now; the old ones are kept beside them.
  Status adopt_waiting_identity() const;

  /// Writes server.json. One that is there and says something else is kept beside it if
  /// `keep_old`; gives under which name.
  Result<std::optional<std::filesystem::path>> save(const config::Profile& profile,
                                                    bool keep_old) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  struct KeyFiles {
    std::filesystem::path key;
    std::filesystem::path certificate;
  };

  [[nodiscard]] KeyFiles in_use() const { return {folder_ / "key.pem", folder_ / "cert.pem"}; }
  [[nodiscard]] KeyFiles waiting() const {
    return {folder_ / "key.pem.new", folder_ / "cert.pem.new"};
  }
  [[nodiscard]] std::filesystem::path profile_path() const { return folder_ / "server.json"; }

  static Result<crypto::TlsIdentity> read(const KeyFiles& files, std::string_view name);
  Result<crypto::TlsIdentity> read_or_make(const KeyFiles& files, std::string_view name) const;

  std::filesystem::path folder_;
};

}  // namespace sesame::transfer
