#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/knock_key_file.hpp"
#include "transfer/v4/enrol.hpp"
#include "transfer/v4/listing.hpp"
#include "v4_client.hpp"

namespace sesame::transfer {
namespace {

using namespace test;
using What = test::V4Server::Fault::What;
using Ask = KnockKeyFile::Ask;

Bytes32 filled(unsigned char value) {
  Bytes32 bytes;
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

/// A client with a configuration folder, at a server that gives it a knock key.
struct AtServer {
  AtServer() {
    server.store.knock_key = filled(9);
    server.store.knock_port = 6300;
    profile.pin = server.pin().bytes;
    profile.client_id = server.store.client_id;
    profile.client_name = "alice";
  }

  KnockKeyFile keys(Ask ask = Ask::IfMissing) {
    KnockKeyFile file(folder.path(), ask,
                      [this](const Error& fault) { warnings.push_back(fault.message); });
    file.serve(profile);
    return file;
  }

  /// Uploads something; gives whether that went well.
  bool put(KnockKeyFile& keys) {
    client.knock_keeper = &keys;
    const auto name = "f" + std::to_string(++files);
    return client.put(server, {client.file(name, "hello")}).summary.complete();
  }

  /// How often the server was asked for a key.
  [[nodiscard]] auto asked() const { return std::ranges::count(server.heard(), 1111); }

  test::V4Server server;
  test::V4Client client;
  test::TemporaryFolder folder;
  config::Profile profile;
  std::vector<std::string> warnings;
  int files = 0;
};

}  // namespace

TEST_CASE("knock key: who has none gets one with the first upload, once, for its owner alone") {
  AtServer at;
  auto keys = at.keys();
  CHECK(keys.need(at.profile).error().code == ErrorCode::NoKnockKey);
  CHECK(at.put(keys));
  CHECK(at.asked() == 1);
  const auto kept = at.keys().need(at.profile);
  REQUIRE(kept);
  CHECK(kept->key == filled(9));
  CHECK(kept->port == 6300);
  struct stat status {};
  REQUIRE(::stat((at.folder / "knock.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  auto later = at.keys();
  CHECK(at.put(later));
  CHECK(at.asked() == 1);
  CHECK(at.warnings.empty());
}

TEST_CASE("knock key: lists and greetings bring it, too") {
  AtServer at;
  auto endpoint = at.client.endpoint(at.server);
  {
    auto keys = at.keys();
    endpoint.knock_keeper = &keys;
    REQUIRE(v4::list(endpoint, "", [](const v4::ListEntry&) { return Status(); }));
    CHECK(keys.need(at.profile));
  }
  std::filesystem::remove(at.folder / "knock.json");
  auto keys = at.keys();
  endpoint.knock_keeper = &keys;
  REQUIRE(v4::greet(endpoint));
  CHECK(keys.need(at.profile));
}

TEST_CASE("knock key: an enrolment keeps it once it is kept itself") {
  AtServer at;
  KnockKeyFile keys(at.folder.path(), Ask::Once, [](const Error&) { FAIL("a warning"); });
  auto endpoint = at.client.endpoint(at.server);
  endpoint.knock_keeper = &keys;
  REQUIRE(v4::enrol(endpoint, {std::nullopt, "alice"}));
  CHECK_FALSE(keys.find(at.profile)->has_value());
  keys.keep_for(at.profile);
  CHECK(keys.need(at.profile)->key == filled(9));
}

TEST_CASE("knock key: a server without any is not asked") {
  AtServer at;
  at.server.store.knock_key.reset();
  auto keys = at.keys();
  CHECK(at.put(keys));
  CHECK(at.asked() == 0);
  CHECK(keys.wants_key());
}

TEST_CASE("knock key: another port is kept, and none in place of one is not") {
  AtServer at;
  const auto after_asking = [&] {
    auto keys = at.keys(Ask::Once);
    CHECK(at.put(keys));
    return *keys.need(at.profile);
  };
  CHECK(after_asking().port == 6300);
  at.server.store.knock_port = 6400;
  CHECK(after_asking().port == 6400);
  at.server.store.knock_port = 0;
  CHECK(after_asking().port == 6400);
  at.server.store.knock_key = filled(10);
  const config::KnockProfile wanted{at.profile.pin, at.profile.client_id, 6400, filled(10)};
  CHECK(after_asking() == wanted);
}

TEST_CASE("knock key: one of another server or client counts for nothing, and is replaced") {
  AtServer at;
  auto other = at.profile;
  SUBCASE("server") {
    other.pin = filled(1);
  }
  SUBCASE("client") {
    other.client_id = *ClientId::parse("00112233445566778899aabbccddeeff");
  }
  at.folder.write("knock.json",
                  config::format_knock_profile({other.pin, other.client_id, 1, filled(1)}));
  ::chmod((at.folder / "knock.json").c_str(), 0600);
  auto keys = at.keys();
  CHECK(keys.need(other));
  CHECK(keys.need(at.profile).error().code == ErrorCode::NoKnockKey);
  CHECK(at.put(keys));
  CHECK(keys.need(at.profile)->key == filled(9));
}

TEST_CASE("knock key: a file that is damaged is replaced; one that is open to others is not used") {
  AtServer at;
  at.folder.write("knock.json", "{\"version\":1}");
  ::chmod((at.folder / "knock.json").c_str(), 0600);
  auto keys = at.keys();
  CHECK(keys.need(at.profile).error().code == ErrorCode::Malformed);
  CHECK(at.put(keys));
  CHECK(keys.need(at.profile));

  ::chmod((at.folder / "knock.json").c_str(), 0640);
  auto open = at.keys();
  CHECK(open.need(at.profile).error().code == ErrorCode::OpenToOthers);
  CHECK(at.put(open));
  CHECK(at.asked() == 1);
}

TEST_CASE("knock key: what goes wrong with it is a warning, and the upload goes on") {
  AtServer at;
  SUBCASE("it cannot be kept") {
    KnockKeyFile keys(at.folder / "is/not/there", Ask::IfMissing,
                      [&](const Error& fault) { at.warnings.push_back(fault.message); });
    keys.serve(at.profile);
    CHECK(at.put(keys));
    CHECK(at.asked() == 1);
  }
  SUBCASE("the server refuses") {
    at.server.faults = [](const V4Frame& frame) -> test::V4Server::Fault {
      if (frame.code != 1111) return {};
      return {What::Answer, v4_refusal(1, 10, "not now")};
    };
    auto keys = at.keys();
    CHECK(at.put(keys));
  }
  CHECK(at.warnings.size() == 1);
}

TEST_CASE("knock key: a server that breaks off over it, or talks nonsense, is asked once") {
  AtServer at;
  SUBCASE("it closes") {
    at.server.faults = [](const V4Frame& frame) -> test::V4Server::Fault {
      return {frame.code == 1111 ? What::Cut : What::None};
    };
  }
  SUBCASE("another answer") {
    at.server.faults = [](const V4Frame& frame) -> test::V4Server::Fault {
      if (frame.code != 1111) return {};
      return {What::Answer, v4_response(2206, bytes_of(std::string_view("\1\0\0\0", 4)))};
    };
  }
  SUBCASE("another stream") {
    at.server.faults = [&](const V4Frame& frame) -> test::V4Server::Fault {
      if (frame.code != 1111) return {};
      Bytes payload(38);
      payload.front() = std::byte{2};
      return {What::Answer, v4_response(2210, payload)};
    };
  }
  auto keys = at.keys();
  CHECK(at.put(keys));
  CHECK(at.asked() == 1);
  CHECK(keys.need(at.profile).error().code == ErrorCode::NoKnockKey);

  // An enrolment does not fail for it.
  KnockKeyFile fresh(at.folder.path(), Ask::Once,
                     [&](const Error& fault) { at.warnings.push_back(fault.message); });
  auto endpoint = at.client.endpoint(at.server);
  endpoint.knock_keeper = &fresh;
  CHECK(v4::enrol(endpoint, {std::nullopt, "alice"}));
  CHECK(at.warnings.size() == 1);
}

TEST_CASE("knock.json comes back as it was written, and says which field is at fault") {
  const config::KnockProfile profile{filled(1), ClientId{}, 65535, filled(2)};
  const std::string good = config::format_knock_profile(profile);
  CHECK(*config::parse_knock_profile(good) == profile);
  const auto broken = [&](const std::string& what, const std::string& with) {
    std::string text = good;
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    const auto parsed = config::parse_knock_profile(text.replace(at, what.size(), with));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::Malformed);
    CHECK(parsed.error().message.find(base64url(filled(2))) == std::string::npos);
    return parsed.error().message;
  };
  CHECK(broken("65535", "65536").starts_with("'port'"));
  CHECK(broken("65535", "-1").starts_with("'port'"));
  CHECK(broken("65535", "\"1\"").starts_with("'port'"));
  CHECK(broken(base64url(filled(2)), "AAAA").starts_with("'key'"));
  CHECK(broken(base64url(filled(1)), "AAAA").starts_with("'pin'"));
  CHECK(broken("\"client_id\"", "\"client\"").starts_with("'client_id'"));
  CHECK(broken("\"version\": 1", "\"version\": 2").starts_with("'version'"));
  for (const char* text : {"", "[]", "null", "{", "\xFF"})
    CHECK_FALSE(config::parse_knock_profile(text));
}

}  // namespace sesame::transfer
