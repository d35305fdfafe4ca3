#include "cli/knock_options.hpp"

#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/checks.hpp"
#include "cli/usage_error.hpp"

namespace sesame::cli {

using transfer::v4::Endpoint;
using transfer::v4::Knocking;

void KnockOptions::add_to(CLI::App& command) {
  auto* knock = command.add_flag("--knock", wanted_,
                                 "Knock before each connection: the gate of the server is shut");
  add_manner_to(command);
  for (const char* name : {"--knock-port", "--from", "--any-source"})
    command.get_option(name)->needs(knock);
}

void KnockOptions::add_manner_to(CLI::App& command) {
  command.add_option("--knock-port", port_, "Where the server waits for knocks")
      ->option_text("N (as it said, or 6257)")
      ->check(check_port);
  auto* from =
      command.add_option("--from", from_, "The address that the server sees, if it is another")
          ->option_text("ADDRESS")
          ->check(check_address);
  command.add_flag("--any-source", any_source_, "Let in whatever address the knock comes from")
      ->excludes(from);
}

std::uint16_t KnockOptions::port(std::uint16_t kept_port) const {
  if (!port_.empty()) return *parse_port(port_);
  return kept_port == 0 ? transfer::v4::default_knock_port : kept_port;
}

Knocking KnockOptions::knocking(const transfer::v4::KnockKey& key, std::uint16_t kept_port) const {
  Knocking knocking;
  knocking.key = key;
  knocking.port = port(kept_port);
  if (!from_.empty()) knocking.from = net::IpAddress::parse(from_);
  knocking.any_source = any_source_;
  return knocking;
}

Result<net::Family> KnockOptions::family(net::Family asked, const std::string& command) const {
  if (from_.empty()) return asked;
  const auto own = net::IpAddress::parse(from_)->is_v4() ? net::Family::V4 : net::Family::V6;
  if (asked != net::Family::Any && asked != own) {
    return usage_error(command,
                       "the address of --from is none of the family that -4 or -6 asks for");
  }
  return own;
}

Result<Endpoint> KnockOptions::endpoint(const std::string& command,
                                        const ConnectionOptions& connection,
                                        const transfer::Enrolment& enrolment,
                                        transfer::KnockKeyFile& keys) const {
  const auto& profile = enrolment.profile;
  Endpoint endpoint = connection.endpoint(enrolment);
  keys.serve(profile);
  endpoint.knock_keeper = &keys;
  if (!wanted_) return endpoint;
  const auto kept = keys.need(profile);
  if (!kept) return kept.error();
  const auto possible = family(endpoint.family, command);
  if (!possible) return possible.error();
  endpoint.family = *possible;
  endpoint.knocking = knocking({profile.client_id, kept->key}, kept->port);
  return endpoint;
}

transfer::KnockKeyFile knock_keys(const config::Places& places, transfer::KnockKeyFile::Ask ask) {
  return {places.config, ask, [](const Error& fault) {
            std::fprintf(stderr, "sesame: warning: %s\n", fault.message.c_str());
          }};
}

}  // namespace sesame::cli
