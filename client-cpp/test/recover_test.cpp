#include "transfer/v4/recover.hpp"

#include <csignal>

#include <doctest/doctest.h>

#include "cli/recover_command.hpp"
#include "recovery_server.hpp"

namespace sesame::transfer::v4 {
namespace {

using namespace test;

SecretText secret(std::string_view text) {
  return {text.begin(), text.end()};
}

Result<RecoveryAnswer> recover_at(const RecoveryServer& server, const crypto::Pin& pin) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  return recover(server.address(), pin, net::Family::Any, std::chrono::seconds(5),
                 secret("12345678"));
}

}  // namespace

TEST_CASE("recover: the PIN on a line of its own, and what the server says to it") {
  struct Row {
    const char* line;
    int status;
    const char* text;
  };
  for (const auto& [line, status, text] :
       {Row{"200 192.0.2.7 is free again\n", 200, "200 192.0.2.7 is free again"},
        Row{"401 wrong\r\n", 401, "401 wrong"},
        Row{"404 nothing is blocked", 404, "404 nothing is blocked"},
        Row{"429 again in 3 min\n", 429, "429 again in 3 min"}, Row{"200\n", 200, "200"}}) {
    CAPTURE(line);
    RecoveryServer server(line);
    const auto answer = recover_at(server, server.pin());
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->text == text);
    CHECK(server.heard() == "12345678\n");
  }
}

TEST_CASE("recover: an answer that is none is a breach of the protocol") {
  for (const std::string& line :
       {std::string("\n"), std::string("2000 x\n"), std::string("500 x\n"),
        std::string("HTTP/1.1 200 OK\r\n"), std::string(5000, 'x')}) {
    CAPTURE(line.substr(0, 20));
    RecoveryServer server(line);
    const auto answer = recover_at(server, server.pin());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::UnexpectedResponse);
  }
}

TEST_CASE("recover: a server that closes without a word lost the connection") {
  RecoveryServer server("");
  const auto answer = recover_at(server, server.pin());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::ConnectionLost);
}

TEST_CASE("recover: no other server than the one that the pin names hears the PIN") {
  RecoveryServer server("200 thank you\n");
  const auto answer = recover_at(server, crypto::TlsIdentity::generate("other").pin());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::IdentityMismatch);
  CHECK(server.heard().empty());
}

TEST_CASE("recover: nor one that does not speak this protocol") {
  RecoveryServer server("200 thank you\n", "sesame/4");
  const auto answer = recover_at(server, server.pin());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::IdentityMismatch);
  CHECK(server.heard().empty());
}

TEST_CASE("recover: where nobody listens, that is a network fault") {
  HostPort nowhere{"127.0.0.1", 0};
  {
    const KnockDoor door(SOCK_STREAM);
    nowhere.port = door.port();
  }
  const auto answer =
      recover(nowhere, {}, net::Family::Any, std::chrono::seconds(5), secret("12345678"));
  REQUIRE_FALSE(answer);
  CHECK(is_network_fault(answer.error().code));
}

TEST_CASE("recover: eight digits, and nothing else, are sent as a PIN") {
  for (const char* line : {"12345678", " 12345678\r", "\t12345678 "}) {
    const auto pin = cli::parse_recovery_pin(secret(line));
    REQUIRE(pin);
    CHECK(*pin == secret("12345678"));
  }
  for (const char* line :
       {"", " ", "1234567", "123456789", "1234 5678", "1234567x", "-1234567", "12345678\x01"}) {
    CAPTURE(line);
    CHECK(cli::parse_recovery_pin(secret(line)).error().code == ErrorCode::Malformed);
  }
}

}  // namespace sesame::transfer::v4
