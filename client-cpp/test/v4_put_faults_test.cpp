#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "v4_client.hpp"
#include "vectors.hpp"

namespace sesame::transfer::v4 {
namespace {

using namespace test;
using What = V4Server::Fault::What;

std::uint32_t stream_of(const V4Frame& frame) {
  std::uint32_t stream = 0;
  for (std::size_t i = 4; i-- > 0;)
    stream = stream << 8 | std::to_integer<std::uint32_t>(frame.payload[i]);
  return stream;
}

}  // namespace

TEST_CASE("v4: a cut anywhere is resumed, with no more sent again than was in flight") {
  for (const int cut_at : {1101, 1103, 1104, 1105, 1106}) {
    for (const auto how : {What::Cut, What::CutBeforeAnswer}) {
      CAPTURE(cut_at);
      CAPTURE(static_cast<int>(how));
      V4Server server;
      server.store.window = 1 << 20;
      int left = cut_at == 1104 ? 3 : 1;  // in the middle of the content
      server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
        if (frame.code == cut_at && left > 0 && --left == 0) return {how};
        return {};
      };
      V4Client client;
      const std::string large = varied(5'000'000);
      const auto ran = client.put(server, {client.file("s", "small"), client.file("l", large)});
      CHECK(ran.summary.complete());
      CHECK(ran.told.retries == "connection-lost ");
      CHECK(server.stored("l") == large);
      CHECK(server.stored("s") == "small");
      CHECK(server.store.versions_made == 2);
      CHECK(ran.summary.bytes_sent <= large.size() + 10 + server.store.window);
    }
  }
}

