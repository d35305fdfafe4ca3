#include "protocol/name_field.hpp"

#include <doctest/doctest.h>

#include "vectors.hpp"

namespace sesame::protocol {

TEST_CASE("name fields are decoded as the vectors say") {
  for (const auto& vector : test::vectors("v3/names.json")) {
    CAPTURE(vector.at("name").get<std::string>());
    const auto name = decode_name(test::hex_field(vector, "field_hex"));
    CHECK(test::outcome(name) == vector.at("expect").get<std::string>());
    if (!name) continue;
    CHECK(*name == vector.at("value").get<std::string>());
    // And back: what is encoded is decoded to the same name.
    const auto field = encode_name(*name);
    REQUIRE(field);
    CHECK(*decode_name(*field) == *name);
  }
}

TEST_CASE("a name field of 254 bytes fits, one of 255 does not") {
  CHECK(encode_name(std::string(254, 'n')));
  CHECK(test::outcome(encode_name(std::string(255, 'n'))) == "bad-name");
}

TEST_CASE("a name that would not arrive as it is, is refused") {
  CHECK(test::outcome(encode_name("")) == "bad-name");
  CHECK(test::outcome(encode_name("a\xFF")) == "bad-name");
  CHECK(test::outcome(encode_name(std::string_view("a\0b", 3))) == "bad-name");
}

}  // namespace sesame::protocol
