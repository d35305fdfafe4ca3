#pragma once

#include <string>

#include "cli/common_options.hpp"
#include "transfer/knock_key_file.hpp"

namespace sesame::cli {

/// Whether, and how, a command knocks at the gate of its server.
class KnockOptions {
 public:
  /// --knock, for commands that connect, and how.
  void add_to(CLI::App& command);
  /// How alone, for the command that knocks.
  void add_manner_to(CLI::App& command);

  [[nodiscard]] bool is_wanted() const { return wanted_; }

  /// How to knock with that key. `kept_port` is where the server said that it listens, 0 where it
  /// said nothing.
  [[nodiscard]] transfer::v4::Knocking knocking(const transfer::v4::KnockKey& key,
                                                std::uint16_t kept_port) const;
  [[nodiscard]] std::uint16_t port(std::uint16_t kept_port) const;

  /// Whoever has an address of one family is seen under it by servers of that family alone. Fails
  /// with Malformed, where -4 or -6 asks for the other.
  Result<net::Family> family(net::Family asked, const std::string& command) const;

  /// Where an enrolled client connects; it knocks if that is wanted, and is given its key if it has
  /// none. `enrolment` and `keys` outlive what is given. Fails as KnockKeyFile::need.
  Result<transfer::v4::Endpoint> endpoint(const std::string& command,
                                          const ConnectionOptions& connection,
                                          const transfer::Enrolment& enrolment,
                                          transfer::KnockKeyFile& keys) const;

 private:
  bool wanted_ = false;
  std::string port_;
  std::string from_;
  bool any_source_ = false;
};

/// The keys of a configuration folder. What goes wrong with them is said on stderr.
[[nodiscard]] transfer::KnockKeyFile knock_keys(
    const config::Places& places,
    transfer::KnockKeyFile::Ask ask = transfer::KnockKeyFile::Ask::IfMissing);

}  // namespace sesame::cli
