#include "transfer/send_run.hpp"

#include <doctest/doctest.h>

#include "cli/exit_code.hpp"
#include "scripted_server.hpp"
#include "temporary_folder.hpp"
#include "vectors.hpp"

namespace sesame::transfer {
namespace {

using namespace test;

/// Keeps what it is told as words, to compare.
class RecordingReporter : public Reporter {
 public:
  void registered(const std::string&,
                  const std::optional<std::filesystem::path>& kept_me_info) override {
    told += kept_me_info ? "registered-again " : "registered ";
  }
  void reconnected(const std::string&) override { told += "reconnected "; }
  void file_started(const std::string&, std::uint64_t, int) override {}
  void file_progress(std::uint64_t, std::uint64_t) override {}
  void crc_differs(const CrcDifference& d) override {
    told += "differs-" + std::to_string(d.send) + " ";
  }
  void file_finished(const FileOutcome& outcome) override {
    told += outcome.name + ":" +
            (outcome.failure ? std::string(to_string(outcome.failure->code)) : "ok") + " ";
  }
  void retrying(const Retry& retry) override {
    told += "retry-" + std::string(to_string(retry.reason.code)) + " ";
  }
  void stopped(const Error& reason) override {
    told += "stopped-" + std::string(to_string(reason.code)) + " ";
  }

  std::string told;
};

struct Ran {
  SendSummary summary;
  std::string told;
  std::string heard;  // codes; | is a new connection
};

/// One client with its folder, for one run after the other against servers with a script.
class Client {
 public:
  Client() {
    folder.write("a", "hello, wire facts!\n");
    folder.write("b", std::string(1'000'000, 'b'));
    options.client_name = "alice";
    options.files = {"a"};
    options.folder = folder.path();
    options.me_info = folder / "me.info";
    options.link.timeout = std::chrono::seconds(5);
    options.retries = 0;
  }

  Ran run(std::vector<Step> script) {
    ScriptedServer server(std::move(script));
    server.public_key = public_key;
    options.link.server = {"127.0.0.1", server.port()};
    RecordingReporter reporter;
    Ran ran{SendRun(options, reporter).run(), reporter.told, ""};
    for (const int code : server.heard())
      ran.heard += code == 0 ? "|" : std::to_string(code) + " ";
    if (!server.public_key.empty()) public_key = server.public_key;
    return ran;
  }

  /// A run that leaves a me.info.
  void enroll() {
    REQUIRE(run({registers(), sends_key(), sends_file(), answered(1029, 2104)}).summary.failed() ==
            0);
  }

  TemporaryFolder folder;
  SendOptions options;
  Bytes public_key;
};

}  // namespace

TEST_CASE("a new client registers, the next run reconnects") {
  Client client;
  const auto first = client.run({registers(), sends_key(), sends_file(), answered(1029, 2104, 16)});
  CHECK(first.told == "registered a:ok ");
  CHECK(first.heard == "|1025 1026 1028 1029 ");
  const auto second = client.run({reconnects(), sends_file(), answered(1029, 2104, 0)});
  CHECK(second.told == "reconnected a:ok ");
  CHECK(second.heard == "|1027 1028 1029 ");
}

TEST_CASE("a refused reconnect registers again and keeps the old me.info") {
  Client client;
  client.enroll();
  const auto before = read_text(client.folder / "me.info");
  for (const std::size_t payload : {0u, 16u}) {
    CHECK(client
              .run({answered(1027, 2106, payload), registers(), sends_key(), sends_file(),
                    answered(1029, 2104)})
              .told == "registered-again a:ok ");
  }
  CHECK(read_text(client.folder / "me.info.old") == before);
  CHECK(std::filesystem::exists(client.folder / "me.info.old-2"));
}

TEST_CASE("a run that was cut off before its key exchange is taken up again") {
  Client client;
  CHECK(client.run({registers(), closing(unanswered(1026)), unanswered(1026, Then::Close)}).told ==
        "registered a:connection-lost stopped-connection-lost ");
  const auto me_info = read_text(client.folder / "me.info");

  const auto next = client.run({answered(1027, 2106), answered(1025, 2101), sends_key(),
                                sends_file(), answered(1029, 2104)});
  CHECK(next.told == "a:ok ");
  CHECK(read_text(client.folder / "me.info") == me_info);
}

TEST_CASE("a name that is taken ends the run") {
  Client client;
  client.options.files = {"a", "b"};
  auto ran = client.run({answered(1025, 2101)});
  CHECK(ran.told == "a:name-taken b:name-taken stopped-name-taken ");
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::Refused);
  client.options.files = {"a"};
  client.enroll();
  ran = client.run({answered(1027, 2106), answered(1025, 2101), answered(1026, 2107)});
  CHECK(ran.told == "a:name-taken stopped-name-taken ");
}

TEST_CASE("a general error while registering ends the run") {
  Client client;
  CHECK(client.run({answered(1025, 2107)}).told == "a:refused stopped-refused ");
  CHECK(client.run({registers(), answered(1026, 2107)}).told ==
        "registered a:refused stopped-refused ");
}

TEST_CASE("a wrong CRC is sent again, whether the server replies to the 1030 or not") {
  Client client;
  client.enroll();
  client.options.files = {"a", "b"};
  for (const bool replies : {true, false}) {
    const Step wrong = replies ? answered(1030, 2104, 16) : unanswered(1030);
    const auto ran = client.run({reconnects(), sends_file_in_vain(), wrong, sends_file_in_vain(),
                                 wrong, sends_file(), answered(1029, 2104), sends_file_in_vain(),
                                 wrong, sends_file(), answered(1029, 2104)});
    CHECK(ran.told == "reconnected differs-1 differs-2 a:ok differs-1 b:ok ");
    CHECK(ran.heard == "|1027 1028 1030 1028 1030 1028 1029 1028 1030 1028 1029 ");
  }
}

