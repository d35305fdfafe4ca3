#include "transfer/v4/knock.hpp"

#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"
#include "knock_door.hpp"
#include "protocol/byte_reader.hpp"
#include "v4_client.hpp"
#include "vectors.hpp"

namespace sesame::transfer::v4 {
namespace {

using namespace test;
using What = V4Server::Fault::What;

Bytes32 bytes32_in(const Json& vector, const char* field) {
  Bytes32 out{};
  std::ranges::copy(hex_field(vector, field), out.begin());
  return out;
}

KnockKey some_key() {
  KnockKey key{*ClientId::parse("00112233445566778899aabbccddeeff"), {}};
  key.key.fill(std::byte{7});
  return key;
}

Knocking knocking_at(const KnockDoor& door) {
  return {.key = some_key(), .port = door.port()};
}

/// What a message says, if it was made with that key.
struct Heard {
  int action = 0;
  std::string id;
  std::int64_t age = 0;  // ms
  std::string nonce;
  net::IpAddress source;
};

Heard read_knock(ByteView message, const Bytes32& key) {
  REQUIRE(message.size() == 96);
  const auto mac = crypto::hmac_sha256(key, message.first(64));
  REQUIRE(std::ranges::equal(mac, message.subspan(64)));
  protocol::ByteReader reader(message);
  CHECK(text_of(*reader.take(4)) == "SKN1");
  Heard heard;
  heard.action = *reader.u8();
  CHECK(to_hex(*reader.take(3)) == "000000");
  heard.id = to_hex(*reader.take(16));
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  heard.age = now.count() - static_cast<std::int64_t>(*reader.u64());
  heard.nonce = to_hex(*reader.take(16));
  std::ranges::copy(*reader.take(16), heard.source.bytes.begin());
  return heard;
}

net::IpAddress ip(const char* text) {
  return *net::IpAddress::parse(text);
}

}  // namespace

TEST_CASE("knock: messages are made as the vectors say, and so are the keys of join lines") {
  int messages = 0;
  int join_lines = 0;
  for (const auto& vector : vectors("v4/knocks.json")) {
    if (vector.at("expect") != "ok") continue;
    CAPTURE(vector.at("name").get<std::string>());
    protocol::v4::Knock knock;
    knock.action = vector.at("action") == "open" ? KnockAction::Open : KnockAction::Close;
    knock.id = *ClientId::from_bytes(hex_field(vector, "id_hex"));
    knock.time = vector.at("time").get<std::uint64_t>();
    std::ranges::copy(hex_field(vector, "nonce_hex"), knock.nonce.begin());
    if (!vector.at("address").is_null()) {
      knock.source = ip(vector.at("address").get<std::string>().c_str()).bytes;
    }
    CHECK(to_hex(sign_knock(knock, bytes32_in(vector, "key_hex"))) ==
          vector.at("hex").get<std::string>());
    ++messages;
    if (!vector.contains("token_hex")) continue;
    const KnockKey key{knock.id, bytes32_in(vector, "key_hex")};
    CHECK(KnockKey::of_join_line(bytes32_in(vector, "token_hex")) == key);
    ++join_lines;
  }
  CHECK(messages > 10);
  CHECK(join_lines == 2);
}

TEST_CASE("knock: addresses") {
  CHECK(to_hex(ip("192.0.2.7").bytes) == "00000000000000000000ffffc0000207");
  CHECK(ip("192.0.2.7").to_string() == "192.0.2.7");
  CHECK(ip("2001:DB8::7").to_string() == "2001:db8::7");
  CHECK(ip("::ffff:192.0.2.7") == ip("192.0.2.7"));
  for (const char* text :
       {"", "192.0.2", "192.0.2.7:1", "[::1]", "fe80::1%eth0", "localhost", " ::1"})
    CHECK_FALSE(net::IpAddress::parse(text));
  for (const char* text : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                           "169.254.1.1", "fd00::1", "fe80::1"})
    CHECK(ip(text).is_private());
  for (const char* text :
       {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.169.0.1", "100.128.0.1",
        "2001:db8::1", "fec0::1", "127.0.0.1", "::1", "::a00:1"})
    CHECK_FALSE(ip(text).is_private());
  for (const char* text : {"127.0.0.1", "127.255.0.1", "::1"})
    CHECK(ip(text).is_loopback());
  for (const char* text : {"128.0.0.1", "::2", "::"})
    CHECK_FALSE(ip(text).is_loopback());
  CHECK(ip("0.0.0.0").is_unspecified());
  CHECK(ip("::").is_unspecified());
}

