#include "cli/knock_command.hpp"

#include <cstdio>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/checks.hpp"
#include "cli/json_line.hpp"
#include "cli/put_session.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

using net::IpAddress;
using transfer::v4::KnockAction;

constexpr auto knock_footer =
    R"(A server whose gate is shut answers nobody, until somebody knocks who has a key of it. Then
it lets in the address that knocked, for half a minute unless its operator wants it otherwise;
connections made in that time go on for as long as they like.

A client gets its knock key from its server with 'sesame enroll', or the next time that it
connects. A new machine knocks with its join line: sesame enroll --knock JOINLINE

  sesame knock open && sesame put report.pdf
  sesame put --knock report.pdf        knocks by itself, before each connection
  sesame knock recover                 when the server has blocked this address)";

constexpr auto open_footer =
    R"(Knocks at every address that the name of the server has. No answer ever comes, whatever the
server thinks of it: what tells is whether a connection gets through. What makes a knock fail:
a clock that is off by more than a minute, a firewall on the way to the knock port, and NAT.

A knock names the address that it comes from. Behind NAT the server sees another one than this
machine has: --from names it. --any-source lets in whatever address the knock comes from; not
every server takes that.

--word says a word in place of a knock, for servers that take one (gate.words). Whoever
listens on the way can say it, too.

Examples:
  sesame knock open
  sesame knock open --from 203.0.113.9
  sesame knock open --word open_sesame

Exit codes: 0 knocked (which says nothing of the gate), 1 no knock key, 2 usage, 3 not enrolled,
5 nothing could be sent, 7 knock.json is open to others, 130 and 143 ended by a signal.)";

constexpr auto close_footer =
    R"(Shuts the gate again for the address that knocked, at once. Connections that stand go on.
All else is as with 'sesame knock open --help'.)";

const char* name_of(KnockAction action) {
  return action == KnockAction::Open ? "open" : "close";
}

/// The server sees another address than this machine has.
bool is_behind_nat(const IpAddress& source, const net::Address& server) {
  const auto to = IpAddress::of(server);
  return source.is_private() && !to.is_private() && !to.is_loopback();
}

}  // namespace

KnockCommand::KnockCommand(CLI::App& program)
    : command_(program.add_subcommand("knock", "Knock at the gate of a server that is shut")),
      open_(add("open", "Let this address in", open_footer)),
      close_(add("close", "Shut the gate for this address", close_footer)),
      recover_(*command_) {
  command_->footer(knock_footer);
  command_->require_subcommand(1);
}

CLI::App* KnockCommand::add(const char* name, const char* description, const char* footer) {
  CLI::App* const command = command_->add_subcommand(name, description);
  command->footer(footer);
  connection_.add_place_to(*command);
  manner_.add_manner_to(*command);
  auto* tcp =
      command->add_flag("--tcp", over_tcp_, "Knock over TCP, where UDP does not get through");
  command->add_option("--word", word_, "Say this word over TCP, in place of a knock")
      ->option_text("WORD")
      ->check(check_word)
      ->excludes(tcp)
      ->excludes("--from")
      ->excludes("--any-source");
  config_.add_to(*command);
  output_.add_to(*command);
  return command;
}

bool KnockCommand::is_chosen() const {
  return command_->parsed();
}

bool KnockCommand::closes() const {
  return close_->parsed();
}

Result<KnockCommand::Door> KnockCommand::door_for_word(const config::Places& places) const {
  if (const auto named = connection_.server()) {
    return Door{{named->host, manner_.port(0)}, {}};
  }
  const auto enrolment = transfer::EnrolmentStore(places.config).load();
  if (!enrolment) return enrolment.error();
  const auto kept = knock_keys(places).find(enrolment->profile);
  const std::uint16_t port = kept && kept->has_value() ? (*kept)->port : 0;
  return Door{{enrolment->profile.server.host, manner_.port(port)}, {}};
}