TEST_CASE("after four wrong CRCs the file is given up, and the next one goes on") {
  Client client;
  client.enroll();
  client.options.files = {"a", "b"};
  const Step wrong = answered(1030, 2104);
  const auto ran = client.run({reconnects(), sends_file_in_vain(), wrong, sends_file_in_vain(),
                               wrong, sends_file_in_vain(), wrong, sends_file_in_vain(),
                               answered(1031, 2104), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "reconnected differs-1 differs-2 differs-3 differs-4 a:crc-differs b:ok ");
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::SomeFailed);
}

TEST_CASE("a refused file does not keep the next from its turn") {
  Client client;
  client.enroll();
  client.options.files = {"a", "b"};
  auto ran = client.run({reconnects(), answered(1028, 2107), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "reconnected a:refused b:ok ");
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::SomeFailed);
  ran = client.run({reconnects(), answered(1028, 2107), answered(1028, 2107)});
  CHECK(ran.told == "reconnected a:refused b:refused ");
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::Refused);
}

TEST_CASE("a refusal that closes the connection is followed by a new one") {
  Client client;
  client.enroll();
  client.options.files = {"a", "b"};
  const auto ran =
      client.run({reconnects(), closing(answered(1028, 2107)), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "reconnected a:refused b:ok ");
}

TEST_CASE("a server that closes after each answer is no fault") {
  Client client;
  client.options.files = {"a", "b"};
  const auto ran =
      client.run({closing(registers()), closing(sends_key()), closing(sends_file_in_vain()),
                  closing(unanswered(1030)), closing(sends_file()), closing(answered(1029, 2104)),
                  closing(sends_file()), closing(answered(1029, 2104))});
  CHECK(ran.told == "registered differs-1 a:ok b:ok ");
  CHECK(ran.heard == "|1025 |1026 |1028 |1030 |1028 |1029 |1028 |1029 ");
}

TEST_CASE("with a connection per request each request has its own") {
  Client client;
  client.options.link.connection_per_request = true;
  const auto ran = client.run({registers(), sends_key(), sends_file_in_vain(), answered(1030, 2104),
                               sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "registered differs-1 a:ok ");
  CHECK(ran.heard == "|1025 |1026 |1028 |1030 |1028 |1029 ");
}

TEST_CASE("a broken connection is tried again from the reconnect on") {
  Client client;
  client.enroll();
  client.options.retries = 1;
  client.options.files = {"a", "b"};
  const auto ran =
      client.run({reconnects(), sends_file(), answered(1029, 2104), closing(unanswered(1028)),
                  reconnects(), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "reconnected a:ok retry-connection-lost reconnected b:ok ");
}

TEST_CASE("a connection that breaks while the file is being confirmed costs no file") {
  Client client;
  client.enroll();
  client.options.retries = 1;
  // The first 1029 was taken, so the second is refused: the file is sent again to be sure.
  const auto ran =
      client.run({reconnects(), sends_file(), closing(unanswered(1029)), answered(1029, 2107),
                  reconnects(), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "reconnected retry-connection-lost reconnected a:ok ");
}

TEST_CASE("when the retries are used up, nothing that is left is acknowledged") {
  Client client;
  client.options.files = {"a", "b"};
  client.options.link.server = {"127.0.0.1", 1};
  RecordingReporter reporter;
  const auto summary = SendRun(client.options, reporter).run();
  CHECK(reporter.told == "a:connect b:connect stopped-connect ");
  CHECK(summary.acknowledged == 0);
  CHECK(cli::exit_code(summary) == cli::ExitCode::NetworkFault);
}

TEST_CASE("a 2103 about another client, size or name breaks the protocol") {
  Client client;
  client.enroll();
  const std::pair<std::size_t, const char*> fields[] = {
      {0, "wrong-client"}, {16, "wrong-echo"}, {20, "wrong-echo"}};
  for (const auto& [offset, code] : fields) {
    const auto ran = client.run({reconnects(), sends_file_answered(offset, std::byte{0x7F})});
    CHECK(ran.summary.stopped_by.has_value());
    CHECK(to_string(ran.summary.stopped_by->code) == code);
    CHECK(cli::exit_code(ran.summary) == cli::ExitCode::Other);
  }
}

TEST_CASE("an answer that does not belong here breaks the protocol") {
  Client client;
  for (const std::uint16_t code : {std::uint16_t{2104}, std::uint16_t{2106}}) {
    CHECK(client.run({answered(1025, code)}).told ==
          "a:unexpected-response stopped-unexpected-response ");
  }
  CHECK(client.run({answered(1025, 2100, 0)}).told ==
        "a:bad-payload-size stopped-bad-payload-size ");
}

TEST_CASE("files that cannot be sent do not keep the others") {
  Client client;
  client.options.files = {"none", std::string(255, 'n'), "a"};
  const auto ran = client.run({registers(), sends_key(), sends_file(), answered(1029, 2104)});
  CHECK(ran.told == "none:not-found " + std::string(255, 'n') + ":bad-name registered a:ok ");
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::SomeFailed);
}

TEST_CASE("a me.info of another client ends the run before anything is said") {
  Client client;
  client.enroll();
  client.options.client_name = "bob";
  const auto ran = client.run({});
  CHECK(ran.told == "a:identity-mismatch stopped-identity-mismatch ");
  CHECK(ran.heard.empty());
  CHECK(cli::exit_code(ran.summary) == cli::ExitCode::Identity);
}

}  // namespace sesame::transfer
