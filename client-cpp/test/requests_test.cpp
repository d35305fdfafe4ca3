#include "protocol/requests.hpp"

#include <doctest/doctest.h>

#include "protocol/byte_reader.hpp"
#include "protocol/byte_writer.hpp"
#include "vectors.hpp"

namespace sesame::protocol {
namespace {

using test::hex_field;

NameField name_of(const test::Json& vector, const char* field) {
  return *encode_name(vector.at(field).get<std::string>());
}

Bytes encode_file(const ClientId& id, const test::Json& vector) {
  const Bytes content = hex_field(vector, "content_hex");
  Bytes frame = encode_file_head(id, name_of(vector, "file_name"),
                                 static_cast<std::uint32_t>(content.size()));
  frame.insert(frame.end(), content.begin(), content.end());
  return frame;
}

Bytes encode_as(const test::Json& vector) {
  const auto id = *ClientId::parse(vector.at("client_id").get<std::string>());
  const auto type = vector.at("type").get<std::string>();
  const auto verdict = [&](RequestCode code) {
    return encode_crc_verdict(code, id, name_of(vector, "file_name"));
  };
  if (type == "register") return encode_register(name_of(vector, "client_name"));
  if (type == "reconnect") return encode_reconnect(id, name_of(vector, "client_name"));
  if (type == "public-key") {
    return encode_public_key(id, name_of(vector, "client_name"), hex_field(vector, "key_hex"));
  }
  if (type == "file") return encode_file(id, vector);
  if (type == "crc-ok") return verdict(RequestCode::CrcCorrect);
  if (type == "crc-wrong") return verdict(RequestCode::CrcWrong);
  if (type == "crc-give-up") return verdict(RequestCode::CrcGivenUp);
  FAIL("a type of request that this test does not know: " << type);
  return {};
}

}  // namespace

TEST_CASE("requests are encoded as the vectors say") {
  int compared = 0;
  for (const auto& vector : test::vectors("v3/requests.json")) {
    if (!vector.value("canonical", false) || vector.at("version") != protocol_version) continue;
    CAPTURE(vector.at("name").get<std::string>());
    Bytes expected = hex_field(vector, "hex");
    // The id in a 1025 is ignored; ours is zeros.
    if (vector.at("type") == "register")
      std::fill_n(expected.begin(), ClientId::size, std::byte{0});
    CHECK(to_hex(encode_as(vector)) == to_hex(expected));
    ++compared;
  }
  CHECK(compared > 20);
}

TEST_CASE("a request header, as docs/PROTOCOL.md 1.1 shows it") {
  const auto id = *ClientId::parse("00112233445546778899aabbccddeeff");
  CHECK(to_hex(encode(RequestHeader{id, RequestCode::Reconnect, 255})) ==
        "00112233445546778899aabbccddeeff030304ff000000");
}

TEST_CASE("the head of the largest file fits, one block more does not") {
  const auto name = *encode_name("x");
  const auto largest = static_cast<std::uint32_t>(ciphertext_size(largest_file));
  const Bytes head = encode_file_head(ClientId{}, name, largest);
  ByteReader reader(ByteView(head).subspan(19));
  CHECK(reader.u32() == 4'294'967'283);
  CHECK(reader.u32() == 4'294'967'024);
  CHECK_THROWS_AS((void)encode_file_head(ClientId{}, name, largest + 1), std::length_error);
}

TEST_CASE("a public key outside its sizes is a fault of the program") {
  const auto name = *encode_name("x");
  for (const std::size_t size : {159u, 1025u}) {
    CHECK_THROWS_AS((void)encode_public_key(ClientId{}, name, Bytes(size)), std::length_error);
  }
  CHECK(encode_public_key(ClientId{}, name, Bytes(160)).size() == 23 + 415);
  CHECK(encode_public_key(ClientId{}, name, Bytes(1024)).size() == 23 + 1279);
}

TEST_CASE("the reader is bounded, and takes nothing when a field does not fit") {
  const Bytes bytes = test::bytes_from_hex("0102030405");
  ByteReader reader(bytes);
  CHECK(reader.u16() == 0x0201);
  CHECK_FALSE(reader.u32());
  CHECK(reader.rest().size() == 3);
  CHECK(reader.u8() == 3);
  CHECK_FALSE(reader.take(3));
  CHECK(reader.take(2).has_value());
  CHECK_FALSE(reader.u8());
}

TEST_CASE("the writer is bounded") {
  std::array<std::byte, 3> bytes{};
  ByteWriter writer(bytes);
  writer.u16(0x0201);
  CHECK_THROWS_AS(writer.u16(1), std::length_error);
  writer.u8(3);
  CHECK(writer.room() == 0);
  CHECK(to_hex(bytes) == "010203");
}

}  // namespace sesame::protocol