Result<KnockCommand::Door> KnockCommand::door() const {
  const auto places = config_.places();
  if (!places) return places.error();
  if (!word_.empty()) return door_for_word(*places);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return enrolment.error();
  const auto& profile = enrolment->profile;
  const auto kept = knock_keys(*places).need(profile);
  if (!kept) return kept.error();
  Door door;
  door.knocking = manner_.knocking({profile.client_id, kept->key}, kept->port);
  door.knocking.over_tcp = over_tcp_;
  door.knocking.timeout = connection_.timeout();
  door.server = {connection_.server().value_or(profile.server).host, door.knocking.port};
  return door;
}

Result<std::vector<net::Address>> KnockCommand::addresses(const Door& door) const {
  const auto family = manner_.family(connection_.family(), "knock open");
  if (!family) return family.error();
  return net::resolve(door.server, *family, net::Clock::now() + connection_.timeout());
}

Status KnockCommand::knock(const Door& door, const net::Address& server) const {
  const auto action = closes() ? KnockAction::Close : KnockAction::Open;
  const auto source = door.knocking.knock(action, server);
  if (!source) return source.error();
  const bool nat = !door.knocking.from && is_behind_nat(*source, server);
  const std::string from =
      source->is_unspecified() ? "wherever it comes from" : source->to_string();
  if (output_.json()) {
    print_json({{"event", "knock"},
                {"action", name_of(action)},
                {"to", net::to_string(server)},
                {"over", over_tcp_ ? "tcp" : "udp"},
                {"from", source->is_unspecified() ? Json(nullptr) : Json(from)},
                {"nat_likely", nat}});
  } else if (output_.verbosity() > Verbosity::Quiet) {
    std::fprintf(stderr, "knocked at %s (%s): %s for %s\n", net::to_string(server).c_str(),
                 over_tcp_ ? "TCP" : "UDP", name_of(action), from.c_str());
  }
  if (nat && (output_.json() || output_.verbosity() > Verbosity::Quiet)) {
    std::fprintf(stderr,
                 "sesame: warning: %s is an address of a private network: behind NAT the server "
                 "sees another, and such a knock opens nothing; --from ADDRESS names the one that "
                 "it sees\n",
                 from.c_str());
  }
  return {};
}

Status KnockCommand::say(const net::Address& server) const {
  const auto answer = transfer::v4::say_knock_word(word_, server, connection_.timeout());
  if (!answer) return answer.error();
  if (output_.json()) {
    print_json({{"event", "word"},
                {"to", net::to_string(server)},
                {"answer", answer->empty() ? Json(nullptr) : Json(*answer)}});
    return {};
  }
  if (output_.verbosity() > Verbosity::Quiet) {
    std::fprintf(stderr, "said the word to %s (TCP)%s\n", net::to_string(server).c_str(),
                 answer->empty() ? "; no answer" : "");
  }
  if (!answer->empty()) std::printf("%s\n", escaped(*answer).c_str());
  return {};
}

ExitCode KnockCommand::run() const {
  if (recover_.is_chosen()) return recover_.run();
  const auto there = door();
  if (!there) return fail(there.error(), output_);
  net::Interrupt::install();
  const auto found = addresses(*there);
  if (!found) return fail(found.error(), output_);

  std::optional<Error> failure;
  std::size_t knocks = 0;
  for (const net::Address& server : *found) {
    const auto done = word_.empty() ? knock(*there, server) : say(server);
    knocks += done ? 1 : 0;
    if (done) continue;
    failure = done.error();
    if (failure->code == ErrorCode::Interrupted) break;
    if (output_.verbosity() == Verbosity::Verbose) {
      std::fprintf(stderr, "%s\n", failure->message.c_str());
    }
  }
  const bool interrupted = failure && failure->code == ErrorCode::Interrupted;
  if (failure && (knocks == 0 || interrupted)) return fail(*failure, output_);
  if (output_.json()) {
    print_json({{"event", "summary"}, {"knocks", knocks}, {"exit", 0}});
  } else if (output_.verbosity() > Verbosity::Quiet && word_.empty()) {
    std::fprintf(stderr, "a gate never answers: %s\n",
                 closes() ? "nothing new gets in now, if it took this"
                          : "whether it opened, a connection made now tells");
  }
  return ExitCode::Done;
}

}  // namespace sesame::cli
