#include "cli/enroll_command.hpp"

#include <array>
#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "base/display.hpp"
#include "cli/approval_wait.hpp"
#include "cli/json_line.hpp"
#include "cli/put_session.hpp"
#include "cli/read_line.hpp"
#include "cli/usage_error.hpp"
#include "config/client_name.hpp"
#include "config/join_line.hpp"
#include "net/interrupt.hpp"
#include "protocol/v4/path.hpp"

namespace sesame::cli {
namespace {

constexpr std::uint16_t default_port = 1357;
constexpr std::size_t longest_join_line = 1024;

constexpr auto enroll_footer =
    R"(The join line is what 'sesamed enroll NAME' prints on the server. It holds the server's
pin, so that nobody else can answer in its place, and a token that works once, or, made with
--pattern, for many machines: hand it over in private. This makes a key of its own for the
client, in the configuration folder.

Where a server takes machines without a join line, HOST is enough, with --pin PIN, or with
--trust, which takes the pin of whoever answers this first time: compare it with what
'sesamed' says. Where its operator decides, this shows the fingerprint to compare and the line
to run there, and asks until there is an answer; --no-wait asks once.

With the gate of the server shut, --knock knocks with the join line itself. From then on this
client has a knock key of its own: 'sesame knock --help'.

--replace leaves the server (or the pin) of before; server.json is kept beside as
server.json.old. The client's key stays, unless --new-key.

Examples:
  sesame enroll 'sesame://files.example.org:1357/#TOKEN.PIN'
  sesame enroll - < join-line.txt
  sesame enroll --knock 'sesame://files.example.org:1357/#TOKEN.PIN'
  sesame enroll files.example.org --trust --name web-1
  sesame enroll files.example.org --pin PIN --no-wait

Exit codes: 0 enrolled, 1 other, 2 usage, 5 network fault, or the operator has not decided yet,
6 refused by the server, or denied, 7 the server is not the one that the pin names, 130 and 143
ended by a signal.)";

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  const std::string_view whole(name.data());
  return std::string(whole.substr(0, whole.find('.')));
}

}  // namespace

EnrollCommand::EnrollCommand(CLI::App& program)
    : command_(program.add_subcommand("enroll", "Join a server, which makes this client known")) {
  command_->footer(enroll_footer);
  command_
      ->add_option("join_line", join_line_, "sesame://HOST:PORT/#TOKEN.PIN; - reads it from stdin")
      ->option_text("JOINLINE|HOST[:PORT]")
      ->required();
  command_->add_flag("--trust", trust_, "Believe whoever answers at HOST, this first time");
  command_->add_option("--pin", pin_, "Who must answer at HOST: the server's pin")
      ->option_text("PIN");
  command_->add_flag("--no-wait", no_wait_,
                     "Where the operator has to decide: do not wait for it, end with 5");
  command_
      ->add_option("--name", name_,
                   "This client's name, where the join line gives none: letters, digits, . _ -")
      ->option_text("NAME (the host's)");
  command_->add_flag("--replace", replace_, "Leave the server that this client belongs to");
  command_->add_flag("--new-key", new_key_,
                     "Make a new key for this client; the old one is kept beside");
  connection_.add_to(*command_);
  knock_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool EnrollCommand::is_chosen() const {
  return command_->parsed();
}

Result<EnrollCommand::Invitation> EnrollCommand::invitation() const {
  std::string text = join_line_;
  if (text == "-") {
    const auto line = read_line(STDIN_FILENO, longest_join_line);
    if (!line) return line.error();
    text.assign(line->data(), line->size());
  }
  const bool is_address =
      text.find('/') == std::string::npos && text.find('#') == std::string::npos;
  if (!is_address || join_line_ == "-") {
    auto line = config::JoinLine::parse(text);
    if (!line) return line.error();
    if (trust_ || !pin_.empty()) {
      return usage_error("enroll", std::string(trust_ ? "--trust" : "--pin") +
                                       " is for a HOST alone; the join line names who must answer");
    }
    return Invitation{line->server, crypto::Pin{line->pin}, line->token};
  }
  return host(text);
}

Result<EnrollCommand::Invitation> EnrollCommand::host(const std::string& text) const {
  auto server = HostPort::parse(text);
  if (!server) server = HostPort::parse(text + ":" + std::to_string(default_port));
  if (!server) return server.error();
  if (!pin_.empty() && !trust_) {
    const auto pin = crypto::Pin::parse(pin_);
    if (!pin) return usage_error("enroll", "--pin is not a pin: 43 characters, as 'sesamed' says");
    return Invitation{*std::move(server), pin, std::nullopt};
  }
  if (!trust_ || !pin_.empty()) {
    return usage_error(
        "enroll",
        "a HOST alone does not say who must answer there: use a join line, --pin, or --trust to "
        "believe whoever answers this first time");
  }
  return Invitation{*std::move(server), std::nullopt, std::nullopt};
}

Result<std::string> EnrollCommand::client_name() const {
  if (name_.empty()) {
    std::string name = config::safe_client_name(host_name());
    return protocol::v4::is_safe_segment(name) ? name : "client-" + name;
  }
  if (const auto checked = config::check_own_name(name_); !checked) return checked.error();
  if (!protocol::v4::is_safe_segment(name_)) {
    return Error{ErrorCode::BadName,
                 "'" + escaped(name_) +
                     "' cannot be the name of a client: it becomes a folder, so no dot at its end "
                     "and no name of a device"};
  }
  return name_;
}

ExitCode EnrollCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto invited = invitation();
  if (!invited) return fail(invited.error(), output_);
  if (knock_.is_wanted() && !invited->token) {
    return fail(usage_error("enroll", "--knock is for a join line, whose token it knocks with"),
                output_);
  }
  return join(*invited, *places);
}