TEST_CASE("knock: the datagram names this machine's own address, now, and a nonce of its own") {
  const KnockDoor door;
  const Knocking knocking = knocking_at(door);
  std::set<std::string> nonces;
  for (int i = 1; i <= 20; ++i) {
    const auto action = i % 2 == 0 ? KnockAction::Close : KnockAction::Open;
    const auto source = knocking.knock(action, door.address());
    REQUIRE(source);
    CHECK(*source == ip("127.0.0.1"));
    const auto message = door.datagram();
    REQUIRE(message);
    const Heard heard = read_knock(*message, some_key().key);
    CHECK(heard.action == (i % 2 == 0 ? 2 : 1));
    CHECK(heard.id == some_key().id.to_hex());
    CHECK(heard.age >= 0);
    CHECK(heard.age < 10'000);
    CHECK(heard.source == *source);
    nonces.insert(heard.nonce);
  }
  CHECK(nonces.size() == 20);
  CHECK_FALSE(door.datagram());
}

TEST_CASE("knock: another address, or whichever it comes from") {
  const KnockDoor door;
  Knocking knocking = knocking_at(door);
  knocking.from = ip("203.0.113.9");
  REQUIRE(knocking.knock(KnockAction::Open, door.address()));
  CHECK(read_knock(*door.datagram(), some_key().key).source == ip("203.0.113.9"));
  knocking.from.reset();
  knocking.any_source = true;
  REQUIRE(knocking.knock(KnockAction::Open, door.address()));
  CHECK(read_knock(*door.datagram(), some_key().key).source == net::IpAddress{});
}

TEST_CASE("knock: over TCP, the message is all that the connection says") {
  const KnockDoor door(SOCK_STREAM);
  Knocking knocking = knocking_at(door);
  knocking.over_tcp = true;
  std::string said;
  {
    const std::jthread server([&] { said = KnockDoor::all_from(door.connection().get()); });
    REQUIRE(knocking.knock(KnockAction::Open, door.address()));
  }
  CHECK(read_knock(bytes_of(said), some_key().key).source == ip("127.0.0.1"));
}

TEST_CASE("knock: a word on a line of its own, with or without an answer") {
  for (const std::string answer : {"", "open for 30 s\r\n"}) {
    const KnockDoor door(SOCK_STREAM);
    std::string said;
    Result<std::string> heard("");
    {
      const std::jthread server([&] {
        const auto connection = door.connection();
        said = KnockDoor::all_from(connection.get());
        ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      });
      heard = say_knock_word("open_sesame", door.address(), std::chrono::seconds(5));
    }
    CHECK(said == "open_sesame\n");
    REQUIRE(heard);
    CHECK(*heard == (answer.empty() ? "" : "open for 30 s"));
  }
}

TEST_CASE("knock: where nothing listens for TCP, that is a network fault") {
  std::optional<KnockDoor> door(SOCK_STREAM);
  const auto address = door->address();
  Knocking knocking = knocking_at(*door);
  knocking.over_tcp = true;
  door.reset();
  CHECK(knocking.knock(KnockAction::Open, address).error().code == ErrorCode::Connect);
}

TEST_CASE("knock: one before each connection, also before those after a cut, each with its nonce") {
  V4Server server;
  const KnockDoor door;
  int cuts = 2;
  std::vector<std::size_t> knocks_at_hello;
  std::vector<Bytes> knocks;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code == 1101) {
      while (const auto message = door.datagram())
        knocks.push_back(*message);
      knocks_at_hello.push_back(knocks.size());
    }
    return {frame.code == 1106 && cuts-- > 0 ? What::Cut : What::None};
  };
  V4Client client;
  client.knocking = knocking_at(door);
  const auto ran = client.put(server, {client.file("a", "hello")});
  CHECK(ran.summary.complete());
  CHECK(knocks_at_hello == std::vector<std::size_t>{1, 2, 3});
  CHECK_FALSE(door.datagram());
  std::set<std::string> nonces;
  for (const Bytes& message : knocks)
    nonces.insert(read_knock(message, some_key().key).nonce);
  CHECK(nonces.size() == 3);
}

TEST_CASE(
    "knock: the gate has its time before the connection, and a server of another family none") {
  V4Server server;
  const KnockDoor door;
  V4Client client;
  client.knocking = knocking_at(door);
  const auto began = net::Clock::now();
  REQUIRE(greet(client.endpoint(server)));
  CHECK(net::Clock::now() - began >= Knocking::pause);
  CHECK(door.datagram());
  client.knocking->from = ip("2001:db8::7");
  REQUIRE(greet(client.endpoint(server)));
  CHECK_FALSE(door.datagram());
}

TEST_CASE("knock: whom the guard has blocked tries again later, and is told why at the end") {
  V4Server server;
  int refusals = 2;
  server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code == 1101 && refusals-- > 0) {
      return {What::AnswerAndCut, v4_refusal(0, 27, "for 15 s")};
    }
    return {};
  };
  V4Client client;
  const auto ran = client.put(server, {client.file("a", "hello")});
  CHECK(ran.summary.complete());
  CHECK(ran.told.retries == "unavailable unavailable ");

  refusals = 2;
  client.retries = 1;
  const auto stopped = client.put(server, {client.file("b", "hello")});
  REQUIRE(stopped.summary.stopped_by);
  CHECK(stopped.summary.stopped_by->code == ErrorCode::Unavailable);
  CHECK(stopped.told.why.find("blocked") != std::string::npos);
  CHECK(stopped.told.why.find("for 15 s") != std::string::npos);
  CHECK(stopped.told.why.find("guard") != std::string::npos);
}

}  // namespace sesame::transfer::v4
