#include "transfer/v4/recover.hpp"

#include <algorithm>
#include <array>

#include "transfer/v4/broken_protocol.hpp"
#include "transfer/v4/server_check.hpp"

namespace sesame::transfer::v4 {

using net::Clock;
namespace {

constexpr std::string_view recovery_alpn = "sesame-recover/1";
constexpr std::size_t longest_recovery_answer = 1024;
constexpr std::array known_statuses{200, 401, 404, 429};

/// `200 what happened`, without its end.
Result<RecoveryAnswer> parse_recovery_answer(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  for (const int status : known_statuses) {
    const std::string start = std::to_string(status);
    if (line.starts_with(start + " ") || line == start) {
      return RecoveryAnswer{status, std::string(line)};
    }
  }
  return broken_protocol("its answer to a recovery PIN is none");
}

Status send_line(net::TlsConnection& connection, const SecretText& pin,
                 Clock::time_point deadline) {
  SecretText line = pin;
  line.push_back('\n');
  const auto taken = connection.send(bytes_of({line.data(), line.size()}));
  if (!taken) return taken.error();
  while (true) {
    if (const auto flushed = connection.flush(); !flushed) return flushed;
    if (!connection.has_unsent()) return {};
    const auto ready = connection.wait(net::TlsConnection::Interest::ReadOrWrite, deadline);
    if (!ready) return ready.error();
  }
}

Result<std::string> receive_line(net::TlsConnection& connection, Clock::time_point deadline) {
  std::string line;
  while (line.size() < longest_recovery_answer && !line.ends_with('\n')) {
    std::array<std::byte, longest_recovery_answer> buffer{};
    const auto received = connection.receive(buffer);
    // The end of the stream ends the line, too.
    if (!received && !line.empty()) break;
    if (!received) return received.error();
    line += text_of(ByteView(buffer).first(*received));
    if (*received > 0) continue;
    const auto ready = connection.wait(net::TlsConnection::Interest::Read, deadline);
    if (!ready) return ready.error();
  }
  return line;
}

}  // namespace

Result<RecoveryAnswer> recover(const HostPort& server, const crypto::Pin& server_pin,
                               net::Family family, net::Duration timeout, const SecretText& pin) {
  const auto deadline = Clock::now() + timeout;
  auto connection = net::connect(server, family, timeout);
  if (!connection) return connection.error();
  crypto::Pin seen;
  net::TlsSettings settings;
  settings.alpn = recovery_alpn;
  settings.check_peer = expect_server(server, server_pin, seen);
  auto secured = net::TlsConnection::handshake(*std::move(connection), settings, deadline);
  if (!secured) return secured.error();
  if (const auto sent = send_line(*secured, pin, deadline); !sent) return sent.error();
  const auto line = receive_line(*secured, deadline);
  if (!line) return line.error();
  secured->say_goodbye();
  return parse_recovery_answer(*line);
}

}  // namespace sesame::transfer::v4
