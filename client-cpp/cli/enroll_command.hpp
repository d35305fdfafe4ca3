#pragma once

#include <optional>
#include <string>

#include "base/base64url.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"
#include "transfer/v4/enrol.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame enroll`.
class EnrollCommand {
 public:
  /// Adds the command to the program's.
  explicit EnrollCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  /// Which server, and by what right.
  struct Invitation {
    HostPort server;
    std::optional<crypto::Pin> pin;  // nothing: whoever answers is believed
    std::optional<Bytes32> token;    // nothing: open joining
  };

  Result<Invitation> invitation() const;
  /// Of a HOST alone: by its pin, or on first use.
  Result<Invitation> host(const std::string& text) const;
  Result<std::string> client_name() const;
  ExitCode join(const Invitation& invitation, const config::Places& places) const;
  /// Joins. Fails as transfer::v4::enrol.
  Result<transfer::v4::Greeting> ask_in(const Invitation& invitation,
                                        const transfer::v4::Endpoint& endpoint,
                                        const std::string& name) const;
  ExitCode keep(const transfer::v4::Greeting& greeting, const HostPort& server,
                const std::optional<config::Profile>& before, const transfer::EnrolmentStore& store,
                transfer::KnockKeyFile& keys) const;

  CLI::App* command_;

  std::string join_line_;
  std::string name_;
  std::string pin_;
  bool trust_ = false;
  bool no_wait_ = false;
  bool replace_ = false;
  bool new_key_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions knock_;
  OutputOptions output_;
};

}  // namespace sesame::cli