TEST_CASE("v4: progress resets the count of retries; without any the run stops") {
  V4Server server;
  V4Client client;
  client.retries = 1;
  int frames = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    return {frame.code == 1104 && ++frames % 6 == 0 ? What::Cut : What::None};
  };
  const auto ran = client.put(server, {client.file("l", varied(5'000'000))});
  CHECK(ran.summary.complete());
  CHECK(ran.told.connections >= 4);

  server.faults = [](const V4Frame& frame) -> V4Server::Fault {
    return {frame.code == 1104 ? What::Cut : What::None};
  };
  const auto stopped =
      client.put(server, {client.file("a", "a"), client.file("m", varied(100'000))});
  CHECK(stopped.told.sorted() == "a:ok m:connection-lost? ");
  REQUIRE(stopped.summary.stopped_by);
  CHECK(stopped.summary.stopped_by->code == ErrorCode::ConnectionLost);
  CHECK(stopped.summary.failed() == 1);
}

TEST_CASE("v4: a server of another key hears nothing") {
  V4Server server;
  V4Client client;
  client.pin = crypto::Pin{};
  const auto ran = client.put(server, {client.file("a", "a")});
  REQUIRE(ran.summary.stopped_by);
  CHECK(ran.summary.stopped_by->code == ErrorCode::IdentityMismatch);
  CHECK(ran.told.retries.empty());
  CHECK(server.bytes_received() == 0);
}

TEST_CASE("v4: a server without the ALPN hears nothing") {
  V4Server server("http/1.1");
  V4Client client;
  const auto ran = client.put(server, {client.file("a", "a")});
  REQUIRE(ran.summary.stopped_by);
  CHECK(ran.summary.stopped_by->code == ErrorCode::IdentityMismatch);
  CHECK(server.bytes_received() == 0);
}

TEST_CASE("v4: each refusal is final, tried again, or the end") {
  struct Row {
    std::uint16_t number;
    std::string small;  // what the small file is told
    bool stops;
  };
  const Row rows[] = {
      {9, "s:revoked?", true},       {4, "s:not-joined?", true},    {12, "s:refused!", false},
      {13, "s:refused!", false},     {14, "s:refused!", false},     {17, "s:refused!", false},
      {24, "s:refused!", false},     {999, "s:refused!", false},    {10, "s:unavailable!", false},
      {15, "s:unavailable!", false}, {16, "s:unavailable!", false}, {26, "s:unavailable!", false},
  };
  for (const auto& [number, small, stops] : rows) {
    CAPTURE(number);
    V4Server server;
    V4Client client;
    client.retries = 1;
    int refused = 0;
    server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
      if (frame.code != 1106) return {};
      ++refused;
      return {What::Answer, v4_refusal(stream_of(frame), number, "because")};
    };
    const auto ran = client.put(server, {client.file("s", "small")});
    CHECK(ran.told.sorted() == small + " ");
    CHECK(ran.summary.stopped_by.has_value() == stops);
    CHECK(ran.summary.refused == (stops ? 0 : 1));
    CHECK(refused == (small.starts_with("s:unavailable") ? 2 : 1));
  }
}

TEST_CASE("v4: what is refused for now is sent another time") {
  V4Server server;
  const V4Client client;
  int refusals = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    const bool refuse = (frame.code == 1103 || frame.code == 1106) && refusals++ < 2;
    if (!refuse) return {};
    return {What::Answer, v4_refusal(stream_of(frame), 10)};
  };
  const auto ran = client.put(server, {client.file("s", "s"), client.file("l", varied(100'000))});
  CHECK(ran.told.sorted() == "l:ok s:ok ");
  CHECK(ran.told.connections == 1);
}

TEST_CASE("v4: a refusal in the middle of the content ends that file alone") {
  V4Server server;
  const V4Client client;
  int frames = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != 1104 || ++frames != 3) return {};
    const auto stream = stream_of(frame);
    static_cast<void>(server.store.answer(
        {frame.client, 1107, Bytes(frame.payload.begin(), frame.payload.begin() + 5)}));
    return {What::Answer, v4_refusal(stream, 14)};
  };
  const auto ran =
      client.put(server, {client.file("l", varied(6'000'000)), client.file("m", varied(200'000))});
  CHECK(ran.summary.failed() == 1);
  CHECK(ran.summary.refused == 1);
  CHECK(ran.told.connections == 1);
}

TEST_CASE("v4: a wrong hash starts over, a few times") {
  V4Server server;
  const V4Client client;
  int wrong = 0;
  int most = 2;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != 1105 || wrong == most) return {};
    ++wrong;
    const auto stream = stream_of(frame);
    V4Frame cancel{frame.client, 1107, Bytes(frame.payload.begin(), frame.payload.begin() + 5)};
    cancel.payload[4] = std::byte{1};
    static_cast<void>(server.store.answer(cancel));
    return {What::Answer, v4_refusal(stream, 21)};
  };
  const auto ran = client.put(server, {client.file("l", varied(600'000))});
  CHECK(ran.told.sorted() == "l:ok l>hash-differs l>hash-differs ");
  most = 100;
  wrong = 0;
  const auto failed = client.put(server, {client.file("m", varied(600'000))});
  CHECK(failed.told.sorted() == "m:hash-differs! m>hash-differs m>hash-differs m>hash-differs ");
  CHECK(wrong == 4);
}

TEST_CASE("v4: receipts that lie end the run") {
  for (const int how : {0, 1, 2}) {
    CAPTURE(how);
    V4Server server;
    V4Client client;
    if (how == 2) client.put(server, {client.file("first", "1")});
    server.store.lies = how == 0;
    server.store.forges = how == 1;
    server.store.forks = how == 2;
    const auto ran = client.put(server, {client.file("a", "aaa")});
    REQUIRE(ran.summary.stopped_by);
    CHECK(ran.summary.stopped_by->code ==
          (how == 1 ? ErrorCode::BadSignature : ErrorCode::BadReceipt));
    CHECK(ran.summary.acknowledged == 0);
    CHECK(ran.sink.receipts.empty());
    CHECK(ran.summary.failed() == 1);
  }
}

TEST_CASE("v4: what is not kept is not acknowledged") {
  V4Server server;
  const V4Client client;
  const auto ran = client.put(server, {client.file("a", "aaa")}, true);
  CHECK(ran.told.sorted() == "a:io? ");
  REQUIRE(ran.summary.stopped_by);
  CHECK(ran.summary.stopped_by->code == ErrorCode::Io);
}

TEST_CASE("v4: a server that drains finishes what it has, and is found again") {
  V4Server server;
  const V4Client client;
  bool drained = false;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != 1104 || drained) return {};
    drained = true;
    return {What::AnswerAndCut, v4_refusal(0, 11)};
  };
  const auto ran = client.put(server, {client.file("l", varied(2'000'000))});
  CHECK(ran.summary.complete());
  // A reset may overtake what the server said before it.
  CHECK((ran.told.retries == "unavailable " || ran.told.retries == "connection-lost "));
}

TEST_CASE("v4: a server that says nothing is left after a while") {
  V4Server server;
  V4Client client;
  client.timeout = std::chrono::milliseconds(300);
  client.retries = 0;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    return {frame.code == 1106 ? What::Ignore : What::None};
  };
  const auto ran = client.put(server, {client.file("a", "a")});
  REQUIRE(ran.summary.stopped_by);
  CHECK(ran.summary.stopped_by->code == ErrorCode::Timeout);
}

TEST_CASE("v4: answers that do not belong here are a breach") {
  const std::vector<Bytes> wrong{
      v4_response(2206, test::bytes_from_hex("07070000")),
      v4_response(2204, test::bytes_from_hex("ffffff0000000000")),
      v4_response(2201, Bytes(97)),
      v4_response(2299, {}),
      v4_refusal(0, 1),
  };
  for (const Bytes& answer : wrong) {
    CAPTURE(to_hex(answer));
    V4Server server;
    V4Client client;
    client.retries = 0;
    server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
      if (frame.code != 1106) return {};
      return {What::Answer, answer};
    };
    const auto ran = client.put(server, {client.file("a", "a")});
    REQUIRE(ran.summary.stopped_by);
    CHECK(is_protocol_fault(ran.summary.stopped_by->code));
  }
}

}  // namespace sesame::transfer::v4
