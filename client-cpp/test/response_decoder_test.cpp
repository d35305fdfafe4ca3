#include "protocol/response_decoder.hpp"

#include <doctest/doctest.h>

#include "protocol/byte_writer.hpp"
#include "protocol/name_field.hpp"
#include "vectors.hpp"

namespace sesame::protocol {
namespace {

struct Decoded {
  std::vector<Response> responses;
  std::string outcome = "truncated";  // until a whole response has come
};

/// Feeds `pieces` to a fresh decoder, as a connection would.
Decoded decode(std::initializer_list<ByteView> pieces) {
  ResponseDecoder decoder;
  Decoded decoded;
  for (ByteView piece : pieces) {
    do {
      auto response = decoder.push(piece);
      if (!response) {
        decoded.outcome = to_string(response.error().code);
        CHECK(decoder.state() == ResponseDecoder::State::Failed);
        return decoded;
      }
      if (*response) decoded.responses.push_back(**std::move(response));
    } while (!piece.empty());
  }
  if (!decoded.responses.empty() && !decoder.in_the_middle()) decoded.outcome = "ok";
  return decoded;
}

Bytes frame(std::uint16_t code, std::uint32_t announced, std::size_t size) {
  Bytes bytes(ResponseHeader::size + size);
  ByteWriter writer(bytes);
  writer.u8(3);
  writer.u16(code);
  writer.u32(announced);
  return bytes;
}

void check_fields(const Response& response, const test::Json& vector) {
  CHECK(static_cast<int>(code_of(response)) == vector.at("code").get<int>());
  std::visit(
      [&](const auto& message) {
        if constexpr (requires { message.id; }) {
          CHECK(message.id.to_hex() == vector.at("client_id").get<std::string>());
        }
        if constexpr (requires { message.wrapped_key; }) {
          CHECK(to_hex(message.wrapped_key) == vector.at("wrapped_key_hex").get<std::string>());
        }
        if constexpr (requires { message.crc; }) {
          CHECK(message.content_size == vector.at("content_size").get<std::uint32_t>());
          CHECK(message.file_name == vector.at("file_name").get<std::string>());
          CHECK(to_hex(message.crc) == vector.at("crc_hex").get<std::string>());
        }
      },
      response);
}

/// The client reads responses whatever their version byte says.
bool is_about_the_version(const test::Json& vector) {
  return vector.at("expect") == "unknown-version";
}

}  // namespace

TEST_CASE("responses are decoded as the vectors say, however they are cut") {
  for (const auto& vector : test::vectors("v3/responses.json")) {
    if (is_about_the_version(vector)) continue;
    CAPTURE(vector.at("name").get<std::string>());
    const Bytes bytes = test::hex_field(vector, "hex");
    const ByteView view(bytes);
    const auto expected = vector.at("expect").get<std::string>();

    const auto whole = decode({view});
    CHECK(whole.outcome == expected);
    if (expected == "ok") {
      REQUIRE(whole.responses.size() == 1);
      check_fields(whole.responses[0], vector);
    }

    for (std::size_t split = 0; split <= bytes.size(); ++split) {
      CHECK(decode({view.first(split), view.subspan(split)}).outcome == expected);
    }

    ResponseDecoder decoder;
    std::string outcome = "truncated";
    for (std::size_t i = 0; i < bytes.size() && outcome == "truncated"; ++i) {
      ByteView one = view.subspan(i, 1);
      const auto response = decoder.push(one);
      if (!response || response.value()) outcome = test::outcome(response);
    }
    CHECK(outcome == expected);
  }
}

TEST_CASE("a version byte that is not 3 is no reason to stop") {
  for (const auto& vector : test::vectors("v3/responses.json")) {
    if (!is_about_the_version(vector)) continue;
    const Bytes bytes = test::hex_field(vector, "hex");
    CHECK(decode({bytes}).outcome == "ok");
  }
}

TEST_CASE("two responses in one piece are two responses") {
  Bytes bytes = frame(2104, 16, 16);
  const Bytes second = frame(2107, 0, 0);
  bytes.insert(bytes.end(), second.begin(), second.end());
  const auto decoded = decode({bytes});
  REQUIRE(decoded.responses.size() == 2);
  CHECK(code_of(decoded.responses[0]) == ResponseCode::Acknowledged);
  CHECK(code_of(decoded.responses[1]) == ResponseCode::GeneralError);
}

TEST_CASE("each code has its payload sizes: one short, exact, one over") {
  struct Sizes {
    std::uint16_t code;
    std::vector<std::uint32_t> right;
    std::vector<std::uint32_t> wrong;
  };
  const Sizes table[] = {
      {2100, {16}, {0, 15, 17}},
      {2101, {0}, {1, 16}},
      {2102, {144, 145, 528}, {0, 16, 143, 529}},
      {2103, {279}, {0, 278, 280}},
      {2104, {0, 16}, {1, 15, 17}},
      {2105, {144, 145, 528}, {0, 16, 143, 529}},
      {2106, {0, 16}, {1, 15, 17}},
      {2107, {0}, {1, 16}},
  };
  for (const auto& [code, right, wrong] : table) {
    CAPTURE(code);
    for (const auto size : right) {
      CAPTURE(size);
      CHECK(decode({frame(code, size, size)}).outcome == "ok");
      if (size > 0) CHECK(decode({frame(code, size, size - 1)}).outcome == "truncated");
    }
    for (const auto size : wrong)
      CHECK(decode({frame(code, size, size)}).outcome == "bad-payload-size");
    // Refused from the header alone.
    for (const auto size : {0x80000000u, 0xFFFFFFFFu}) {
      CHECK(decode({frame(code, size, 0)}).outcome == "bad-payload-size");
    }
  }
}

TEST_CASE("after a failure everything fails") {
  ResponseDecoder decoder;
  const Bytes unknown = frame(2108, 0, 0);
  const Bytes good = frame(2107, 0, 0);
  ByteView input = unknown;
  CHECK(test::outcome(decoder.push(input)) == "unknown-code");
  input = good;
  CHECK(test::outcome(decoder.push(input)) == "unknown-code");
}

}  // namespace sesame::protocol