ExitCode EnrollCommand::join(const Invitation& invitation, const config::Places& places) const {
  const transfer::EnrolmentStore store(places.config);
  const auto before = store.profile();
  if (!before && !replace_) return fail(before.error(), output_);
  const auto known = before ? *before : std::nullopt;
  if (known && !replace_ && invitation.pin && invitation.pin->bytes != known->pin) {
    return fail(
        ExitCode::Usage,
        usage_error("enroll", "this client is enrolled with another server (" +
                                  known->server.to_string() + ", pin " + base64url(known->pin) +
                                  "), and this one has the pin " + invitation.pin->to_string() +
                                  "; --replace leaves that server, or takes its new pin"),
        output_);
  }
  const auto name = client_name();
  if (!name) return fail(ExitCode::Usage, name.error(), output_);

  net::Interrupt::install();
  // The key is on disk before anybody is told of it: a token works once.
  const auto identity = new_key_ ? store.waiting_identity(*name) : store.identity_or_new(*name);
  if (!identity) return fail(identity.error(), output_);
  auto endpoint = connection_.endpoint(invitation.server, *identity);
  endpoint.pin = invitation.pin;
  // Whom this client knows already is not believed on first use again.
  if (!endpoint.pin && known && !replace_) endpoint.pin = crypto::Pin{known->pin};
  auto keys = knock_keys(places, transfer::KnockKeyFile::Ask::Once);
  endpoint.knock_keeper = &keys;
  const auto greeting = ask_in(invitation, endpoint, *name);
  if (!greeting) {
    Error error = greeting.error();
    const bool refused = error.code == ErrorCode::BadName;
    if (error.code == ErrorCode::Revoked) error.message += "; --new-key joins with another key";
    return fail(refused ? ExitCode::Refused : exit_code(error), error, output_);
  }
  if (new_key_) {
    if (const auto adopted = store.adopt_waiting_identity(); !adopted) {
      return fail(adopted.error(), output_);
    }
  }
  return keep(*greeting, endpoint.server, known, store, keys);
}

Result<transfer::v4::Greeting> EnrollCommand::ask_in(const Invitation& invitation,
                                                     const transfer::v4::Endpoint& endpoint,
                                                     const std::string& name) const {
  const transfer::v4::JoinRequest request{invitation.token, name};
  if (!invitation.token) return ApprovalWait(output_, !no_wait_).join(endpoint, request);
  if (!knock_.is_wanted()) return transfer::v4::enrol(endpoint, request);
  const auto family = knock_.family(endpoint.family, "enroll");
  if (!family) return family.error();
  auto knocking = endpoint;
  knocking.family = *family;
  knocking.knocking = knock_.knocking(transfer::v4::KnockKey::of_join_line(*invitation.token), 0);
  return transfer::v4::enrol(knocking, request);
}

ExitCode EnrollCommand::keep(const transfer::v4::Greeting& greeting, const HostPort& server,
                             const std::optional<config::Profile>& before,
                             const transfer::EnrolmentStore& store,
                             transfer::KnockKeyFile& keys) const {
  const config::Profile profile{server, greeting.server_pin.bytes, greeting.welcome.client_id,
                                greeting.welcome.client_name, greeting.welcome.receipt_key};
  const bool same_server = before && before->pin == profile.pin;
  if (same_server && !replace_ && before->receipt_key != profile.receipt_key) {
    return fail(ExitCode::Identity,
                {ErrorCode::IdentityMismatch,
                 "the server has another receipt key (" + base64url(profile.receipt_key) +
                     ") than when this client was enrolled (" + base64url(before->receipt_key) +
                     "); if its operator says that it was changed, --replace takes the new one"},
                output_);
  }
  const bool already = same_server && before->client_id == profile.client_id;
  // What is left behind on purpose is kept, also where it could not be read.
  const auto kept = store.save(profile, replace_ && before != profile);
  if (!kept) return fail(kept.error(), output_);
  keys.keep_for(profile);

  if (output_.json()) {
    Json event{{"event", "enrolled"},
               {"already", already},
               {"client", profile.client_name},
               {"client_id", profile.client_id.to_hex()},
               {"server", profile.server.to_string()},
               {"pin", base64url(profile.pin)},
               {"receipt_key", base64url(profile.receipt_key)}};
    if (*kept) event["kept"] = (*kept)->native();
    print_json(event);
  } else if (output_.verbosity() > Verbosity::Quiet) {
    std::fprintf(stderr, "%s as '%s' with %s (pin %s)\n", already ? "already enrolled" : "enrolled",
                 escaped(profile.client_name).c_str(), profile.server.to_string().c_str(),
                 base64url(profile.pin).c_str());
    if (*kept) {
      std::fprintf(stderr, "what was there before is kept as %s\n",
                   escaped((*kept)->native()).c_str());
    }
  }
  return ExitCode::Done;
}

}  // namespace sesame::cli
