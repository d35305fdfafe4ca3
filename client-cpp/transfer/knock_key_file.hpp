#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "config/knock_profile.hpp"
#include "config/profile.hpp"
#include "transfer/v4/knock.hpp"
#include "transfer/v4/knock_keeper.hpp"

namespace sesame::transfer {

/// knock.json in the configuration folder: the knock key of this client, asked for where there is
/// none, for its owner alone. A fault of it is a warning: who uploads does not need it.
class KnockKeyFile : public v4::KnockKeeper {
 public:
  using Warn = std::function<void(const Error&)>;

  /// When the server is asked for the key: where there is none, or each time once, to learn of
  /// another.
  enum class Ask { IfMissing, Once };

  KnockKeyFile(const std::filesystem::path& folder, Ask ask, Warn warn);

  /// The key of this client at this server; nothing where another server or client had it. Fails
  /// with OpenToOthers, Malformed or Io.
  [[nodiscard]] Result<std::optional<config::KnockProfile>> find(
      const config::Profile& profile) const;

  /// As `find`, for who must knock. Fails also with NoKnockKey, and says where one comes from.
  [[nodiscard]] Result<config::KnockProfile> need(const config::Profile& profile) const;

  /// From now on it is asked for on behalf of this client.
  void serve(const config::Profile& profile) { profile_ = profile; }

  /// What came before anybody knew whose it is is written now: an enrolment, once it is kept.
  void keep_for(const config::Profile& profile);

  [[nodiscard]] bool wants_key() const override;
  void asked() override { asked_ = true; }
  void keep(const protocol::v4::Welcome& welcome,
            const protocol::v4::KnockKeyGiven& given) override;
  void not_given(const Error& reason) override;

 private:
  void write(const config::KnockProfile& fresh, const config::Profile& profile);

  std::filesystem::path path_;
  Ask ask_;
  Warn warn_;
  std::optional<config::Profile> profile_;
  std::optional<config::KnockProfile> unwritten_;
  bool asked_ = false;
};

}  // namespace sesame::transfer
