#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/human_reporter.hpp"
#include "config/places.hpp"
#include "transfer/enrolment.hpp"
#include "transfer/v4/endpoint.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// --config.
class ConfigOption {
 public:
  void add_to(CLI::App& command);

  [[nodiscard]] Result<config::Places> places() const { return config::Places::find(folder_); }

 private:
  std::filesystem::path folder_;
};

/// Where the server is, and how long to wait for it; never who it is.
class ConnectionOptions {
 public:
  void add_to(CLI::App& command);
  /// For commands that do not speak with the transfer port.
  void add_place_to(CLI::App& command);
  /// For commands that move content.
  void add_rate_to(CLI::App& command);

  /// `enrolment` outlives what is given.
  [[nodiscard]] transfer::v4::Endpoint endpoint(const transfer::Enrolment& enrolment) const;
  /// The server that is named; nothing: that of the enrolment.
  [[nodiscard]] std::optional<HostPort> server() const;
  [[nodiscard]] net::Family family() const;
  [[nodiscard]] net::Duration timeout() const;

  /// To somebody who is not known yet.
  [[nodiscard]] transfer::v4::Endpoint endpoint(const HostPort& server,
                                                const crypto::TlsIdentity& identity) const;

 private:
  std::string server_;
  std::string port_;
  std::string bwlimit_;
  double timeout_seconds_ = 60;
  int retries_ = 10;
  bool v4_only_ = false;
  bool v6_only_ = false;
};

/// How much is said, and to whom.
class OutputOptions {
 public:
  void add_to(CLI::App& command);
  /// For commands that take their time.
  void add_progress_to(CLI::App& command);

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] Verbosity verbosity() const;
  /// On a terminal, or where it is asked for.
  [[nodiscard]] bool shows_progress() const;

 private:
  bool json_ = false;
  bool progress_ = false;
  bool quiet_ = false;
  bool verbose_ = false;
};

}  // namespace sesame::cli
