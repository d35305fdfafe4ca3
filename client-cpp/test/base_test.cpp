#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/client_id.hpp"
#include "base/display.hpp"
#include "base/hex.hpp"
#include "base/host_port.hpp"
#include "base/utf8.hpp"

namespace sesame {
namespace {

std::string encoded(std::string_view text) {
  const auto base64 = base64_encode(bytes_of(text));
  return {base64.begin(), base64.end()};
}

std::optional<std::string> decoded(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes) return std::nullopt;
  return std::string(text_of(*bytes));
}

}  // namespace

TEST_CASE("base64: the vectors of RFC 4648") {
  const std::pair<const char*, const char*> pairs[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : pairs) {
    CHECK(encoded(text) == base64);
    CHECK(decoded(base64) == text);
  }
  CHECK(decoded("Zm9v\r\nYm Fy\n") == "foobar");
}

TEST_CASE("base64: what is not") {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z=g=", "Zm9v=", "====", "Zm*v"}) {
    CAPTURE(bad);
    CHECK_FALSE(decoded(bad));
  }
}

TEST_CASE("hex") {
  std::array<std::byte, 2> bytes{};
  CHECK(from_hex("0aFf", bytes));
  CHECK(to_hex(bytes) == "0aff");
  CHECK_FALSE(from_hex("0aF", bytes));
  CHECK_FALSE(from_hex("0aFf0", bytes));
  CHECK_FALSE(from_hex("0aFg", bytes));
}

TEST_CASE("a client id, with and without dashes") {
  const auto id = ClientId::parse("A1B2C3D4-e5f6-4718-9a8b-7c6d5e4f3a2b");
  REQUIRE(id);
  CHECK(id->to_hex() == "a1b2c3d4e5f647189a8b7c6d5e4f3a2b");
  CHECK_FALSE(ClientId::parse("a1b2"));
  CHECK_FALSE(ClientId::parse(id->to_hex() + "0"));
}

TEST_CASE("UTF-8: characters are code points") {
  CHECK(count_chars("") == 0);
  CHECK(count_chars("aé漢🎈") == 4);
  CHECK_FALSE(count_chars("\xC0\xAF"));
  CHECK_FALSE(count_chars("\xED\xA0\x80"));
  CHECK_FALSE(count_chars("\xF4\x90\x80\x80"));
  CHECK_FALSE(count_chars("\xE6\xBC"));
}

TEST_CASE("what is shown is escaped") {
  CHECK(escaped("Größe 漢字.txt") == "Größe 漢字.txt");
  CHECK(escaped("a\x1b[31m\r\n\t\\") == "a\\x1b[31m\\r\\n\\t\\\\");
  CHECK(escaped("\xC2\x9B") == "\\x9b");
  CHECK(escaped("a\u202Eb\u200Bc\u2066") == "a\\u202eb\\u200bc\\u2066");
  CHECK(escaped("\xFF\x80") == "\\xff\\x80");
}

TEST_CASE("HOST:PORT is written as it is read") {
  for (const char* text : {"127.0.0.1:1357", "[::1]:1", "files.example.org:65535"}) {
    const auto parsed = HostPort::parse(text);
    REQUIRE(parsed);
    CHECK(parsed->to_string() == text);
  }
  for (const char* bad :
       {"", ":1", "a", "a:", "a:0", "a:65536", "::1:1", "[]:1", "a b:1", "a:1 "}) {
    CAPTURE(bad);
    CHECK_FALSE(HostPort::parse(bad));
  }
}

}  // namespace sesame
