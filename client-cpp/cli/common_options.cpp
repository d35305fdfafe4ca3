#include "cli/common_options.hpp"

#include <chrono>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "cli/checks.hpp"
#include "cli/units.hpp"

namespace sesame::cli {

void ConfigOption::add_to(CLI::App& command) {
  command.add_option("--config", folder_, "Where keys and server.json are")
      ->option_text("DIR ($XDG_CONFIG_HOME/sesame)");
}

void ConnectionOptions::add_to(CLI::App& command) {
  add_place_to(command);
  command.add_option("--port", port_, "Connect to this port; who must answer stays the same")
      ->option_text("N")
      ->check(check_port);
  command.add_option("--retries", retries_, "How often a network fault is tried again")
      ->option_text("N (10)")
      ->check(CLI::Range(0, 1'000'000));
}

void ConnectionOptions::add_place_to(CLI::App& command) {
  command.add_option("--server", server_, "Connect there; who must answer stays the same")
      ->option_text("HOST:PORT")
      ->check(check_server);
  auto* v4 = command.add_flag("-4", v4_only_, "Use IPv4 alone");
  command.add_flag("-6", v6_only_, "Use IPv6 alone")->excludes(v4);
  command.add_option("--timeout", timeout_seconds_, "How long to wait for the server")
      ->option_text("SECONDS (60)")
      ->check(CLI::Range(0.1, 1e6));
}

void ConnectionOptions::add_rate_to(CLI::App& command) {
  command.add_option("--bwlimit", bwlimit_, "Move no more bytes a second (K, M, G)")
      ->option_text("RATE")
      ->check(check_rate);
}

std::optional<HostPort> ConnectionOptions::server() const {
  if (server_.empty()) return std::nullopt;
  return *HostPort::parse(server_);
}

net::Family ConnectionOptions::family() const {
  return v4_only_ ? net::Family::V4 : v6_only_ ? net::Family::V6 : net::Family::Any;
}

net::Duration ConnectionOptions::timeout() const {
  return std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(timeout_seconds_));
}

transfer::v4::Endpoint ConnectionOptions::endpoint(const HostPort& server,
                                                   const crypto::TlsIdentity& identity) const {
  transfer::v4::Endpoint endpoint;
  endpoint.server = this->server().value_or(server);
  if (!port_.empty()) endpoint.server.port = *parse_port(port_);
  endpoint.family = family();
  endpoint.timeout = timeout();
  endpoint.identity = &identity;
  endpoint.bytes_per_second = parse_rate(bwlimit_);
  endpoint.retries = retries_;
  return endpoint;
}

transfer::v4::Endpoint ConnectionOptions::endpoint(const transfer::Enrolment& enrolment) const {
  auto endpoint = this->endpoint(enrolment.profile.server, enrolment.identity);
  endpoint.pin = enrolment.server_pin();
  endpoint.client_id = enrolment.profile.client_id;
  return endpoint;
}

void OutputOptions::add_to(CLI::App& command) {
  command.add_flag("--json", json_, "Tell what happens as JSON, one event a line, on stdout");
  auto* quiet = command.add_flag("-q,--quiet", quiet_, "Say only what goes wrong");
  command.add_flag("-v,--verbose", verbose_, "Say more")->excludes(quiet);
}

void OutputOptions::add_progress_to(CLI::App& command) {
  command.add_flag("--progress", progress_, "Show progress even when stderr is no terminal");
}

Verbosity OutputOptions::verbosity() const {
  return quiet_ || json_ ? Verbosity::Quiet : verbose_ ? Verbosity::Verbose : Verbosity::Normal;
}

bool OutputOptions::shows_progress() const {
  return !quiet_ && (progress_ || (!json_ && ::isatty(STDERR_FILENO) == 1));
}

}  // namespace sesame::cli
